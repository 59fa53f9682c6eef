"""Parts of the checkout, or the payment service, that are gone for a while."""

from __future__ import annotations

import time
from functools import partial

from checkout_stack.local.local_checkout import FAULTS
from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import ScenarioRun

ORDERS_WITHOUT_RELAY = 2


def _relay_fails(run: ScenarioRun) -> None:
    """Every batch fails for want of the queue's address; the stream keeps its records."""
    controls = run.checkout.controls
    with controls.relay_misconfigured():
        placed = [run.placed() for _ in range(ORDERS_WITHOUT_RELAY)]
        run.wait_until(controls.relay_has_failed, "that the relay has failed", 15.0)
        waiting = [order.status for order in run.orders()]
        expected = ["PENDING"] * ORDERS_WITHOUT_RELAY
        run.expect(waiting == expected, f"without a relay the orders are {waiting}")
    for order_id in placed:
        run.wait_for_state(order_id, "PAID")


def _message_lost(run: ScenarioRun) -> None:
    controls = run.checkout.controls
    with controls.consumer_paused():
        order_id = run.placed()
        run.notes["placed at"] = time.monotonic()
        controls.lose(controls.receive(order_id))


def _reconciled(run: ScenarioRun) -> None:
    controls = run.checkout.controls
    placed_at = run.notes["placed at"]
    assert isinstance(placed_at, float)
    due = placed_at + controls.reconcile_after_seconds() + 0.5
    run.expect([each.status for each in run.orders()] == ["PENDING"], "it was not lost")
    run.wait_until(lambda: time.monotonic() > due, "that the order is due", 300.0)
    controls.reconcile()


def _down_until_dead_letter(run: ScenarioRun) -> None:
    service, controls = run.checkout.payment_service, run.checkout.controls
    service.stop()
    try:
        order_id = run.placed()
        letters = partial(run.checkout.inspector.messages, "dead-letter queue")
        run.wait_until(lambda: letters() == 1, "that there is a dead letter", 60.0)
        run.wait_for_state(order_id, "UNKNOWN")
    finally:
        service.start()
    controls.redrive(order_id)
    run.wait_for_state(order_id, "PAID", seconds=30.0)


SCENARIOS = (
    Scenario(
        name="relay fails a while",
        promise="An order in the table reaches the queue once the relay works again.",
        expected=ends_in("PAID", orders=ORDERS_WITHOUT_RELAY, charges=ORDERS_WITHOUT_RELAY),
        act=_relay_fails,
        on=FAULTS,
    ),
    Scenario(
        name="message lost",
        promise="An order whose message is gone is found by the reconciler.",
        expected=ends_in("PAID"),
        act=_message_lost,
        afterwards=_reconciled,
        on=FAULTS,
    ),
    Scenario(
        name="down until the DLQ",
        promise="After an outage an operator's redrive charges once.",
        expected=ends_in("PAID"),
        act=_down_until_dead_letter,
        on=FAULTS,
    ),
)
