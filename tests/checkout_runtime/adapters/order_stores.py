"""The adapters of one order table, which bring orders into any state by their methods only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from checkout_runtime.adapters.conditional_updates import ConditionalUpdates
from checkout_runtime.adapters.dynamodb_announcements import DynamoDbAnnouncements
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.dynamodb_outcomes import DynamoDbOutcomes
from checkout_runtime.adapters.dynamodb_unsettled import DynamoDbUnsettledOrders
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.application.order_ports import Orders, Outcomes
from checkout_runtime.application.order_records import Changed
from checkout_runtime.application.unsettled_ports import UnsettledOrders
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Authorized, Captured
from tests.checkout_runtime.factories import HOUR, NOW, SECOND, SERVICE, new_order

CHARGE = Captured("ch_1", 4200, "EUR")
HOLD = Authorized("hold_1", 4200, "EUR", NOW + 7 * 24 * HOUR)
LEASE = 40 * SECOND


class OrderStore(Orders, Outcomes, UnsettledOrders, Protocol):
    """Everything that the application asks of the table."""


class OnDynamoDb(DynamoDbOrders, DynamoDbOutcomes, DynamoDbUnsettledOrders, DynamoDbAnnouncements):
    """The adapters of one table behind one face."""

    def __init__(
        self, client: Any, table_name: str, shards: int = 1, *, announces: bool = False
    ) -> None:
        DynamoDbOrders.__init__(self, client, table_name, shards)
        DynamoDbOutcomes.__init__(self, client, table_name, shards)
        DynamoDbUnsettledOrders.__init__(self, client, table_name, shards)
        self._updates = ConditionalUpdates(client, table_name, announces=announces)


def claim(
    store: OrderStore,
    order: Order,
    claim_id: str = "holder",
    now: int = NOW,
    *,
    to_look_up: bool = False,
) -> Order:
    """Take the claim of the order's current attempt; it must be free."""
    result = store.claim(
        order.order_id,
        order.attempt,
        claim_id=claim_id,
        now=now,
        service=SERVICE,
        lease_expires_at=now + LEASE,
        to_look_up=to_look_up,
    )
    assert isinstance(result, Changed)
    return result.order


def placed(store: OrderStore, key: str) -> Order:
    """A new pending order."""
    order = new_order(key)
    assert store.accept(order) is None
    return order


def stored_order(store: OrderStore, order: Order) -> Order:
    """The order as the table has it now."""
    found = store.get(order.order_id)
    assert found is not None
    return found


def _settled(settle: Callable[[OrderStore, Order], Any]) -> Callable[[OrderStore, str], Order]:
    def prepare(store: OrderStore, key: str) -> Order:
        order = claim(store, placed(store, key))
        settle(store, order)
        return stored_order(store, order)

    return prepare


def _cancel_declined(store: OrderStore, order: Order) -> None:
    """Decline it, and cancel it then."""
    store.record_decline(order, "no_funds", NOW)
    seen = stored_order(store, order)
    store.cancel_at_once(seen, by="buyer", reason="asked", now=NOW)


def _newer(store: OrderStore, key: str) -> Order:
    """An order in a state that a later version of the code wrote."""
    assert isinstance(store, OnDynamoDb)
    order = placed(store, key)
    store._updates.update(
        order.order_id,
        Update(set={"status": "OF_A_LATER_VERSION"}, when=[Attribute("pk").exists()]),
    )
    return stored_order(store, order)


IN_STATE: dict[OrderStatus, Callable[[OrderStore, str], Order]] = {
    OrderStatus.PENDING: placed,
    OrderStatus.CHARGING: _settled(lambda store, order: None),
    OrderStatus.UNKNOWN: _settled(lambda store, order: store.record_unknown(order, NOW)),
    OrderStatus.ACTION_REQUIRED: _settled(
        lambda store, order: store.record_action_required(order, "https://bank/", NOW + LEASE, NOW)
    ),
    OrderStatus.PROCESSING: _settled(
        lambda store, order: store.record_processing(order, NOW + LEASE, NOW)
    ),
    OrderStatus.AUTHORIZED: _settled(
        lambda store, order: store.holds.record_authorized(order, HOLD, NOW + LEASE, NOW)
    ),
    OrderStatus.DECLINED: _settled(
        lambda store, order: store.record_decline(order, "no_funds", NOW)
    ),
    OrderStatus.NEEDS_REVIEW: _settled(
        lambda store, order: store.record_review(order, "look", NOW)
    ),
    OrderStatus.PAID: _settled(lambda store, order: store.record_capture(order, CHARGE, NOW)),
    OrderStatus.CANCELLED: _settled(_cancel_declined),
    OrderStatus.NEWER: _newer,
}
