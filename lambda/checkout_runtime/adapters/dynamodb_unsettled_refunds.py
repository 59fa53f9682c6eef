"""The sparse index of unsettled operations on DynamoDB."""

from __future__ import annotations

import logging
from typing import Any

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.claim_update import CLAIM_EPOCH
from checkout_runtime.adapters.conditional_updates import STATUS
from checkout_runtime.adapters.index_queries import IndexQueries
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.item_writes import Item, ItemWrites, NotWritten
from checkout_runtime.adapters.refund_item import (
    operation_processing_shard,
    operation_review_shard,
    operation_shard,
    refund_from_item,
)
from checkout_runtime.application.order_records import IndexKey
from checkout_runtime.application.refund_records import RefundPage
from checkout_runtime.domain.refund import Refund

__all__ = ["DynamoDbUnsettledRefunds"]

_log = logging.getLogger(__name__)


class DynamoDbUnsettledRefunds:
    """Reads the index shard by shard; an entry is only a key, the refund is read by it."""

    def __init__(self, dynamodb: AwsService, table_name: str, shards: int) -> None:
        self._index = IndexQueries(dynamodb, table_name)
        self._writes = ItemWrites(dynamodb, table_name)
        self._shards = shards

    @property
    def shards(self) -> int:
        """How many shards there are."""
        return self._shards

    @property
    def lanes(self) -> int:
        """How many lanes there are: two for each shard."""
        return 2 * self._shards

    def due(
        self, lane: int, now: int, *, patience_ms: int, limit: int, after: IndexKey | None
    ) -> RefundPage:
        """Return up to ``limit`` refunds of a lane that are due, the longest due first."""
        is_open = lane < self._shards
        shard = lane if is_open else lane - self._shards
        partition = operation_shard(shard) if is_open else operation_processing_shard(shard)
        until = now - patience_ms if is_open else now
        ids, next_key = self._index.page(partition, until, limit=limit, after=after)
        refunds = [each for each in map(_readable, self._index.items(ids)) if each is not None]
        return RefundPage(refunds, next_key)

    def oldest(self, shard: int) -> int | None:
        """Return since when the shard's oldest refund is on its way, or None."""
        return self._index.first(operation_shard(shard))

    def count(self, shard: int) -> int:
        """Return how many refunds of the shard are on their way."""
        return self._index.count(operation_shard(shard))

    def count_in_review(self, shard: int) -> int:
        """Return how many refunds of the shard need an operator."""
        return self._index.count(operation_review_shard(shard))

    def begin_resend(self, refund: Refund, now: int) -> Refund | None:
        """Store the next resend ordinal; None if the refund moved on."""
        ordinal = refund.resend + 1
        sent = Update(
            set={"resend": ordinal, "resent_at": now},
            when=(
                STATUS.equals(refund.status),
                CLAIM_EPOCH.equals(refund.claim_epoch),
                Attribute("resend").equals(refund.resend),
            ),
        )
        written = self._writes.update(refund.refund_id, sent, returned="ALL_NEW")
        if not isinstance(written, NotWritten):
            return refund_from_item(written)
        stored = None if written.item is None else refund_from_item(written.item)
        is_own = stored is not None and (stored.resend, stored.resent_at) == (ordinal, now)
        return stored if is_own else None


def _readable(item: Item) -> Refund | None:
    """Return the refund of an item; one that was damaged by hand must not hide the others."""
    try:
        return refund_from_item(item)
    except (KeyError, TypeError, ValueError):
        damaged: Any = item["pk"]["S"]
        extra = {"event": "refund_unreadable", "refund_id": damaged}
        _log.exception("refund_unreadable", extra=extra)
        return None
