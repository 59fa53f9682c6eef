"""Abandon what was opened at the payment service and that no claim stored.

A worker that dies between opening an attempt and claiming it leaves something open that nobody will
ever charge (docs/internals/adr/0011). It holds no money; it is tidied away so that the payment
service shows no purchase that waits for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from checkout_runtime.application.audit_ports import AuditedOrders, OpeningListing
from checkout_runtime.application.ports import Clock, PaymentIntents
from checkout_runtime.domain.charge_audit import ListedOpening, Window
from checkout_runtime.domain.record import Record

__all__ = ["SweepOpenings"]

_log = logging.getLogger(__name__)

LONGEST_WORKER_MS = 60 * 60 * 1000
"""A worker that opened an attempt this long ago has ended without a claim: Lambda's longest is a
quarter of it, https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"""


class SweepOpenings(Record):
    """Sweeps what one deployed checkout left open."""

    listing: OpeningListing
    intents: PaymentIntents
    orders: AuditedOrders
    clock: Clock
    step_seconds: int
    """The longest that a page, or abandoning one attempt, takes."""

    def __call__(self, window: Window, *, deadline: int) -> int:
        """Abandon what was opened in the window and is not its order's; return how many.

        What an order's claim stored is the order's to charge, and an order that the table does not
        have is another checkout's. What is left undone at ``deadline`` (ms UTC) is for another run.

        Raises:
            ChargesNotListedError: the payment service's list cannot be had or read.
        """
        ended = Window(window.begin, min(window.end, self.clock.now() - LONGEST_WORKER_MS))
        abandoned = 0
        for page in self.listing.openings(ended) if ended.begin < ended.end else ():
            for opened in self._unclaimed(page):
                if self._out_of_time(deadline):
                    return abandoned
                self.intents.abandon(opened.reference)
                abandoned += 1
                extra = {"event": "opening_given_up", "order_id": opened.order_id}
                _log.info("opening_given_up", extra=extra)
            if self._out_of_time(deadline):
                return abandoned
        return abandoned

    def _unclaimed(self, page: Sequence[ListedOpening]) -> list[ListedOpening]:
        order_ids = sorted({each.order_id for each in page})
        orders = self.orders.by_id(order_ids) if order_ids else {}
        return [
            each
            for each in page
            if each.order_id in orders and orders[each.order_id].payment_reference != each.reference
        ]

    def _out_of_time(self, deadline: int) -> bool:
        return deadline - self.clock.now() < self.step_seconds * 1000
