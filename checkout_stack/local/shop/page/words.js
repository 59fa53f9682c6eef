// What is said, from what the server saw.

/** A count and its noun. */
export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** [kind, words] for a number of charges; never a colour alone. */
export function verdict(charges) {
  if (charges === 0) return ["none", "not charged"];
  if (charges === 1) return ["once", "✓ charged once"];
  return ["more", `✕ charged ${charges === 2 ? "twice" : `${charges} times`}`];
}

/** What the buyer is told by the naive shop after its answer. */
export function toldNaively(answer) {
  if (answer.late) return "No answer in time. Press Pay again.";
  if (answer.broken) return "The shop’s server is not there.";
  if (answer.title) return `Not accepted: ${answer.title}`;
  if (answer.state === "FAILED") return "Payment failed. Press Pay again.";
  return `Order ${answer.order}: ${answer.state === "PAID" ? "paid" : "under way"}.`;
}

const OUTCOMES = {
  paid: "paid",
  declined: "declined",
  needs_review: "the shop looks into it",
  waiting: "accepted, payment under way",
};

/** What the buyer is told through the checkout; a known order is one of an earlier press. */
export function toldByTheCheckout(outcome, order, isKnown) {
  if (!order) return "No answer yet. Press Pay again: it stays one order.";
  const name = `${order.order_id.slice(0, 12)}…`;
  return `${isKnown ? "Still one order," : "Order"} ${name}: ${OUTCOMES[outcome] ?? outcome}.`;
}

/** What the shop is told of the money that it gives back, from the table and from the ledger. */
export function toldOfTheRefund({ order, refunds }) {
  const last = order?.refunds.at(-1);
  if (!last) return order?.status === "PAID" ? "Asked for by the shop’s token; a buyer’s is refused." : "–";
  if (last.status !== "REFUNDED") return `Refund ${last.refund_id.slice(0, 11)}…: ${last.status}.`;
  return `${refunds === 1 ? "✓ refunded once" : `✕ refunded ${refunds} times`}.`;
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
    warehouse: order?.shipment ? shipped(order.shipment) : "–",
  };
}

function shipped({ event_id: event, parcels }) {
  return `OrderPaid #${event.split("#")[1]}, ${plural(parcels, "parcel")}`;
}

function claims(count) {
  const again = count > 1 ? `, ${plural(count - 1, "retry", "retries")}` : "";
  return `${plural(count, "claim")}${again}`;
}

function payments(shop) {
  if (!shop.payment_requests) return "–";
  const refunds = shop.refunds ? `, ${plural(shop.refunds, "refund")}` : "";
  return `${plural(shop.payment_requests, "request")}, ${plural(shop.charges, "charge")}${refunds}`;
}
