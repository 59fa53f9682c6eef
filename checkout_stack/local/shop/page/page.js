// One cart, paid in both shops by the same presses; looks at both for as long as it is shown.

import { currentCart, newCart, onCartOfAnotherTab } from "/cart.js";
import { drawCharges, drawFlow, drawLog, drawScore, say, sayTold } from "/flow.js";
import { look, pay } from "/shops.js";
import { naiveSteps, ourSteps, told } from "/words.js";

const LIVELY_MS = 150;
const QUIET_MS = 1_000;
const LIVELY_AFTER_A_PRESS_MS = 4_000;

const NAMES = { naive: "naive", ours: "checkout" };

const byId = (id) => document.getElementById(id);
const shops = { naive: byId("naive"), ours: byId("ours") };
const scores = {
  naive: document.querySelector("[data-score=naive]"),
  ours: document.querySelector("[data-score=ours]"),
};
const answers = { naive: null, ours: null };
let cart = currentCart();
let pressedAt = -Infinity;
let wake = () => {};

function show(newCartId) {
  cart = newCartId;
  say(byId("key"), cart);
  for (const name of Object.keys(shops)) {
    answers[name] = null;
    sayTold(shops[name], "–");
  }
  wake();
}

async function press(name, pressedCart, faults) {
  sayTold(shops[name], "Paying …");
  const answer = await pay(name, pressedCart, faults);
  if (pressedCart !== cart) return;
  answers[name] = answer;
  sayTold(shops[name], told(answer));
}

function pressBoth() {
  const faults = {
    answer_lost: byId("answer-lost").checked,
    payment_service_flaky: byId("payment-service-flaky").checked,
  };
  pressedAt = performance.now();
  for (const name of Object.keys(shops)) press(name, cart, faults);
  wake();
}

function draw(seen) {
  const began = seen.events[0]?.at ?? 0;
  const steps = { naive: naiveSteps(seen.naive), ours: ourSteps(seen.ours) };
  for (const [name, section] of Object.entries(shops)) {
    drawCharges(section, seen[name].charges);
    drawScore(scores[name], NAMES[name], seen[name].charges);
    drawFlow(section, seen[name].place, steps[name]);
    drawLog(section, seen.events.filter((event) => event.shop === name), began);
  }
  const { order } = seen.ours;
  if (order && answers.ours?.order === order.order_id && answers.ours.state !== order.status) {
    answers.ours.state = order.status; // what the buyer's page would learn by asking for the order
    sayTold(shops.ours, told(answers.ours));
  }
}

function isLively(seen) {
  const underWay = (place) => !["nowhere", "settled"].includes(place);
  return performance.now() - pressedAt < LIVELY_AFTER_A_PRESS_MS
    || (seen && (underWay(seen.naive.place) || underWay(seen.ours.place)));
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => { clearTimeout(timer); resolve(); };
  });
}

async function keepLooking() {
  for (;;) {
    const looked = cart;
    const seen = document.hidden ? null : await look(looked);
    if (!document.hidden) say(byId("connection"), seen ? "" : "The shop’s server does not answer.");
    if (seen && looked === cart) draw(seen);
    await pause(looked !== cart ? 0 : isLively(seen) ? LIVELY_MS : QUIET_MS);
  }
}

byId("no-script").remove();
byId("pay").addEventListener("click", pressBoth);
byId("new-cart").addEventListener("click", () => show(newCart()));
onCartOfAnotherTab(show);
document.addEventListener("visibilitychange", () => wake());
show(cart);
keepLooking();
