"""Payment services that say no or nothing, and many payments at once."""

from __future__ import annotations

from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import ScenarioRun, simultaneously, threads

ORDERS = 200
CONNECTIONS = 8
SECONDS_BY_WEBHOOK = 5.0
"""From the payment service's word to the stored outcome. The reconciler would take minutes."""


def _declined_for_good(run: ScenarioRun) -> None:
    placed = run.place_patiently(run.new_key(), run.cart(payment_method="pm_declined"))
    run.expect_status(placed, 202)


def _another_card(run: ScenarioRun) -> None:
    placed = run.place_patiently(run.new_key(), run.cart(payment_method="pm_declined"))
    order_id = str(placed.body.get("order_id"))
    run.wait_for_state(order_id, "DECLINED")

    answers = simultaneously(
        *[lambda: run.pay_again(order_id, payment_method="pm_ok.second-card", replaces=1)] * 2
    )
    for answer in answers:
        run.expect_status(answer, 200, 202)
        attempt = answer.body.get("attempt")
        run.expect(attempt == 2, f"an answer shows attempt {attempt}, not 2")
    replays = sum(answer.is_replay for answer in answers)
    run.expect(replays == 1, f"{replays} of two answers are marked as a replay, not one")
    run.wait_for_state(order_id, "PAID")
    attempts = [order.attempt for order in run.orders()]
    run.expect(attempts == [2], f"the order is on attempt {attempts}, not 2")


def _captures_then_hangs(run: ScenarioRun) -> None:
    cart = run.cart(payment_method="pm_hang_after_capture_once")
    placed = run.place_patiently(run.new_key(), cart)
    order_id = str(placed.body.get("order_id"))
    run.wait_for_state(order_id, "UNKNOWN")
    run.expect(len(run.charges()) == 1, "it hung without having captured: nothing was tried")
    run.wait_for_state(order_id, "PAID")


def _closes_the_tab(run: ScenarioRun) -> None:
    order_id = run.placed(payment_method="pm_action_required.webhook")
    run.wait_for_state(order_id, "ACTION_REQUIRED")
    run.checkout.payments.buyer_acts(f"{order_id}:1")
    run.wait_for_state(order_id, "PAID", seconds=SECONDS_BY_WEBHOOK)


def _direct_debit(run: ScenarioRun) -> None:
    order_id = run.placed(payment_method="pm_processing_captured_after_2.webhook")
    run.wait_for_state(order_id, "PROCESSING", "PAID")
    run.wait_for_state(order_id, "PAID", seconds=2 + SECONDS_BY_WEBHOOK)


def _many_orders(run: ScenarioRun) -> None:
    with threads(CONNECTIONS) as pool:
        answers = list(
            pool.map(
                lambda key: run.place_patiently(key, run.cart()),
                [run.new_key() for _ in range(ORDERS)],
            )
        )
    for answer in answers:
        run.expect_status(answer, 202)


SCENARIOS = (
    Scenario(
        name="declined",
        promise="A decline is an answer: no charge, no retry.",
        expected=ends_in("DECLINED", charges=0),
        act=_declined_for_good,
    ),
    Scenario(
        name="another card",
        promise="After a decline, a double click on another card is one more attempt and charge.",
        expected=ends_in("PAID"),
        act=_another_card,
    ),
    Scenario(
        name="captures, then hangs",
        promise="A charge whose answer never came is UNKNOWN, then found, and not made again.",
        expected=ends_in("PAID"),
        act=_captures_then_hangs,
    ),
    Scenario(
        name="acts, closes the tab",
        promise="A buyer who confirms and never comes back is PAID within 5 s, by a webhook.",
        expected=ends_in("PAID"),
        act=_closes_the_tab,
    ),
    Scenario(
        name="direct debit",
        promise="An asynchronous payment settles within seconds of the payment service's word.",
        expected=ends_in("PAID"),
        act=_direct_debit,
    ),
    Scenario(
        name=f"{ORDERS} orders at once",
        promise="Different orders do not wait for each other, and each is charged once.",
        expected=ends_in("PAID", orders=ORDERS, charges=ORDERS),
        act=_many_orders,
        settles_within_seconds=90.0,
    ),
)
