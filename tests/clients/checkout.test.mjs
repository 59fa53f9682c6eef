// What needs no browser: pauses, names of purchases, states, and what is kept. Run by test_module.py.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { CheckoutError, createCheckout } from "../../clients/browser/checkout.js";

const CART = { amount: 4200, currency: "EUR", customer: "cus_1", lines: [{ sku: "mug", quantity: 2 }] };
const real = { fetch: globalThis.fetch, setTimeout: globalThis.setTimeout };

afterEach(() => Object.assign(globalThis, real));

/** Pauses take no time; returns how long each was to be, in milliseconds. */
function notedPauses() {
  const pauses = [];
  globalThis.setTimeout = (end, milliseconds) => {
    pauses.push(milliseconds);
    return real.setTimeout(end, 0);
  };
  return pauses;
}

/** Answers each request by the next of these, and by the last one from then on. */
function answering(...answers) {
  const asked = [];
  globalThis.fetch = async (url, request) => {
    asked.push({ url, ...request });
    const { http = 200, headers, ...body } = answers.length > 1 ? answers.shift() : answers[0];
    if (http === 0) throw new TypeError("no network");
    return new Response(JSON.stringify(body), { status: http, headers });
  };
  return asked;
}

function storage() {
  const items = new Map();
  return {
    items,
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, text) => items.set(name, text),
    removeItem: (name) => items.delete(name),
  };
}

const order = (fields) => ({ order_id: "ord_1", attempt: 1, ...fields });
const made = (options) => createCheckout({ url: "https://api.example/", storage: storage(), ...options });
const pay = (cart = CART, options) => made(options).pay(cart, { paymentMethod: "pm_secret" });
const keyOf = (request) => request.headers["Idempotency-Key"];

function assertEach(pauses, bounds) {
  assert.ok(pauses.length >= bounds.length, `${pauses}`);
  for (const [at, asked] of bounds.entries()) {
    assert.ok(asked <= pauses[at] && pauses[at] <= 1.25 * asked, `pause ${at}: ${pauses[at]}`);
  }
}

function signed(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return { cart: `${part({ alg: "HS256" })}.${part(claims)}.signature` };
}

test("pauses without an answer double up to a limit, and end within patience", async () => {
  const pauses = notedPauses();
  answering({ http: 0 });
  const { outcome } = await pay(CART, { patience: 120_000 });
  assert.equal(outcome, "waiting");
  assertEach(pauses, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  assert.ok(pauses.reduce((sum, each) => sum + each) <= 120_000);
});

test("pauses between questions grow slowly up to a limit", async () => {
  const pauses = notedPauses();
  answering(order({ status: "PENDING" }));
  await pay();
  assertEach(pauses, [1_000, 1_500, 2_250, 3_375, 5_000, 5_000]);
});

test("pauses are as long as the API asks, or a little longer, and differ", async () => {
  const pauses = notedPauses();
  answering(order({ status: "PENDING", headers: { "Retry-After": "2" } }));
  await pay();
  assertEach(pauses, Array(20).fill(2_000));
  assert.ok(new Set(pauses).size > 10);
});

for (const retryAfter of ["Wed, 21 Oct 2015 07:28:00 GMT", "0", "-1", "soon"]) {
  test(`Retry-After: ${retryAfter} is no pause, and the usual one is taken`, async () => {
    const pauses = notedPauses();
    answering({ http: 503, headers: { "Retry-After": retryAfter } }, order({ status: "PAID" }));
    await pay();
    assertEach(pauses, [1_000]);
  });
}

test("time that is spent waiting for answers counts", async () => {
  const pauses = notedPauses();
  globalThis.fetch = (_, { signal }) => new Promise((_, reject) => {
    const alive = setInterval(() => {}, 10);
    signal.addEventListener("abort", () => { clearInterval(alive); reject(signal.reason); });
  });
  const { outcome } = await pay(CART, { patience: 1_000, pause: 1, timeout: 200 });
  assert.equal(outcome, "waiting");
  assert.ok(pauses.length <= 5, `${pauses}`);
});

test("a cart that is signed again is the same purchase, without any storage", async () => {
  const asked = answering(order({ status: "DECLINED" }));
  const claims = { cart_id: "c-1", ...CART, customer: "Zoë ✓" };
  await pay(signed({ ...claims, exp: 1, aud: "shop" }));
  await pay(signed({ ...claims, exp: 2, iat: 1, aud: "shop" }));
  await pay(signed({ ...claims, exp: 2, amount: 4300 }));
  await pay(signed({ ...claims, exp: 2, cart_id: "c-2" }));
  const keys = asked.map(keyOf);
  assert.equal(keys[0], keys[1]);
  assert.match(keys[0], /^[0-9a-f]{64}$/);
  assert.equal(new Set(keys).size, 3);
  assert.deepEqual(Object.keys(JSON.parse(asked[0].body)), ["cart", "payment_method"]);
});

test("a signed cart that cannot be read is named by itself", async () => {
  const asked = answering(order({ status: "DECLINED" }));
  for (const cart of ["no token", "no token", "a.%.b"]) await pay({ cart });
  const keys = asked.map(keyOf);
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[1], keys[2]);
});

