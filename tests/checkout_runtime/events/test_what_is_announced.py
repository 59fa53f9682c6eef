"""What the functions put on the bus is what consumers read, and fits the schema of its kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checkout_runtime.adapters.eventbridge_bus import EventBridgeBus
from checkout_runtime.application.announce_outcomes import AnnounceOutcomes
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.events import OrderEvent, event_schema, read_event
from tests.checkout_runtime.adapters.order_stores import IN_STATE
from tests.checkout_runtime.events.deliveries import delivered
from tests.checkout_runtime.in_memory_ports import InMemoryOrders
from tests.checkout_runtime.state_events import SetClock

S = OrderStatus
KIND_OF = {
    S.PAID: "OrderPaid",
    S.DECLINED: "OrderDeclined",
    S.ACTION_REQUIRED: "OrderActionRequired",
    S.NEEDS_REVIEW: "OrderNeedsReview",
    S.CANCELLED: "OrderCancelled",
    S.AUTHORIZED: "OrderAuthorized",
}


class EventBridge:
    """Takes every event."""

    def __init__(self) -> None:
        self.entries: list[Mapping[str, Any]] = []

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "DescribeEventBus":
            return {}
        assert operation == "PutEvents"
        self.entries += parameters["Entries"]
        return {"Entries": [{"EventId": "1"} for _ in parameters["Entries"]]}


def announced(orders: InMemoryOrders, order: Order) -> list[dict[str, Any]]:
    """What a rule hands on of an order."""
    service = EventBridge()
    bus = EventBridgeBus(service, "shop", SetClock(), CircuitBreaker(1))
    AnnounceOutcomes(orders, bus)([orders.by_id[order.order_id]])
    return [
        {
            **delivered(),
            "source": each["Source"],
            "detail-type": each["DetailType"],
            "detail": json.loads(each["Detail"]),
        }
        for each in service.entries
    ]


def read(handed: dict[str, Any]) -> OrderEvent:
    """The event as a consumer has it."""
    Draft202012Validator(event_schema(handed["detail-type"])).validate(handed["detail"])
    event = read_event(handed)
    assert isinstance(event, OrderEvent)
    return event


@pytest.mark.parametrize("status", KIND_OF)
def test_an_outcome_is_read_as_it_was_stored(status: OrderStatus) -> None:
    orders = InMemoryOrders(announces=True)
    order = IN_STATE[status](orders, "k")
    *_, last = [read(each) for each in announced(orders, order)]
    assert last.kind == KIND_OF[status]
    stored = orders.by_id[order.order_id]
    assert last.id == f"{stored.order_id}#{last.ordinal}"
    assert last.ordinal == stored.event_ordinal
    assert (last.order_id, last.attempt) == (stored.order_id, stored.attempt)
    assert (last.amount, last.currency) == (stored.amount, stored.currency)
    assert last.correlation_id == stored.correlation_id


def test_a_review_names_the_charge_that_is_its_reason() -> None:
    orders = InMemoryOrders(announces=True)
    order = IN_STATE[S.DECLINED](orders, "k")
    captured = Captured("ch_late", order.amount, order.currency)
    orders.record_capture(order, captured, orders.by_id[order.order_id].accepted_at)
    *_, last = [read(each) for each in announced(orders, order)]
    assert last.kind == "OrderNeedsReview"
    assert getattr(last, "charge_id", None) == "ch_late"


def test_no_field_is_announced_that_the_schema_does_not_name() -> None:
    for status, kind in KIND_OF.items():
        orders = InMemoryOrders(announces=True)
        events = announced(orders, IN_STATE[status](orders, "k"))
        assert events
        for each in events:
            named = event_schema(each["detail-type"])["properties"]
            assert each["detail"].keys() <= named.keys(), kind
