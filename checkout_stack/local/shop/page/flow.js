// Draws one shop: its charges, its flow and what happened in it.

import { verdict } from "/words.js";

const valueIn = (section, name) => section.querySelector(`[data-value="${name}"]`);

/** Writes a text, and touches the page only where it changed: live regions speak on change. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** What the buyer is told. */
export function sayTold(section, text) {
  say(valueIn(section, "told"), text);
}

/** The count of charges, in figures, words and colour. */
export function drawCharges(section, charges) {
  const [kind, words] = verdict(charges);
  section.querySelector(".charges").dataset.verdict = kind;
  section.classList.toggle("charged-again", charges > 1);
  say(valueIn(section, "charges"), String(charges));
  say(section.querySelector(".unit"), charges === 1 ? "charge" : "charges");
  say(valueIn(section, "verdict"), words);
}

/** The same count where both shops are not in sight together: first on a small screen. */
export function drawScore(card, charges) {
  const [kind, words] = verdict(charges);
  card.dataset.verdict = kind;
  say(card.querySelector(".number"), String(charges));
  say(card.querySelector(".verdict"), words);
}

/** Where the order is, where it has been, and the words of each step. */
export function drawFlow(section, place, steps) {
  const stations = [...section.querySelectorAll(".flow li")];
  const now = stations.findIndex((station) => station.dataset.place === place);
  stations.forEach((station, position) => {
    say(station.querySelector("span"), steps[station.dataset.place]);
    const said = steps[station.dataset.place] !== "–";
    station.classList.toggle("passed", said && (place === "settled" || position < now));
    if (position === now) station.setAttribute("aria-current", "step");
    else station.removeAttribute("aria-current");
  });
}

/** The events, with seconds since the first; what is there stays, so that reading is undisturbed. */
export function drawLog(section, events, began) {
  const log = valueIn(section, "log");
  const rows = events.map((event, position) => row(event, began, isAnotherCharge(events, position)));
  const same = rows.length === log.children.length
    && rows.every((each, position) => each.isEqualNode(log.children[position]));
  if (same) return;
  log.replaceChildren(...rows);
  log.scrollTop = log.scrollHeight;
}

function isAnotherCharge(events, position) {
  return events[position].kind === "charge"
    && events.slice(0, position).some((event) => event.kind === "charge");
}

function row(event, began, again) {
  const item = document.createElement("li");
  item.className = again ? "charge again" : event.kind;
  const time = document.createElement("time");
  time.textContent = `${(event.at - began).toFixed(2)} s`;
  const text = document.createElement("span");
  text.textContent = event.text;
  item.append(time, " ", text);
  return item;
}
