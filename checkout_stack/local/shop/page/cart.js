// The cart of this browser: every tab has the same one, so that a second tab pays the same cart.

const STORED_AS = "cart";

/** The cart's id, as the shop calls it. */
export function currentCart() {
  return localStorage.getItem(STORED_AS) ?? newCart();
}

/** Another purchase. */
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
