"""What the audit of charges, and the sweep behind it, ask of the world around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from checkout_runtime.domain.charge_audit import (
    AuditedOrder,
    ListedCharge,
    ListedOpening,
    Window,
)
from checkout_runtime.domain.record import Record

__all__ = [
    "AuditedOrders",
    "ChargeListing",
    "ChargesNotListedError",
    "OpeningListing",
    "PaidOrders",
]


class ChargesNotListedError(Exception):
    """The payment service's list cannot be had, or cannot be read beyond doubt.

    The message says why, in codes: nothing of the buyers, and nothing of the secret.
    """


class ChargeListing(Protocol):
    """A payment service's own list of what it captured."""

    def pages(self, window: Window) -> Iterator[Sequence[ListedCharge]]:
        """Yield every capture of the window, page by page, in any order.

        Raises:
            ChargesNotListedError: an answer is missing or is no such list.
        """
        ...


class OpeningListing(Protocol):
    """A payment service's own list of what was opened there and not charged."""

    def openings(self, window: Window) -> Iterator[Sequence[ListedOpening]]:
        """Yield every attempt that was opened in the window and not tried, page by page.

        Raises:
            ChargesNotListedError: an answer is missing or is no such list.
        """
        ...


class AuditedOrders(Protocol):
    """Orders as they are compared with charges; read only."""

    def by_id(self, order_ids: Sequence[str]) -> Mapping[str, AuditedOrder]:
        """Return those of the orders that exist, as of now."""
        ...

    def paid_in(self, window: Window, after: str | None) -> PaidOrders:
        """Return some of the orders that were paid in the window: those behind ``after``, where an
        earlier answer stopped."""
        ...


class PaidOrders(Record):
    """Some of the orders that were paid in a window."""

    orders: Sequence[AuditedOrder]
    reached: str | None
    """Where the next ones begin; None if these were the last."""
