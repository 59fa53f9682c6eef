"""Values, besides refunds, that the ports of the table's refunds take and return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from checkout_runtime.domain.record import Record

if TYPE_CHECKING:
    from checkout_runtime.application.order_records import IndexKey
    from checkout_runtime.domain.refund import Refund

__all__ = ["NotClaimed", "OrderChanged", "RefundPage"]


class OrderChanged(Record):
    """The order has not the money any more that was asked for; nothing was stored."""


class NotClaimed(Record):
    """The refund cannot be claimed now. ``refund`` is the stored one, None if there is none."""

    refund: Refund | None


class RefundPage(Record):
    """Some refunds of a shard that are due, and where the next page begins."""

    refunds: Sequence[Refund]
    next_key: IndexKey | None