test("without an id each storage has its own random key", async () => {
  const asked = answering(order({ status: "DECLINED" }));
  await pay();
  await pay();
  assert.notEqual(keyOf(asked[0]), keyOf(asked[1]));
  assert.match(keyOf(asked[0]), /^[0-9a-f-]{36}$/);
});

test("without Web Locks, tabs that do not see each other at once agree on a key", async () => {
  const asked = answering(order({ status: "DECLINED" }));
  const log = [];
  const lagging = () => { // sees its own writes at once, and everybody's in turn after a while
    const own = new Map();
    return {
      getItem: (name) => own.get(name) ?? null,
      removeItem: (name) => own.delete(name),
      setItem(name, text) {
        own.set(name, text);
        log.push([name, text]);
        setTimeout(() => log.forEach((write) => own.set(...write)), 30);
      },
    };
  };
  const { locks } = navigator;
  Object.defineProperty(navigator, "locks", { value: undefined, configurable: true });
  await Promise.all([pay(CART, { storage: lagging() }), pay(CART, { storage: lagging() })]);
  Object.defineProperty(navigator, "locks", { value: locks, configurable: true });
  assert.equal(asked.length, 2);
  assert.equal(keyOf(asked[0]), keyOf(asked[1]));
});

for (const id of [null, ""]) {
  test(`an id that is ${JSON.stringify(id)} is none: another purchase gets another key`, async () => {
    const asked = answering(order({ status: "PAID" }));
    const kept = made();
    for (const paymentMethod of ["pm_1", "pm_2"]) await kept.pay({ ...CART, id }, { paymentMethod });
    assert.notEqual(keyOf(asked[0]), keyOf(asked[1]));
  });
}

test("who tries too many cards is told so, and that the order is declined", async () => {
  const asked = answering(
    order({ status: "DECLINED" }),
    { http: 429, type: "urn:idempotent-checkout:problem:too-many-attempts", headers: { "Retry-After": "1" } },
    order({ status: "DECLINED" }),
  );
  const kept = made();
  await kept.pay(CART, { paymentMethod: "pm_1" });
  const { outcome, error, order: shown } = await kept.pay(CART, { paymentMethod: "pm_2" });
  assert.deepEqual([outcome, shown.order_id], ["declined", "ord_1"]);
  assert.deepEqual([error.type, error.retryAfter], ["too-many-attempts", 1_000]);
  assert.deepEqual(asked.map(({ method }) => method), ["POST", "POST", "GET"]);
});

test("who places too many orders is told so, and keeps the key", async () => {
  const busy = { http: 429, type: "too-many-attempts", headers: { "Retry-After": "600" } };
  const asked = answering(busy, order({ status: "PAID" }));
  const kept = made();
  const { outcome, error, order: shown } = await kept.pay(CART, { paymentMethod: "pm_1" });
  assert.deepEqual([outcome, shown], ["waiting", null]);
  assert.deepEqual([error.type, error.retryAfter], ["too-many-attempts", 600_000]);
  assert.equal(asked.length, 1);
  assert.equal((await kept.pay(CART, { paymentMethod: "pm_1" })).outcome, "paid");
  assert.equal(keyOf(asked[0]), keyOf(asked[1]));
});

test("a gateway that speaks of attempts, too, is asked again after a pause", async () => {
  const pauses = notedPauses();
  answering({ http: 429, type: "https://gateway.example/too-many-attempts" });
  assert.equal((await pay()).outcome, "waiting");
  assertEach(pauses, [1_000, 2_000, 4_000]);
  const busy = { http: 429, type: "too-many-attempts" };
  answering(order({ status: "PENDING" }), ...Array(30).fill(busy), order({ status: "PAID" }));
  assert.equal((await pay()).outcome, "waiting");
});

test("neither payment method nor customer nor cart is stored", async () => {
  answering(order({ status: "DECLINED" }));
  const kept = storage();
  await pay({ id: "cart-of-ada", ...CART }, { storage: kept });
  const stored = JSON.stringify([...kept.items]);
  assert.match(stored, /ord_1/);
  assert.doesNotMatch(stored, /pm_secret|cus_1|mug|cart-of-ada/);
});

test("a cart that comes back keeps its key, also after a decline", async () => {
  notedPauses();
  const kept = made({ patience: 20_000 });
  const press = (cart, paymentMethod) => kept.pay(cart, { paymentMethod });
  const asked = answering(order({ status: "DECLINED" }));
  await press(CART, "pm_1");
  answering({ http: 0 }); // the other card may have paid: nobody heard of it
  assert.equal((await press(CART, "pm_2")).outcome, "waiting");
  answering(order({ order_id: "ord_2", status: "PAID" }));
  await press({ ...CART, amount: 1 }, "pm_2");
  const back = answering(order({ status: "PAID", attempt: 2 }));
  await press(CART, "pm_2");
  assert.equal(asked.length, 1);
  assert.equal(back[0].url, "https://api.example/orders/ord_1/payment-attempts");
  assert.deepEqual(JSON.parse(back[0].body), { replaces: 1, payment_method: "pm_2" });
});

