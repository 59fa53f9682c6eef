// The cart of this browser: every tab has the same one, so that a second tab pays the same intent.

const STORED_AS = "cart";

/** The cart's id, which is also its Idempotency-Key: one intent, one key. */
export function currentCart() {
  return localStorage.getItem(STORED_AS) ?? newCart();
}

/** Another purchase, under another key. */
export function newCart() {
  const cart = crypto.randomUUID();
  localStorage.setItem(STORED_AS, cart);
  return cart;
}

/** Calls back when another tab has begun a new cart. */
export function onCartOfAnotherTab(callback) {
  addEventListener("storage", (event) => {
    if (event.key === STORED_AS && event.newValue) callback(event.newValue);
  });
}
