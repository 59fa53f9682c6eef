// What is said, from what the server saw.

/** A count and its noun. */
export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** [kind, words] for a number of charges; never a colour alone. */
export function verdict(charges) {
  if (charges === 0) return ["none", "not charged"];
  if (charges === 1) return ["once", "✓ charged once"];
  return ["more", `✕ charged ${charges === 2 ? "twice" : `${charges} times`}`];
}

/** What the buyer is told by one shop after its answer. */
export function told(answer) {
  if (answer.late) return "No answer in time. Press Pay again.";
  if (answer.broken) return "The shop’s server is not there.";
  if (answer.problem) return `Not accepted: ${answer.problem}`;
  if (answer.state === "FAILED") return "Payment failed. Press Pay again.";
  const order = answer.order.length > 12 ? `${answer.order.slice(0, 12)}…` : answer.order;
  const state = answer.state === "PAID" ? "paid" : "accepted, payment under way";
  return answer.replayed ? `Still one order, ${order}: ${state}.` : `Order ${order}: ${state}.`;
}

/** Words for each step of the naive flow. */
export function naiveSteps(shop) {
  return {
    intake: shop.received ? plural(shop.received, "request") : "–",
    table: shop.orders ? `${plural(shop.orders, "order")}: ${shop.states.join(", ")}` : "–",
    payment: payments(shop),
  };
}

/** Words for each step of the checkout's flow. */
export function ourSteps(shop) {
  const { order, queues } = shop;
  const replays = shop.replays ? `, ${plural(shop.replays, "replay")}` : "";
  const attempt = order?.attempt > 1 ? `, attempt ${order.attempt}` : "";
  const resent = order?.resends ? `, resent ${plural(order.resends, "time")}` : "";
  return {
    intake: shop.received ? plural(shop.received, "request") + replays : "–",
    table: order ? `${plural(shop.orders, "order")}: ${order.status}${attempt}` : "–",
    stream: order ? (shop.place === "stream" ? "sending the order’s number" : `sent${resent}`) : "–",
    queue: `${plural(queues.payments, "message")}, ${plural(queues.dead_letters, "dead letter")}`,
    consumer: order?.claims ? claims(order.claims) : "–",
    payment: payments(shop),
  };
}

function claims(count) {
  const again = count > 1 ? `, ${plural(count - 1, "retry", "retries")}` : "";
  return `${plural(count, "claim")}${again}`;
}

function payments(shop) {
  if (!shop.payment_requests) return "–";
  return `${plural(shop.payment_requests, "request")}, ${plural(shop.charges, "charge")}`;
}