test("an abort ends the waiting for a buyer who acts, and leaves no listener", async () => {
  answering(order({ status: "ACTION_REQUIRED", action_url: "https://bank.example" }));
  const heard = [];
  globalThis.addEventListener = (name) => heard.push(name);
  const stop = new AbortController();
  const onAction = () => { setTimeout(() => stop.abort(), 5); return new Promise(() => {}); };
  try {
    const options = { paymentMethod: "pm", onAction, signal: stop.signal };
    await assert.rejects(made().pay(CART, options), { name: "AbortError" });
    assert.deepEqual(heard, []);
  } finally {
    delete globalThis.addEventListener;
  }
});

test("a record that cannot be read is no record", async () => {
  const asked = answering(order({ status: "DECLINED" }));
  const kept = storage();
  await pay(CART, { storage: kept });
  for (const text of ["{", "null", "5", "{}"]) {
    for (const name of [...kept.items.keys()]) kept.items.set(name, text);
    await pay(CART, { storage: kept });
  }
  assert.equal(new Set(asked.map(keyOf)).size, 5);
});

for (const [fields, isOver] of [
  [{ status: "PAID" }, true],
  [{ status: "AUTHORIZED" }, true],
  [{ status: "CANCELLED" }, true],
  [{ status: "LATER", next: "none" }, true],
  [{ status: "DECLINED", next: "none" }, false],
  [{ status: "NEEDS_REVIEW" }, false],
  [{ status: "PROCESSING" }, false],
]) {
  test(`after ${JSON.stringify(fields)} the same again is ${isOver ? "another" : "the same"} purchase`, async () => {
    const asked = answering(order(fields));
    const kept = made();
    const press = async () => {
      await kept.pay(CART, { paymentMethod: "pm" });
      return keyOf(asked.findLast(({ url }) => url.endsWith("/orders")));
    };
    assert.equal(await press() !== await press(), isOver);
    assert.equal(await kept.resume() === null, isOver);
  });
}

for (const [fields, outcome] of [
  [{ status: "PAID" }, "paid"],
  [{ status: "DECLINED", next: "none" }, "declined"],
  [{ status: "CANCELLED" }, "cancelled"],
  [{ status: "AUTHORIZED", next: "none" }, "authorized"],
  [{ status: "ACTION_REQUIRED" }, "action_required"],
  [{ status: "PROCESSING" }, "processing"],
  [{ status: "NEEDS_REVIEW", next: "wait" }, "needs_review"],
  [{ status: "LATER", next: "none" }, "closed"],
  [{ status: "LATER", next: "pay_again" }, "declined"],
  [{ status: "LATER", next: "act" }, "action_required"],
  [{ status: "LATER", next: "wait" }, "waiting"],
  [{ status: "LATER" }, "waiting"],
]) {
  test(`${JSON.stringify(fields)} is ${outcome}`, async () => {
    notedPauses();
    answering(order(fields));
    assert.equal((await pay()).outcome, outcome);
  });
}

test("requests go to the API's routes with the headers that are asked for", async () => {
  const asked = answering(order({ order_id: "ord/1", status: "PENDING" }), order({ status: "PAID" }));
  notedPauses();
  await pay(CART, { token: () => "t", headers: async () => ({ "X-Csrf": "c" }) });
  const [placing, reading] = asked;
  assert.equal(placing.url, "https://api.example/orders");
  assert.equal(reading.url, "https://api.example/orders/ord%2F1");
  assert.deepEqual(reading.headers, { "X-Csrf": "c", Authorization: "Bearer t" });
  assert.equal(placing.headers["Content-Type"], "application/json");
});

test("a refusal says in words and fields what is wrong", async () => {
  const problem = { type: "urn:idempotent-checkout:problem:invalid-fields", title: "Some fields are wrong" };
  const errors = [{ field: "amount", detail: "must be an integer" }];
  answering({ http: 422, ...problem, detail: "one of them", errors });
  await assert.rejects(pay(), (error) => {
    assert.ok(error instanceof CheckoutError);
    assert.equal(error.message, "Some fields are wrong: one of them");
    assert.equal(error.type, "invalid-fields");
    assert.deepEqual(error.problem.errors, errors);
    return true;
  });
});

test("what the page's own functions throw is the page's to see", async () => {
  answering(order({ status: "ACTION_REQUIRED", action_url: "https://bank.example" }));
  const fail = () => { throw new RangeError("mine"); };
  await assert.rejects(pay(CART, { token: fail }), RangeError);
  await assert.rejects(made().pay(CART, { paymentMethod: "pm", onAction: fail }), RangeError);
});

test("a page without secure context is told why nothing works", () => {
  const { crypto } = globalThis;
  Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
  try {
    assert.throws(() => made(), /https/);
  } finally {
    Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true });
  }
});
