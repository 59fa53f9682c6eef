"""One order for one cart, and so many orders for one buyer: all in one transaction, or nothing.

The order and the cart's name are put, and the buyer's counter is raised. Resubmissions are counted
for nobody, however many come at once, as their order is there. The transaction needs
``dynamodb:PutItem``, and ``UpdateItem`` for a counter, as single writes do, and costs twice their
units (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html).
"""

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.item_writes import Action, ItemWrites, NotWritten
from checkout_runtime.adapters.order_item import order_from_item, order_to_item
from checkout_runtime.application.order_records import CartTaken, OrderLimit, OrdersLimited
from checkout_runtime.domain.order import Order

__all__ = ["accept_counted", "accept_with_cart"]


def accept_with_cart(
    dynamodb: AwsService, table_name: str, order: Order, cart: str, shards: int
) -> Order | CartTaken | None:
    """Store a new order with its cart; else return the stored order, or who has the cart.

    Two submissions of one cart at the same instant conflict: one of them is tried again until it
    finds the order of the other.
    """
    writes = ItemWrites(dynamodb, table_name)
    return _met(writes.write_all(_acceptance(writes, order, cart, shards)))


def accept_counted(
    dynamodb: AwsService,
    table_name: str,
    order: Order,
    cart: str | None,
    shards: int,
    limit: OrderLimit,
) -> Order | CartTaken | OrdersLimited | None:
    """Store a new order, with its cart if there is one, and count it as its buyer's."""
    # Only where orders are counted.
    from checkout_runtime.adapters.attempt_counters import Counter, Full, write_counted

    writes = ItemWrites(dynamodb, table_name)
    refused = write_counted(
        writes,
        _acceptance(writes, order, cart, shards),
        [Counter(f"orders_{order.principal}", limit.per_buyer)],
        window_ms=limit.window_seconds * 1000,
        now=order.accepted_at,
    )
    return OrdersLimited(refused.until) if isinstance(refused, Full) else _met(refused)


def _acceptance(writes: ItemWrites, order: Order, cart: str | None, shards: int) -> list[Action]:
    """Return what stores an order, and its cart if that is guarded.

    The order comes first: a resubmission finds both, and is answered by its order.
    """
    stored = [writes.new(order_to_item(order, shards))]
    if cart is not None:
        stored.append(writes.new({"pk": {"S": cart}, "order_id": {"S": order.order_id}}))
    return stored


def _met(refused: NotWritten | None) -> Order | CartTaken | None:
    """Return what had the order's id, or else its cart; None where nothing had."""
    if refused is None:
        return None
    order, *others = refused.items
    if order:
        return order_from_item(order)
    cart = others[0]
    assert cart, "a condition that an item is absent fails with that item"
    return CartTaken(cart["order_id"]["S"])
