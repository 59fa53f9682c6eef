"""What the application asks of the index of unsettled orders: adapters provide it, and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from checkout_runtime.application.order_records import IndexKey, Page
    from checkout_runtime.domain.order import Order

__all__ = ["Announcements", "UnsettledOrders"]


class UnsettledOrders(Protocol):
    """The sparse index of orders that are not settled, spread over shards.

    Lanes are what a run of the reconciler reads: for each shard a lane of open orders, then one of
    orders that the payment service is processing, one of settled orders that are to be announced,
    one of orders in review, one of holds and one of those whose end is near, and one of declined
    orders that expire, where orders do.
    """

    @property
    def shards(self) -> int:
        """How many shards there are."""
        ...

    @property
    def lanes(self) -> int:
        """How many lanes there are."""
        ...

    def oldest_open(self, shard: int) -> int | None:
        """Return since when the shard's oldest open order is unsettled, or None."""
        ...

    def due(
        self, lane: int, now: int, *, patience_ms: int, limit: int, after: IndexKey | None
    ) -> Page:
        """Return up to ``limit`` orders of a lane, the longest due first.

        An order is due ``patience_ms`` after it came into its lane; one that is being processed, or
        whose money is held, when its next look-up is.
        """
        ...

    def count_open(self, shard: int) -> int:
        """Return how many orders of the shard are on their way."""
        ...

    def count_processing(self, shard: int) -> int:
        """Return how many orders of the shard the payment service is processing."""
        ...

    def count_lapsing(self, shard: int) -> int:
        """Return how many orders of the shard have a hold whose end is near."""
        ...

    def count_in_review(self, shard: int) -> int:
        """Return how many orders of the shard need an operator."""
        ...

    def oldest_announcement(self, shard: int) -> int | None:
        """Return since when the shard's oldest order is to be announced, or None."""
        ...

    def count_announcements(self, shard: int, before: int) -> int:
        """Return how many orders of the shard have been to be announced since ``before``."""
        ...

    def bookmark(self) -> dict[int, IndexKey | None]:
        """Return the lanes that the last run left unread and where to go on; empty if none."""
        ...

    def leave_bookmark(self, places: Mapping[int, IndexKey | None]) -> None:
        """Store where the next run goes on; empty if every lane was read."""
        ...

    def begin_resend(self, order: Order, now: int, *, uncounted: bool = False) -> Order | None:
        """Store the next resend ordinal; None if the order moved on.

        ``uncounted``: it is no resend of the reconciler's, and does not count towards their bound.
        """
        ...

    def uncount_resend(self, order: Order) -> None:
        """Take the last resend, as ``order`` shows it, off those that are counted."""
        ...


class Announcements(Protocol):
    """What orders owe."""

    def confirm(self, order: Order, members: frozenset[str]) -> None:
        """Take ``members`` off what the order owes.

        The order leaves the index with the last of them, if it is settled and has no stray charge.
        A settled order that owes nothing leaves it, too. Repeated, it changes nothing.
        """
        ...
