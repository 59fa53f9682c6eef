// What the names mean: checkout.d.ts

const LONGEST_WAIT_MS = 15_000;
const LONGEST_POLL_MS = 5_000;
const AGREEMENT_MS = 100;
const TOLD = [
  "PAID", "AUTHORIZED", "DECLINED", "CANCELLED", "ACTION_REQUIRED", "PROCESSING", "NEEDS_REVIEW",
];
/** For states of a later API. */
const BY_NEXT = { act: "action_required", pay_again: "declined", none: "closed" };
const ENDS = ["paid", "authorized", "cancelled", "closed"];

const outcomeOf = ({ status, next }) =>
  TOLD.includes(status) ? status.toLowerCase() : BY_NEXT[next];
const resultOf = ({ order = null, replayed = false, error, refusal }, outcome) =>
  ({ outcome, order, replayed, error: error ?? refusal });
const pathOf = ({ order_id }) => `/orders/${encodeURIComponent(order_id)}`;
/** Whether asking again may help. */
const isTemporary = ({ status, type }) =>
  (status < 400 || status >= 500 || [408, 409, 425, 429].includes(status))
  && !["misconfigured", "cart-already-ordered"].includes(type);

export class CheckoutError extends Error {
  constructor(status, problem, retryAfter) {
    const { title = `Answer ${status}`, detail, type = "" } = problem;
    super(detail ? `${title}: ${detail}` : title);
    const slug = `${type}`.split(/[:/#]/).pop();
    Object.assign(this, { name: "CheckoutError", status, type: slug, problem, retryAfter });
  }
}

export function createCheckout({
  url,
  token,
  headers,
  storage,
  name = "idempotent-checkout",
  patience = 60_000,
  pause = 1_000,
  timeout = 20_000,
}) {
  if (!globalThis.crypto?.subtle) throw new TypeError("A checkout needs https, or localhost");
  const api = url.replace(/\/$/, "");
  const { read, drop, last, claim, note, subscribe } = purchases(storage, name);

  async function pay(cart, { paymentMethod: payment_method, ...options } = {}) {
    const { digest, isNamed } = await identify(cart);
    const record = await claim(digest, isNamed);
    const run = { ...options, digest, record, left: patience };
    const payAgain = ({ attempt: replaces }) =>
      insist(run, "POST", `${pathOf(record)}/payment-attempts`, { replaces, payment_method });
    if (record.outcome === "declined") return conclude(run, await payAgain(record));
    const { id, ...order } = cart;
    let answered = await insist(run, "POST", "/orders", { ...order, payment_method });
    if (answered && record.outcome === "declined" && run.order.payment_method_ignored) {
      answered = await payAgain(record); // nobody heard of the decline; another card
    }
    return conclude(run, answered);
  }

  async function resume({ cart, ...options } = {}) {
    const { digest, isNamed } = cart ? await identify(cart) : { digest: last() };
    const record = read(digest) ?? (isNamed && { key: digest });
    if (!record || (!cart && ENDS.includes(record.outcome))) return null;
    const run = { ...options, digest, record, left: patience };
    const { order_id, key } = record;
    try {
      const path = order_id ? pathOf(record) : `/orders?key=${encodeURIComponent(key)}`;
      let answered = await insist(run, "GET", path);
      if (answered && record.outcome === "action_required") answered = await goOn(run);
      return await conclude(run, answered);
    } catch (error) {
      if (error.status === 404 && !order_id) return null;
      throw error;
    }
  }

  async function forget({ cart } = {}) {
    drop(cart ? (await identify(cart)).digest : last());
  }

  const goOn = (run) =>
    insist(run, "POST", `${pathOf(run.order)}/resume`, { attempt: run.order.attempt });

  /** Follows an order until there is something to tell. */
  async function conclude(run, answered) {
    const handedOver = [];
    for (let wait = pause; answered; wait = Math.min(1.5 * wait, LONGEST_POLL_MS)) {
      const { order, onAction } = run;
      const url = order.action_url;
      const outcome = outcomeOf(order);
      if (outcome === "action_required" && onAction && !handedOver.includes(url)) {
        handedOver.push(url);
        await Promise.race([onAction({ url, order }), happens(run)]);
        answered = await goOn(run);
      } else if (outcome) {
        return resultOf(run, outcome);
      } else {
        answered = await rest(run, run.retryAfter ?? wait)
          && await insist(run, "GET", pathOf(order));
      }
    }
    return resultOf(run, "waiting");
  }

  /** Asks until an order is the answer; false if patience has run out. */
  async function insist(run, method, path, body) {
    for (let wait = pause; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      const answer = await ask(run, method, path, body);
      const { order, status, type, retryAfter } = answer;
      if (order) {
        Object.assign(run, answer, { error: undefined });
        note(run);
        run.onUpdate?.(order);
        return true;
      }
      if (body && run.record.order_id && /attempt/.test(type)) { // refused: see where it is
        run.refusal = answer;
        return insist(run, "GET", pathOf(run.record));
      }
      if (!isTemporary(answer)) throw answer;
      run.error = answer;
      if (!(await rest(run, retryAfter ?? wait, !status))) return false;
    }
  }

  /** Asks once: An order, or a CheckoutError. */
  async function ask(run, method, path, body, refused) {
    const { signal, record } = run;
    signal?.throwIfAborted();
    const bearer = await token?.(refused);
    const sent = {
      ...(await headers?.()),
      ...(bearer && { Authorization: `Bearer ${bearer}` }),
      ...(body && { "Content-Type": "application/json" }),
      ...(body && path === "/orders" && { "Idempotency-Key": record.key }),
    };
    const began = performance.now();
    const stop = AbortSignal.timeout(timeout);
    let answer, content;
    try {
      answer = await fetch(api + path, {
        method,
        headers: sent,
        body: body && JSON.stringify(body),
        signal: AbortSignal.any([stop, signal ?? stop]),
        cache: "no-store",
      });
      content = await answer.json();
    } catch {
      signal?.throwIfAborted();
      if (!answer) return new CheckoutError(0, { title: "No answer" });
    } finally {
      run.left -= performance.now() - began;
    }
    const { status, ok, headers: heard } = answer;
    if (status === 401 && token && refused === undefined) {
      return ask(run, method, path, body, bearer ?? null);
    }
    const retryAfter = Math.max(0, 1000 * heard.get("Retry-After")) || undefined; // not exposed
    if (!ok || !content?.order_id) return new CheckoutError(status, Object(content), retryAfter);
    const replayed = run.replayed || heard.has("Idempotent-Replayed");
    return { order: content, retryAfter, replayed };
  }

  return { pay, resume, forget, subscribe };
}

/** Names a purchase by what the API's fingerprint covers, and the cart's id. */
async function identify(cart) {
  const { id, amount, currency, customer, lines } = cart.cart ? claimsOf(cart.cart) : cart;
  const pairs = lines?.map(({ sku, quantity }) => JSON.stringify([sku, quantity])).sort();
  const text = JSON.stringify([id, amount, currency, customer, pairs]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const bytes = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0"));
  return { digest: bytes.join(""), isNamed: !!id };
}

/** A cart that is signed anew is the same one. */
function claimsOf(signed) {
  try {
    const payload = signed.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const { cart_id: id, ...claims } = JSON.parse(atob(payload));
    return { ...claims, id };
  } catch {
    return { id: signed };
  }
}

/** Records by digest; "last" holds the newest digest. */
function purchases(storage, name) {
  const items = careful(storage);
  const itemOf = (digest) => `${name}:${digest}`;
  const newest = itemOf("last");
  const last = () => items.get(newest);
  const read = (digest) => parsed(items.get(itemOf(digest)));
  const write = (digest, record) => items.set(itemOf(digest), JSON.stringify(record));

  function drop(digest) {
    items.remove(itemOf(digest));
    if (last() === digest) items.set(newest, ""); // only a clear() leaves null
  }

  async function claim(digest, isNamed) {
    const readOrMake = () => {
      const before = last();
      if (before !== digest && ENDS.includes(read(before)?.outcome)) drop(before);
      const record = read(digest) ?? { key: isNamed ? digest : crypto.randomUUID() };
      items.set(newest, digest);
      write(digest, record);
      return record;
    };
    try {
      return await navigator.locks.request(name, readOrMake);
    } catch { // no Web Locks: the key is what a tab wrote last
      readOrMake();
      await happens({}, "", AGREEMENT_MS);
      return readOrMake();
    }
  }

  function note({ digest, record, order }) {
    const { order_id, attempt } = order;
    Object.assign(record, { order_id, attempt, outcome: outcomeOf(order) });
    const { key } = read(digest) ?? (last() === null ? record : {});
    if (key !== record.key) return; // forgotten meanwhile
    if (ENDS.includes(record.outcome) && record.key !== digest) drop(digest);
    else write(digest, record);
  }

  function subscribe(listener) {
    const hear = ({ key, newValue }) => {
      // Another tab's clear() has no key
      if (key === null || (key !== newest && key.startsWith(itemOf("")))) {
        listener(parsed(newValue) ?? null);
      }
    };
    addEventListener("storage", hear);
    return () => removeEventListener("storage", hear);
  }

  return { read, drop, last, claim, note, subscribe };
}

/** Falls back to memory, and warns once. */
function careful(storage) {
  const memory = new Map();
  let isWarned = false;
  const use = (how) => {
    try {
      return how(storage ?? localStorage);
    } catch {
      if (!isWarned) console.warn("Checkout: nothing can be stored, so a reload loses the key");
      isWarned = true;
    }
  };
  return {
    get: (item) => memory.get(item) ?? use((it) => it.getItem(item)),
    set(item, text) {
      memory.set(item, text);
      use((it) => (it.setItem(item, text), memory.delete(item)));
    },
    remove(item) {
      memory.delete(item);
      use((it) => it.removeItem(item));
    },
  };
}

function parsed(text) {
  try {
    const record = JSON.parse(text);
    return record.key ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Waits, and until somebody looks; false if patience has run out. */
async function rest(run, pause, isOffline) {
  const jittered = pause * (1 + Math.random() / 4);
  run.left -= jittered;
  if (run.left < 0) return false;
  await happens(run, isOffline && "online", jittered);
  while (globalThis.document?.hidden && !run.signal?.aborted) {
    await happens(run, "visibilitychange");
  }
  return true;
}

function happens({ signal }, event, milliseconds) {
  return new Promise((resolve) => {
    const timer = milliseconds && setTimeout(end, milliseconds);
    const listen = (how) => {
      if (event) globalThis[how]?.(event, end);
      signal?.[how]("abort", end);
    };
    function end() {
      clearTimeout(timer);
      listen("removeEventListener");
      resolve();
    }
    listen("addEventListener");
    if (signal?.aborted) end();
  });
}
