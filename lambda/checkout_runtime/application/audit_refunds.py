"""The audit's other half: what the payment service gave back, compared with the table's refunds.

It reads and reports. Where the payment service lists no refunds it says so, and nothing is called
in order.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from checkout_runtime.application.audit_findings import Findings
from checkout_runtime.application.audit_ports import (
    AuditedOrders,
    RefundListing,
    RefundsNotListedError,
)
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.charge_audit import LOOK_BACK_MS, MARGIN_MS, Window
from checkout_runtime.domain.identity import read_payment_key, read_refund_key
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.refund_audit import (
    AuditedRefund,
    ListedRefund,
    not_listed,
    refund_mismatch_of,
)

__all__ = ["AuditRefunds"]


_log = logging.getLogger(__name__)
_UNKNOWN_ORDER = "unknown"
"""Of a refund that a checkout asked for, which the table has not, and whose charge is not named."""


class AuditRefunds(Record):
    """Audits the refunds of one deployed checkout."""

    listing: RefundListing
    orders: AuditedOrders
    clock: Clock
    patience_seconds: int
    """How old a refund is that should be settled by now."""
    step_seconds: int
    """The longest that one page of refunds takes."""

    def __call__(self, window: Window, found: Findings, *, deadline: int, again: bool) -> bool:
        """Compare the listed refunds of a window with the table, and those of the table with them.

        :param found: Holds the refunds that the table has for the window; what differs is added.
        :param deadline: When the run has to have ended, in ms UTC.
        :param again: Whether an earlier run for the window has compared the listed ones.
        :return: Whether it finished.
        :raises ChargesNotListedError: if the list cannot be had or read.
        """
        seen: set[str] = set()
        missing = {each.refund_id: each for each in found.refunded}
        around = Window(window.begin - MARGIN_MS, window.end + MARGIN_MS)
        try:
            for page in self.listing.refund_pages(around):
                _take_off(missing, page)
                new = [each for each in page if each.reference not in seen]
                seen.update(each.reference for each in new)
                if not again:
                    self._compare([each for each in new if each.refunded_at in window], found)
                if self._out_of_time(deadline):
                    return False
        except RefundsNotListedError:
            _log.warning("refunds_not_listed", extra={"event": "refunds_not_listed"})
            found.refunds = None
            return True
        if not self._look_further_back(window, missing, deadline):
            return False
        for refund in missing.values():
            found.add(not_listed(refund))
        return True

    def _compare(self, listed: list[ListedRefund], found: Findings) -> None:
        named = [(each, *_names_of(each)) for each in listed]
        refund_ids = {refund_id for _, refund_id, _ in named if refund_id is not None}
        # After they were listed: what is settled by now had its chance to know.
        stored = self.orders.refunds_by_id(sorted(refund_ids))
        order_ids = {each.order_id for each in stored.values()}
        order_ids |= {order_id for _, _, order_id in named if order_id is not None}
        orders = self.orders.by_id(sorted(order_ids))
        too_late = self.clock.now() - self.patience_seconds * 1000
        for each, refund_id, of_charge in named:
            known = None if refund_id is None else stored.get(refund_id)
            order_id = of_charge if known is None else known.order_id
            order = None if order_id is None else orders.get(order_id)
            if refund_id is None and order is None:
                continue
            found.refunds = (found.refunds or 0) + 1
            named_order = order_id or _UNKNOWN_ORDER
            mismatch = refund_mismatch_of(
                each, known, order, order_id=named_order, too_late=too_late
            )
            if mismatch is not None:
                found.add(mismatch)

    def _look_further_back(
        self, window: Window, missing: dict[str, AuditedRefund], deadline: int
    ) -> bool:
        """Remove the refunds that were made long before they were known to have succeeded.

        A review, or a bank that takes its time, may lie between. Return False if time ran out.
        """
        listed_from = window.begin - MARGIN_MS
        accepted = (each.accepted_at for each in missing.values())
        since = max(min(accepted, default=listed_from), window.begin - LOOK_BACK_MS) - MARGIN_MS
        if not missing or since >= listed_from:
            return True
        for page in self.listing.refund_pages(Window(since, listed_from)):
            _take_off(missing, page)
            if self._out_of_time(deadline):
                return False
        return True

    def _out_of_time(self, deadline: int) -> bool:
        return deadline - self.clock.now() < self.step_seconds * 1000


def _take_off(missing: dict[str, AuditedRefund], page: Sequence[ListedRefund]) -> None:
    for each in page:
        refund_id, _ = _names_of(each)
        if refund_id is not None:
            missing.pop(refund_id, None)


def _names_of(listed: ListedRefund) -> tuple[str | None, str | None]:
    """Return the refund and the order that a listed refund names."""
    of_charge = read_payment_key(listed.charge_key or "")
    return read_refund_key(listed.key or ""), None if of_charge is None else of_charge[0]
