"""Values, besides orders, that the ports of the order table take and return."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from checkout_runtime.domain.record import Record

if TYPE_CHECKING:
    from checkout_runtime.domain.order import Order

__all__ = [
    "AttemptsLimited",
    "CaptureRecord",
    "CartTaken",
    "Changed",
    "HoldRecord",
    "IndexKey",
    "NoSuchOrder",
    "NotChanged",
    "OrderLimit",
    "OrdersLimited",
    "Page",
    "Refusal",
    "Verdict",
    "VerdictKind",
]


class CartTaken(Record):
    """Another order holds this cart; nothing was stored."""

    order_id: str


class OrderLimit(Record):
    """How many orders one buyer may place within a time."""

    per_buyer: int
    """At least 1. An order is counted when it is stored, and a resubmission of it never is."""
    window_seconds: int = 60 * 60
    """The time, from the first order that is counted. Default an hour."""


class OrdersLimited(Record):
    """The buyer has placed as many orders as they may; nothing was stored."""

    until: int
    """When they may place orders again (ms UTC)."""


class AttemptsLimited(Record):
    """So many attempts were started that this one was not; nothing was stored, nor counted."""

    until: int
    """When attempts may be started again (ms UTC)."""
    is_of_checkout: bool
    """Whether all buyers together met their limit. Where this one did too: whether theirs lasts
    longer."""


class Changed(Record):
    """The update was made. ``order`` is the stored order."""

    order: Order


class NoSuchOrder(Record):
    """The table has no such order, or it is another principal's."""


class NotChanged(Record):
    """The condition failed. ``order`` is the stored order, or None."""

    order: Order | None


class CaptureRecord(Enum):
    """Where a proof of capture went."""

    PAID = "paid"
    """It settled the order."""
    KNOWN = "known"
    """It had settled the order before, or an operator said that it was refunded."""
    STRAY = "stray"
    """It settled nothing: it is stored beside the order and an operator is called."""


class HoldRecord(Enum):
    """Where a hold went."""

    STORED = "stored"
    """The order is ``AUTHORIZED``."""
    LEFT = "left"
    """Another worker has the order, or somebody asked to cancel it: who claims it next finds it."""
    OVER = "over"
    """The attempt is over, so nobody will look for it: it has to be let go."""
    PAID = "paid"
    """It was captured meanwhile, and paid the order: there is nothing to let go."""


class Refusal(Record):
    """How, and since when, the payment service has refused an attempt without a word."""

    reason: str
    since: int
    """Milliseconds UTC."""


class VerdictKind(StrEnum):
    """What an operator can decide."""

    PAID = "paid"
    DECLINED = "declined"
    REFUNDED_ELSEWHERE = "refunded_elsewhere"


class Verdict(Record):
    """What an operator decided about an order in review, and who and why."""

    by: str
    why: str
    kind: VerdictKind
    charge_id: str | None = None
    """The charge that pays the order, or the one that was refunded."""


class IndexKey(Record):
    """A place in one shard of the unsettled index."""

    order_id: str
    unsettled_since: int


class Page(Record):
    """Some orders of a shard, and where the next page begins."""

    orders: Sequence[Order]
    next_key: IndexKey | None
