// What the page asks the shop's server, and how long it waits.

const PATIENCE_MS = 20_000;
// Shorter than the server holds a lost answer back: LOST_ANSWER_SECONDS in server.py.
const PATIENCE_WITH_TIMEOUT_MS = 1_000;

/** Press "pay" in one shop: what it answered, or {late: true}, or {broken: true}. */
export async function pay(shop, cart, faults) {
  const patience = faults.answer_lost ? PATIENCE_WITH_TIMEOUT_MS : PATIENCE_MS;
  try {
    const answer = await fetch(`/api/${shop}/pay`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": cart },
      body: JSON.stringify({ cart, ...faults }),
      signal: AbortSignal.timeout(patience),
    });
    return await answer.json();
  } catch (problem) {
    return problem.name === "TimeoutError" ? { late: true } : { broken: true };
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
