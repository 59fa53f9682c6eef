"""An event says what was true at its moment, and nothing about the buyer."""

from __future__ import annotations

import json

from checkout_runtime.adapters.event_fields import detail_of
from checkout_runtime.domain.announcement import Announcement, Event
from tests.checkout_runtime.factories import NOW, new_order

PAID = Announcement(3, "OrderPaid", 2, NOW, {"charge_id": "ch_1"})


def test_the_fields_are_those_of_the_announcement_and_what_never_changes_of_the_order() -> None:
    order = new_order(attempt=3, event_ordinal=7, charge_id="ch_9")
    assert json.loads(detail_of(Event(order, PAID))) == {
        "id": f"{order.order_id}#3",
        "version": 1,
        "ordinal": 3,
        "order_id": order.order_id,
        "attempt": 2,
        "amount": 4200,
        "currency": "EUR",
        "occurred_at": "2027-01-15T08:00:00.000Z",
        "correlation_id": "req_1",
        "charge_id": "ch_1",
    }


def test_an_order_without_correlation_id_has_events_without() -> None:
    detail = json.loads(detail_of(Event(new_order(correlation_id=None), PAID)))
    assert "correlation_id" not in detail
