// One cart, paid in both shops by the same presses; looks at both for as long as it is shown.

import { currentCart, newCart, onCartOfAnotherTab } from "/cart.js";
import { drawCharges, drawFlow, drawLog, drawScore, say, sayTold } from "/flow.js";
import {
  look, patience, payNaively, payThroughTheCheckout, refundTheOrder, resumeTheCheckout,
} from "/shops.js";
import {
  naiveSteps, ourSteps, toldByTheCheckout, toldNaively, toldOfTheRefund,
} from "/words.js";

const LIVELY_MS = 150;
const QUIET_MS = 1_000;
const LIVELY_AFTER_A_PRESS_MS = 4_000;

const byId = (id) => document.getElementById(id);
const shops = { naive: byId("naive"), ours: byId("ours") };
const scores = {
  naive: document.querySelector("[data-score=naive]"),
  ours: document.querySelector("[data-score=ours]"),
};
let cart = currentCart();
let order = null; // that the cart is, as the checkout answered
let isFollowed = false;
let refusal = null; // of the last press of "refund"
let newest = 0; // of what follows the order; it alone tells the buyer
let pressedAt = -Infinity;
let wake = () => {};

function show(newCartId) {
  cart = newCartId;
  order = null;
  refusal = null;
  isFollowed = false;
  byId("refund").disabled = true;
  say(byId("refunded"), "–");
  say(byId("cart-id"), cart);
  for (const section of Object.values(shops)) sayTold(section, "–");
  wake();
}

async function pressNaive(pressed, faults) {
  sayTold(shops.naive, "Paying …");
  const answer = await payNaively(pressed, faults);
  if (pressed === cart) sayTold(shops.naive, toldNaively(answer));
}

async function pressOurs(pressed, faults) {
  const isKnown = order !== null;
  const tell = (text) => { if (pressed === cart && !order) sayTold(shops.ours, text); };
  tell("Paying …");
  setTimeout(() => tell("No answer in time. Asking again under the same key …"), patience(faults));
  await follow(pressed, (hear) => payThroughTheCheckout(pressed, faults, hear), isKnown);
}

/** Tells the buyer what each answer shows, until the checkout has nothing more to tell. */
async function follow(followed, begin, isKnown = false) {
  isFollowed = true;
  newest += 1;
  const mine = newest;
  const tell = ({ outcome, order: shown, replayed }) => {
    if (followed !== cart || mine !== newest) return;
    order = shown ?? order;
    sayTold(shops.ours, toldByTheCheckout(outcome, order, isKnown || replayed));
  };
  try {
    const result = await begin((shown) => tell({ outcome: "waiting", order: shown }));
    if (result) tell(result);
  } catch (problem) {
    if (followed === cart && mine === newest) sayTold(shops.ours, `Not accepted: ${problem.message}`);
  }
}

function pressBoth() {
  const faults = {
    answer_lost: byId("answer-lost").checked,
    payment_service_flaky: byId("payment-service-flaky").checked,
  };
  pressedAt = performance.now();
  pressNaive(cart, faults);
  pressOurs(cart, faults);
  wake();
}

async function pressRefund() {
  const pressed = cart;
  pressedAt = performance.now();
  wake();
  const refused = await refundTheOrder(pressed);
  if (pressed === cart) refusal = refused;
}

function drawRefund(shop) {
  byId("refund").disabled = shop.order?.status !== "PAID";
  say(byId("refunded"), refusal ? `Not refunded: ${refusal}.` : toldOfTheRefund(shop));
}

function draw(seen) {
  const began = seen.events[0]?.at ?? 0;
  const steps = { naive: naiveSteps(seen.naive), ours: ourSteps(seen.ours) };
  for (const [name, section] of Object.entries(shops)) {
    drawCharges(section, seen[name].charges);
    drawScore(scores[name], seen[name].charges);
    drawFlow(section, seen[name].place, steps[name]);
    drawLog(section, seen.events.filter((event) => event.shop === name), began);
  }
  drawRefund(seen.ours);
  if (seen.ours.order && !isFollowed) { // of before a reload, or of another tab
    const resumed = cart;
    follow(resumed, (hear) => resumeTheCheckout(resumed, hear));
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
byId("refund").addEventListener("click", pressRefund);
byId("new-cart").addEventListener("click", () => show(newCart()));
onCartOfAnotherTab(show);
document.addEventListener("visibilitychange", () => wake());
show(cart);
keepLooking();
