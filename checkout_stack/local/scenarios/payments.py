"""Payment services that say no, and payment services that say nothing."""

from __future__ import annotations

from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import Visit, simultaneously


def _declined_for_good(visit: Visit) -> None:
    placed = visit.place_patiently(visit.new_key(), visit.cart(payment_method="pm_declined"))
    visit.expect_status(placed, 202)


def _another_card(visit: Visit) -> None:
    placed = visit.place_patiently(visit.new_key(), visit.cart(payment_method="pm_declined"))
    order_id = str(placed.body.get("order_id"))
    visit.wait_for_state(order_id, "DECLINED")

    answers = simultaneously(
        *[lambda: visit.pay_again(order_id, payment_method="pm_ok.second-card", replaces=1)] * 2
    )
    for answer in answers:
        visit.expect_status(answer, 200, 202)
        attempt = answer.body.get("attempt")
        visit.expect(attempt == 2, f"an answer shows attempt {attempt}, not 2")
    replays = sum(answer.is_replay for answer in answers)
    visit.expect(replays == 1, f"{replays} of two answers are marked as a replay, not one")
    visit.wait_for_state(order_id, "PAID")
    attempts = [order.attempt for order in visit.orders()]
    visit.expect(attempts == [2], f"the order is on attempt {attempts}, not 2")


def _captures_then_hangs(visit: Visit) -> None:
    cart = visit.cart(payment_method="pm_hang_after_capture_once")
    placed = visit.place_patiently(visit.new_key(), cart)
    order_id = str(placed.body.get("order_id"))
    visit.wait_for_state(order_id, "UNKNOWN")
    visit.expect(len(visit.charges()) == 1, "it hung without having captured: nothing was tried")
    visit.wait_for_state(order_id, "PAID")


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
)
