"""What an audit of charges found: told in the log one by one, and summed up at its end."""

from __future__ import annotations

import logging

from checkout_runtime.domain.charge_audit import Mismatch, Window
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.refund_audit import AuditedRefund

__all__ = ["MOST_MISMATCHES", "Audited", "Findings"]

_log = logging.getLogger(__name__)

MOST_MISMATCHES = 1000
"""Told one by one in a run; more of them have one cause, and the rest is counted."""


class Audited(Record):
    """What one run compared and found."""

    window: Window
    charges: int
    """Charges of the window that were compared with their orders."""
    foreign: int
    """Charges of the window that no checkout asked for: others use the payment account too."""
    orders: int
    """Orders paid in the window that were compared with the list."""
    mismatches: int
    listed: tuple[Mismatch, ...]
    """At most ``MOST_MISMATCHES`` of them."""
    finished: bool
    go_on_after: str | None
    """Where the next run for the same window goes on; None if it has to start anew."""
    refunds: int | None = None
    """Refunds of the window that were compared with the table. None: the payment service lists
    none, or none can be asked for."""


class Findings:
    """What a run has compared and found so far. Each mismatch is logged when it is found."""

    def __init__(self) -> None:
        self.charges = 0
        self.foreign = 0
        self.orders = 0
        self.mismatches = 0
        self.listed: list[Mismatch] = []
        self.refunds: int | None = None
        self.refunded: list[AuditedRefund] = []
        """Refunds that succeeded in the window, of the part of the table that was read."""

    def add(self, mismatch: Mismatch) -> None:
        """Count a mismatch, and keep and log it if it is among the first."""
        self.mismatches += 1
        if len(self.listed) == MOST_MISMATCHES:
            return
        self.listed.append(mismatch)
        _log.error(
            "charge_mismatch",
            extra={
                "event": "charge_mismatch",
                "kind": mismatch.kind,
                "order_id": mismatch.order_id,
                "charge_id": mismatch.charge_id,
                "correlation_id": mismatch.correlation_id,
            },
        )

    def report(self, window: Window, *, finished: bool, go_on_after: str | None) -> Audited:
        """Log the sum of the run, as an error where it did not finish, and return it."""
        _log.log(
            logging.INFO if finished else logging.ERROR,
            "charges_audited",
            extra={
                "event": "charges_audited",
                "window_begin": window.begin,
                "window_end": window.end,
                "charges": self.charges,
                "foreign": self.foreign,
                "orders": self.orders,
                "mismatches": self.mismatches,
                "finished": finished,
            },
        )
        return Audited(
            window,
            charges=self.charges,
            foreign=self.foreign,
            orders=self.orders,
            mismatches=self.mismatches,
            listed=tuple(self.listed),
            finished=finished,
            go_on_after=go_on_after,
            refunds=self.refunds,
        )
