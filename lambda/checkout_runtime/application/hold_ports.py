"""What the application asks of the order table about holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from checkout_runtime.application.order_records import Changed, HoldRecord, NotChanged
    from checkout_runtime.domain.order import Order
    from checkout_runtime.domain.outcomes import Authorized

__all__ = ["Holds"]


class Holds(Protocol):
    """Holds of orders. Every write is one conditional update of the order."""

    def ask_to_capture(
        self, order: Order, amount: int, asked_by: str, now: int
    ) -> Changed | NotChanged:
        """Store that somebody asks for so much of the hold that ``order`` shows, and who.

        Once for each hold, at most what was ordered, and not where the order is to be cancelled.
        """
        ...

    def record_authorized(
        self,
        order: Order,
        hold: Authorized,
        next_look_at: int,
        now: int,
        *,
        refused_as: str | None = None,
    ) -> HoldRecord:
        """Store that the money is held, unless the claim is lost, or somebody asked to cancel.

        ``next_look_at`` is when somebody has to look after it, in ms UTC. ``refused_as``: why a
        capture that was asked for was refused; another one may be asked for then. Default: none.
        """
        ...

    def record_ended(self, order: Order, code: str, now: int) -> bool:
        """Store that the hold is gone, and with it the order; False if the claim is lost."""
        ...

    def record_capture_due(self, order: Order, next_look_at: int, now: int) -> bool:
        """Store, and announce, that the end of the hold is near; False if it was before."""
        ...
