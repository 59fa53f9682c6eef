"use strict";
// jsii's runtime in one process. jsii starts it in two: the first hands each message on, from its own
// standard streams to descriptor 3 of the second, and takes a quarter of a synth's time for it.
// Here the second has the standard streams of the first as its descriptor 3.
const fs = require("node:fs");

const MESSAGES = 3;
// Node has it open for itself, so that no file gets this number later.
fs.fstatSync(MESSAGES);
const { readSync, writeSync } = fs;
fs.readSync = (descriptor, ...rest) => readSync(descriptor === MESSAGES ? 0 : descriptor, ...rest);
fs.writeSync = (descriptor, ...rest) => writeSync(descriptor === MESSAGES ? 1 : descriptor, ...rest);

// What a construct prints gets to Python as the first process would wrap it, and never among messages.
const { Writable } = require("node:stream");
for (const stream of ["stdout", "stderr"]) {
  const wrapped = new Writable({
    write(chunk, _encoding, done) {
      writeSync(2, `${JSON.stringify({ [stream]: Buffer.from(chunk).toString("base64") })}\n`);
      done();
    },
  });
  wrapped.fd = stream === "stdout" ? 1 : 2;
  Object.defineProperty(process, stream, { get: () => wrapped });
}

require(process.env.JSII_PROGRAM);
