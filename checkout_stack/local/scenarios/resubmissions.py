"""The same purchase, sent again; which purchase a key stands for, and whose it is."""

from __future__ import annotations

import time

from checkout_stack.local.checkout_client import PATIENCE_SECONDS, Answer
from checkout_stack.local.scenarios.scenario import Expected, Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import AMOUNT, ScenarioRun, simultaneously

RESUBMISSIONS = 20
IMPATIENCE_SECONDS = 0.01
"""A fraction of what an answer takes here, so the client gives up while its order is placed."""
PAUSE_SECONDS = 0.03


def _plain(run: ScenarioRun) -> None:
    placed = run.place_patiently(run.new_key(), run.cart())
    run.expect_status(placed, 202)
    order_id = placed.body.get("order_id")
    location = placed.headers.get("location")
    run.expect(location == f"/orders/{order_id}", f"Location is {location}")
    run.expect("retry-after" in placed.headers, "Retry-After is missing")
    run.expect(not placed.is_replay, "a new order is marked as a replay")
    run.wait_for_state(str(order_id), "PAID")
    shown = run.read(str(order_id))
    run.expect(shown.body.get("status") == "PAID", f"GET shows {shown.body}")
    run.expect("charge_id" in shown.body, "GET of a paid order shows no charge")


def _double_click(run: ScenarioRun) -> None:
    key, cart = run.new_key(), run.cart()
    answers = simultaneously(*[lambda: run.place_patiently(key, cart)] * 2)
    for answer in answers:
        run.expect_status(answer, 200, 202)
    shown = {str(answer.body.get("order_id")) for answer in answers}
    run.expect(len(shown) == 1, f"the two clicks were shown orders {sorted(shown)}")
    replays = sum(answer.is_replay for answer in answers)
    run.expect(replays == 1, f"{replays} of two answers are marked as a replay, not one")


def _impatient_client(run: ScenarioRun) -> None:
    key, cart = run.new_key(), run.cart(payment_method="pm_slow_300ms")
    for _ in range(1 + RESUBMISSIONS):
        run.place(key, cart, run.ada, timeout=IMPATIENCE_SECONDS)
        time.sleep(PAUSE_SECONDS)
    run.expect(run.gave_up > 0, "the client never gave up, so nothing was tried")
    at_last = run.place_patiently(key, cart)
    run.expect_status(at_last, 200, 202)
    run.expect(at_last.is_replay, "the answer that was waited for is not marked as a replay")


def _other_amount(run: ScenarioRun) -> None:
    key = run.new_key()
    run.expect_status(run.place_patiently(key, run.cart()), 202)
    refused = run.place_patiently(key, run.cart(amount=AMOUNT + 1))
    run.expect_status(refused, 422)
    kind = refused.headers.get("content-type", "")
    run.expect(kind.startswith("application/problem+json"), f"the refusal is {kind}")


def _two_buyers(run: ScenarioRun) -> None:
    key, cart = run.new_key(), run.cart()
    adas = run.place_patiently(key, cart, run.ada)
    bens = run.place_patiently(key, cart, run.ben)
    for answer in (adas, bens):
        run.expect_status(answer, 202)
        run.expect(not answer.is_replay, "one buyer was shown the other's order")
    run.expect_status(run.read(str(bens.body.get("order_id")), run.ada), 404)
    run.expect_status(run.read(str(adas.body.get("order_id")), run.ada), 200)


def _without_token(run: ScenarioRun) -> None:
    answer = run.place(run.new_key(), run.cart(), None, timeout=PATIENCE_SECONDS)
    if isinstance(answer, Answer):
        run.expect_status(answer, 401)


SCENARIOS = (
    Scenario(
        name="plain",
        promise="A checkout is accepted at once and paid soon after.",
        expected=ends_in("PAID"),
        act=_plain,
    ),
    Scenario(
        name="double click",
        promise="Two simultaneous requests are one order; exactly one is marked as a replay.",
        expected=ends_in("PAID"),
        act=_double_click,
    ),
    Scenario(
        name="impatient client",
        promise=f"{RESUBMISSIONS} resubmissions by a client that stops waiting change nothing.",
        expected=ends_in("PAID"),
        act=_impatient_client,
    ),
    Scenario(
        name="other amount",
        promise="The same key with another amount is refused (422) and changes nothing.",
        expected=ends_in("PAID"),
        act=_other_amount,
    ),
    Scenario(
        name="two buyers, one key",
        promise="A key counts for one buyer only, and neither sees the other's order (404).",
        expected=ends_in("PAID", orders=2, charges=2),
        act=_two_buyers,
    ),
    Scenario(
        name="no token",
        promise="Without a token nothing is placed (401).",
        expected=Expected(orders=0, charges=0, states=frozenset()),
        act=_without_token,
    ),
)
