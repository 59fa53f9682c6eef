"""Orders that their buyers give up: exactly one of the cancellation and the charge wins."""

from __future__ import annotations

import time

from checkout_stack.local.checkout_client import Answer
from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import ScenarioRun, threads

RACES, BUYERS = 12, 2
SECONDS_BETWEEN = 0.05
"""So that each cancellation meets its order a little later on its way than the one before."""
SETTLES_WITHIN_SECONDS = 60.0


def _against_the_charge(run: ScenarioRun) -> None:
    declined = run.placed(payment_method="pm_declined")
    run.wait_for_state(declined, "DECLINED")
    first, again = (run.cancel(declined) for _ in range(2))
    run.expect_status(first, 200)
    run.expect(again.is_replay, "a second request is not marked as a replay")

    captured = run.placed(payment_method="pm_hang_after_capture_once")
    run.wait_for_state(captured, "UNKNOWN")
    run.expect_status(run.cancel(captured), 202)
    run.wait_for_state(captured, "PAID", seconds=SETTLES_WITHIN_SECONDS)
    run.expect_status(run.cancel(captured), 409)
    _race(run)


def _race(run: ScenarioRun) -> None:
    """Cancel orders at every moment of their charge; judged by the ledger, whichever wins."""
    customer = f"{run.customer}_races"
    cart = {**run.cart(payment_method="pm_slow_300ms"), "customer": customer}

    def place_and_cancel(number: int) -> Answer:
        placed = run.place_patiently(run.new_key(), cart)
        time.sleep(number * SECONDS_BETWEEN)
        return run.cancel(str(placed.body.get("order_id")))

    with threads(BUYERS) as pool:
        for answer in pool.map(place_and_cancel, range(RACES)):
            run.expect_status(answer, 200, 202, 409)

    expect_paid_or_cancelled(run, customer, RACES)


def expect_paid_or_cancelled(run: ScenarioRun, customer: str, number: int) -> None:
    """Wait until each order of a race is over; the ledger has exactly the paid ones' charges."""
    inspector = run.checkout.inspector

    def is_over() -> bool:
        return {order.status for order in inspector.orders(customer)} <= {"PAID", "CANCELLED"}

    run.wait_until(is_over, "each order is PAID or CANCELLED", SETTLES_WITHIN_SECONDS)
    orders = inspector.orders(customer)
    run.expect(len(orders) == number, f"{len(orders)} orders instead of {number}")
    paid = sorted(order.order_id for order in orders if order.status == "PAID")
    charged = sorted(charge["order_id"] for charge in inspector.charges(customer))
    run.expect(charged == paid, f"the ledger has charges of {charged}, and {paid} are PAID")


SCENARIOS = (
    Scenario(
        name="void against charge",
        promise="Of a cancellation and a charge at the same moment exactly one wins.",
        expected=ends_in("CANCELLED", "PAID", orders=2),
        act=_against_the_charge,
        settles_within_seconds=SETTLES_WITHIN_SECONDS,
    ),
)
