"""The sparse index of unsettled orders on DynamoDB."""

import json
import logging
from collections.abc import Mapping

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.conditional_updates import (
    ATTEMPT,
    CLAIM_EPOCH,
    STATUS,
    ConditionalUpdates,
)
from checkout_runtime.adapters.index_queries import IndexQueries
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.item_writes import Item
from checkout_runtime.adapters.order_item import (
    announce_shard,
    expire_shard,
    held_shard,
    lapsing_shard,
    of_attempt,
    open_shard,
    order_from_item,
    processing_shard,
    review_shard,
)
from checkout_runtime.application.order_records import Changed, IndexKey, Page
from checkout_runtime.domain.order import Order

__all__ = ["DynamoDbUnsettledOrders"]

_log = logging.getLogger(__name__)

_LANES = (
    *(open_shard, processing_shard, announce_shard, review_shard),
    *(held_shard, lapsing_shard, expire_shard),
)
"""What lanes are numbered by. New ones come last, where an older version passes over them; the last
one is read only where orders expire."""
_DUE_AT_THEIR_TIME = (processing_shard, expire_shard, held_shard, lapsing_shard)
"""Partitions whose sort key is when an order is due, and not since when it is in them."""
_BOOKMARK = "reconciler#bookmark"
"""No order: order ids begin with ``ord_``."""


class DynamoDbUnsettledOrders:
    """Reads the index shard by shard; an entry is only a key, the order is read by it."""

    def __init__(
        self, dynamodb: AwsService, table_name: str, shards: int, *, expires: bool = False
    ) -> None:
        """Take the table; ``expires``: whether declined orders are read that expire."""
        self._kinds = len(_LANES) if expires else len(_LANES) - 1
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._shards = shards
        self._index = IndexQueries(dynamodb, table_name)
        self._updates = ConditionalUpdates(dynamodb, table_name)

    @property
    def shards(self) -> int:
        """How many shards there are."""
        return self._shards

    @property
    def lanes(self) -> int:
        """How many lanes there are: one for each shard of each partition that is read."""
        return self._kinds * self._shards

    def oldest_open(self, shard: int) -> int | None:
        """Return since when the shard's oldest open order is unsettled, or None."""
        return self._index.first(open_shard(shard))

    def due(
        self, lane: int, now: int, *, patience_ms: int, limit: int, after: IndexKey | None
    ) -> Page:
        """Return up to ``limit`` orders of a lane that are due, the longest due first."""
        kind, shard = divmod(lane, self._shards)
        partition_of = _LANES[kind]
        before = now if partition_of in _DUE_AT_THEIR_TIME else now - patience_ms
        ids, next_key = self._index.page(partition_of(shard), before, limit=limit, after=after)
        # What DynamoDB leaves out waits for the next run.
        orders = [order for order in map(_readable, self._index.items(ids)) if order is not None]
        return Page(orders, next_key)

    def count_open(self, shard: int) -> int:
        """Return how many orders of the shard are on their way."""
        return self._index.count(open_shard(shard))

    def count_processing(self, shard: int) -> int:
        """Return how many orders of the shard the payment service is processing."""
        return self._index.count(processing_shard(shard))

    def count_lapsing(self, shard: int) -> int:
        """Return how many orders of the shard have a hold whose end is near."""
        return self._index.count(lapsing_shard(shard))

    def count_in_review(self, shard: int) -> int:
        """Return how many orders of the shard need an operator."""
        return self._index.count(review_shard(shard))

    def oldest_announcement(self, shard: int) -> int | None:
        """Return since when the shard's oldest order is to be announced, or None."""
        return self._index.first(announce_shard(shard))

    def count_announcements(self, shard: int, before: int) -> int:
        """Return how many orders of the shard have been to be announced since ``before``."""
        return self._index.count(announce_shard(shard), before)

    def bookmark(self) -> dict[int, IndexKey | None]:
        """Return the lanes that the last run left unread and where to go on; empty if none.

        An older version passes over the lanes that it does not know.
        """
        items = self._index.items([_BOOKMARK])
        places = json.loads(items[0]["places"]["S"]) if items else {}
        return {
            int(lane): IndexKey(*place) if place else None
            for lane, place in places.items()
            if int(lane) < self.lanes
        }

    def leave_bookmark(self, places: Mapping[int, IndexKey | None]) -> None:
        """Store where the next run goes on; empty if every lane was read."""
        text = json.dumps(
            {
                lane: [place.order_id, place.unsettled_since] if place else None
                for lane, place in places.items()
            }
        )
        update = Update(set={"places": text}).request()
        key = {"pk": {"S": _BOOKMARK}}
        self._dynamodb.call("UpdateItem", {"TableName": self._table_name, "Key": key, **update})

    def begin_resend(self, order: Order, now: int, *, uncounted: bool = False) -> Order | None:
        """Store the next resend ordinal; None if the order moved on.

        A write whose answer was lost is repeated by the client and then meets its own result, which
        is returned as the result. Two runs in the same millisecond may both take one result for
        theirs: they send the same body, and SQS takes it once.
        """
        update = Update(
            set={"resend": order.resend + 1, "resent_at": now},
            when=(
                ATTEMPT.equals(order.attempt),
                Attribute("resend").equals(order.resend),
                STATUS.equals(order.status),
                CLAIM_EPOCH.equals(order.claim_epoch),
            ),
        )
        if uncounted:
            update = update.also(_uncounted(order))
        result = self._updates.update(order.order_id, update)
        stored = result.order
        if isinstance(result, Changed):
            return stored
        return stored if stored is not None and _is_resend_of(stored, order, now) else None

    def uncount_resend(self, order: Order) -> None:
        """Take the last resend, as ``order`` shows it, off those that are counted."""
        # What is stored names the attempt: it says nothing about a later one.
        seen = Update(when=(Attribute("resend").equals(order.resend), STATUS.equals(order.status)))
        self._updates.update(order.order_id, seen.also(_uncounted(order)))


def _uncounted(order: Order) -> Update:
    name = of_attempt(order.attempt, "uncounted_resends")
    return Update(set={name: order.uncounted_resends + 1})


def _is_resend_of(stored: Order, order: Order, now: int) -> bool:
    return (
        stored.attempt == order.attempt
        and stored.claim_epoch == order.claim_epoch
        and stored.status is order.status
        and stored.resend == order.resend + 1
        and stored.resent_at == now
    )


def _readable(item: Item) -> Order | None:
    """Return the order of an item; one that was damaged by hand must not hide the others."""
    try:
        return order_from_item(item)
    except (KeyError, TypeError, ValueError):
        extra = {"event": "order_unreadable", "order_id": item["pk"]["S"]}
        _log.exception("order_unreadable", extra=extra)
        return None
