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
from checkout_runtime.domain.refund_audit import AuditedRefund, ListedRefund

__all__ = [
    "AuditedOrders",
    "ChargeListing",
    "ChargesNotListedError",
    "OpeningListing",
    "PaidOrders",
    "RefundListing",
    "RefundsNotListedError",
]


class ChargesNotListedError(Exception):
    """The payment service's list cannot be had, or cannot be read beyond doubt.

    The message says why, in codes: nothing of the buyers, and nothing of the secret.
    """


class RefundsNotListedError(Exception):
    """The payment service lists no refunds. That is no fault: they are not compared."""


class RefundListing(Protocol):
    """A payment service's own list of what it gave back."""

    def refund_pages(self, window: Window) -> Iterator[Sequence[ListedRefund]]:
        """Yield every refund of the window that went back, page by page, in any order.

        Raises:
            RefundsNotListedError: there is no such list.
            ChargesNotListedError: an answer is missing or is no such list.
        """
        ...


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

    def refunds_by_id(self, refund_ids: Sequence[str]) -> Mapping[str, AuditedRefund]:
        """Return those of the refunds that exist, as of now."""
        ...


class PaidOrders(Record):
    """Some of the orders that were paid in a window."""

    orders: Sequence[AuditedOrder]
    reached: str | None
    """Where the next ones begin; None if these were the last."""
    refunds: Sequence[AuditedRefund] = ()
    """Some of the refunds that succeeded in the window, where those are compared."""
