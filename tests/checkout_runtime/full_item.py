"""Any order as an item of the table, however it came to be so.

The adapters write a new order, and then change single attributes of it. What a later attribute is
called and how it is typed follows from the order's field; an order that is not read back from its
item as it was is refused, so that no test rests on half an order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.order_item import (
    announce_shard,
    held_shard,
    lapsing_shard,
    look_of,
    of_attempt,
    order_from_item,
    order_to_item,
    processing_shard,
    review_shard,
)
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.record import field_names

__all__ = ["item_of"]

Item = dict[str, Any]
OF_AN_ATTEMPT = {
    "payment_service": "service",
    "refused_as": "refused_as",
    "refused_since": "refused_since",
    "processing_since": "processing_since",
    "uncounted_resends": "uncounted_resends",
    "cleared_before": "cleared_before",
    **{
        name: name
        for name in (
            *("capture_before", "capture_reminded_at", "capture_asked_at", "capture_asked_by"),
            *("capture_amount", "capture_refusals", "capture_refused_as"),
        )
    },
}
"""Fields whose attributes have the attempt in their names."""


def item_of(order: Order, shards: int = 1) -> Item:
    """Return the item of an order in any state.

    Raises:
        ValueError: The adapters do not read the order back from it. A field of the order is stored
            in a way of its own, which this function has to know.
    """
    written = order_to_item(order, shards)
    # A new order has every attribute that it is put with; a later one may have lost some.
    item: Item = {name: written[name] for name in written if getattr(order, name, ...) is not None}
    if order.unsettled_since is None:
        del item["unsettled_shard"]
    elif order.status is OrderStatus.NEEDS_REVIEW or order.stray_charges:
        item["unsettled_shard"] = {"S": review_shard(unsettled_shard(order.order_id, shards))}
    elif order.is_settled:
        item["unsettled_shard"] = {"S": announce_shard(unsettled_shard(order.order_id, shards))}
    elif order.status is OrderStatus.PROCESSING:
        item["unsettled_shard"] = {"S": processing_shard(unsettled_shard(order.order_id, shards))}
    elif order.status is OrderStatus.AUTHORIZED:
        partition_of = held_shard if order.capture_reminded_at is None else lapsing_shard
        item["unsettled_shard"] = {"S": partition_of(unsettled_shard(order.order_id, shards))}
        if order.next_look_up_at is not None:
            item[look_of(order.attempt)[0]] = {"N": str(order.next_look_up_at)}
    for name in _differing(item, order):
        stored = of_attempt(order.attempt, OF_AN_ATTEMPT[name]) if name in OF_AN_ATTEMPT else name
        item |= _attributes(stored, getattr(order, name))
    if lost := _differing(item, order):
        raise ValueError(f"not read back as they are: {lost}")
    return item


def _differing(item: Item, order: Order) -> list[str]:
    read = order_from_item(item)
    names = list(field_names(type(order)))
    return [name for name in names if getattr(read, name) != getattr(order, name)]


def _attributes(name: str, value: Any) -> Mapping[str, Any]:
    match value:
        case str():
            return {name: {"S": value}}
        case int():
            return {name: {"N": str(value)}}
        case frozenset():
            return {name: {"SS": sorted(value)}}
        case tuple():
            return {key: each for part in value for key, each in _of_earlier(part).items()}
    raise ValueError(f"{name}: nothing says how {value!r} is stored")


def _of_earlier(attempt: EarlierAttempt) -> Item:
    return {
        f"attempt_{attempt.attempt}_{name}": {"S": value}
        for name in ("service", "reference", "code", "ended_as")
        if (value := getattr(attempt, name)) is not None
    }
