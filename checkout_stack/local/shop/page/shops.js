// What the page asks the shop's server, and how long it waits.

import { createCheckout } from "/checkout.js";

const PATIENCE_MS = 20_000;
// Shorter than the server holds a lost answer back: LOST_ANSWER_SECONDS in server.py.
const PATIENCE_WITH_TIMEOUT_MS = 1_000;
// The tokens that a payment service's script would give: PLAIN_PAYMENT and FLAKY_PAYMENT in cart.py.
const PLAIN_PAYMENT = "pm_slow_600ms";
const FLAKY_PAYMENT = "pm_error_503_after_capture_once";

/** How long the page waits for one answer, in milliseconds. */
export const patience = (faults) => (faults.answer_lost ? PATIENCE_WITH_TIMEOUT_MS : PATIENCE_MS);

/** Press "pay" in the naive shop: what it answered, or {late: true}, or {broken: true}. */
export async function payNaively(cart, faults) {
  try {
    const answer = await fetch("/api/naive/pay", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ cart, ...faults }),
      signal: AbortSignal.timeout(patience(faults)),
    });
    return await answer.json();
  } catch (problem) {
    return problem.name === "TimeoutError" ? { late: true } : { broken: true };
  }
}

/** The checkout, for one press: its first request is the one whose answer may be lost. */
function checkoutOf(cart, faults) {
  let isLost = faults.answer_lost;
  return createCheckout({
    url: `/api/carts/${cart}`,
    timeout: patience(faults),
    headers: () => {
      const headers = isLost ? { "Shop-Fault": "answer-lost" } : {};
      isLost = false;
      return headers;
    },
  });
}

/** Press "pay" through the checkout. The page sends the cart's id alone: prices are the shop's. */
export function payThroughTheCheckout(cart, faults, onUpdate) {
  const paymentMethod = faults.payment_service_flaky ? FLAKY_PAYMENT : PLAIN_PAYMENT;
  return checkoutOf(cart, faults).pay({ id: cart }, { paymentMethod, onUpdate });
}

/** Go on with the order that a cart is, after a reload or in another tab. */
export function resumeTheCheckout(cart, onUpdate) {
  return checkoutOf(cart, {}).resume({ cart: { id: cart }, onUpdate });
}

/** Give back what the cart's order cost, as the shop: null, or why it was not accepted. */
export async function refundTheOrder(cart) {
  try {
    const answer = await fetch(`/api/carts/${cart}/refund`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return answer.ok ? null : (await answer.json()).title;
  } catch {
    return "no answer; press it again, it stays one refund";
  }
}

/** What became of a cart in both shops; null when the server does not answer. */
export async function look(cart) {
  try {
    const answer = await fetch(`/api/carts/${cart}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
