"""Parts of the checkout, or the payment service, that are gone for a while."""

from __future__ import annotations

import time
from functools import partial

from checkout_stack.local.app_settings import FAULTS
from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import Visit

ORDERS_WITHOUT_RELAY = 2


def _relay_fails(visit: Visit) -> None:
    """Every batch fails for want of the queue's address; the stream keeps its records."""
    operations = visit.checkout.operations
    with operations.relay_misconfigured():
        placed = [visit.placed() for _ in range(ORDERS_WITHOUT_RELAY)]
        visit.wait_until(operations.relay_has_failed, "that the relay has failed", 15.0)
        waiting = [order.status for order in visit.orders()]
        expected = ["PENDING"] * ORDERS_WITHOUT_RELAY
        visit.expect(waiting == expected, f"without a relay the orders are {waiting}")
    for order_id in placed:
        visit.wait_for_state(order_id, "PAID")


def _message_lost(visit: Visit) -> None:
    operations = visit.checkout.operations
    with operations.consumer_paused():
        order_id = visit.placed()
        visit.notes["placed at"] = time.monotonic()
        operations.lose(operations.receive(order_id))


def _reconciled(visit: Visit) -> None:
    operations = visit.checkout.operations
    placed_at = visit.notes["placed at"]
    assert isinstance(placed_at, float)
    due = placed_at + operations.reconcile_after_seconds() + 0.5
    visit.expect([each.status for each in visit.orders()] == ["PENDING"], "it was not lost")
    visit.wait_until(lambda: time.monotonic() > due, "that the order is due", 300.0)
    operations.reconcile()


def _down_until_dead_letter(visit: Visit) -> None:
    service, operations = visit.checkout.payment_service, visit.checkout.operations
    service.stop()
    try:
        order_id = visit.placed()
        letters = partial(visit.checkout.evidence.messages, "dead-letter queue")
        visit.wait_until(lambda: letters() == 1, "that there is a dead letter", 60.0)
        visit.wait_for_state(order_id, "UNKNOWN")
    finally:
        service.start()
    operations.redrive(order_id)
    visit.wait_for_state(order_id, "PAID", seconds=30.0)


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
        promise="After an outage a person's redrive charges once.",
        expected=ends_in("PAID"),
        act=_down_until_dead_letter,
        on=FAULTS,
    ),
)
