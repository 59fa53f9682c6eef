"""The charge audit: compares the payment service's list of charges with the orders.

A run reads and reports; it asks the payment service for its list and for nothing else. It ends
before its deadline, and says so where it was not finished: what was not compared is never called
in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout_runtime.application.audit_findings import Audited, Findings
from checkout_runtime.application.audit_ports import AuditedOrders, ChargeListing
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.charge_audit import (
    LOOK_BACK_MS,
    MARGIN_MS,
    AuditedOrder,
    ListedCharge,
    Mismatch,
    MismatchKind,
    Window,
    mismatch_of,
)
from checkout_runtime.domain.identity import read_payment_key
from checkout_runtime.domain.record import Record

if TYPE_CHECKING:
    from checkout_runtime.application.audit_refunds import AuditRefunds

__all__ = ["AuditCharges"]

STEPS_TO_LOOK_BACK = 4
"""Time that is left for it when the reading of orders has to stop."""

_Paying = tuple[str | None, str]
"""A charge's id and the order that it is for; a charge that pays two orders is listed for one."""


class AuditCharges(Record):
    """Audits the charges of one deployed checkout."""

    listing: ChargeListing
    orders: AuditedOrders
    clock: Clock
    patience_seconds: int
    """How old a charge is whose order should be settled by now."""
    step_seconds: int
    """The longest that one page of charges or of orders takes."""
    refunds: AuditRefunds | None = None
    """Compares refunds in the same run. None: there are none."""

    def __call__(self, window: Window, *, deadline: int, go_on_after: str | None = None) -> Audited:
        """Compare the charges and the paid orders of a window.

        :param deadline: When the run has to have ended, in ms UTC.
        :param go_on_after: What an unfinished run for the same window returned: it compared every
            charge, and the orders up to there.
        :raises ChargesNotListedError: if the payment service's list cannot be had or read.
        """
        found = Findings()
        found.refunds = None if self.refunds is None else 0
        listed = self._compare_charges(window, found, deadline, again=go_on_after is not None)
        if listed is None:
            return found.report(window, finished=False, go_on_after=None)
        suspects, reached = self._unlisted(window, listed, found, deadline, go_on_after)
        again = go_on_after is not None
        if not self._look_further_back(window, suspects, deadline) or (
            self.refunds is not None
            and not self.refunds(window, found, deadline=deadline, again=again)
        ):
            return found.report(window, finished=False, go_on_after=go_on_after)
        for order in suspects.values():
            kind = MismatchKind.PAID_WITHOUT_CHARGE
            detail = f"ordered {order.amount} {order.currency}"
            found.add(Mismatch(kind, order.order_id, order.charge_id, order.correlation_id, detail))
        return found.report(window, finished=reached is None, go_on_after=reached)

    def _compare_charges(
        self, window: Window, found: Findings, deadline: int, *, again: bool
    ) -> set[_Paying] | None:
        """Compare the window's charges; return those in it and around it, None if out of time."""
        listed: set[_Paying] = set()
        around = Window(window.begin - MARGIN_MS, window.end + MARGIN_MS)
        for page in self.listing.pages(around):
            new = {_paying(each): each for each in page if _paying(each) not in listed}
            listed |= new.keys()
            if not again:
                self._compare_with_orders(
                    [each for each in new.values() if each.captured_at in window], found
                )
            if self._out_of_time(deadline):
                return None
        return listed

    def _compare_with_orders(self, charges: list[ListedCharge], found: Findings) -> None:
        named = [(each, read_payment_key(each.key or "")) for each in charges]
        ours = [(charge, *name) for charge, name in named if name is not None]
        found.foreign += len(named) - len(ours)
        found.charges += len(ours)
        # After the charge was listed: an order that is settled by now had its chance to know.
        orders = self.orders.by_id(sorted({order_id for _, order_id, _ in ours}))
        too_late = self.clock.now() - self.patience_seconds * 1000
        for charge, order_id, attempt in ours:
            mismatch = mismatch_of(
                charge,
                orders.get(order_id),
                order_id=order_id,
                attempt=attempt,
                too_late=too_late,
            )
            if mismatch is not None:
                found.add(mismatch)

    def _unlisted(
        self,
        window: Window,
        listed: set[_Paying],
        found: Findings,
        deadline: int,
        after: str | None,
    ) -> tuple[dict[_Paying, AuditedOrder], str | None]:
        """Return the paid orders whose charges are not listed, and how far was read if not all."""
        suspects: dict[_Paying, AuditedOrder] = {}
        while True:
            page = self.orders.paid_in(window, after)
            found.orders += len(page.orders)
            found.refunded += page.refunds
            paid_by = {(each.charge_id, each.order_id): each for each in page.orders}
            suspects |= {pair: order for pair, order in paid_by.items() if pair not in listed}
            after = page.reached
            if after is None or self._out_of_time(deadline, STEPS_TO_LOOK_BACK):
                return suspects, after

    def _look_further_back(
        self, window: Window, suspects: dict[_Paying, AuditedOrder], deadline: int
    ) -> bool:
        """Remove the orders whose charge was captured long before they were paid.

        A review or an outage may lie between. Return False if time ran out first.
        """
        if not suspects:
            return True
        listed_from = window.begin - MARGIN_MS
        tried_since = min(each.tried_since for each in suspects.values())
        since = max(tried_since, window.begin - LOOK_BACK_MS) - MARGIN_MS
        if since >= listed_from:
            return True
        if self._out_of_time(deadline):
            return False
        for page in self.listing.pages(Window(since, listed_from)):
            for charge in page:
                suspects.pop(_paying(charge), None)
            if not suspects:
                return True
            if self._out_of_time(deadline):
                return False
        return True

    def _out_of_time(self, deadline: int, steps: int = 1) -> bool:
        return deadline - self.clock.now() < steps * self.step_seconds * 1000


def _paying(charge: ListedCharge) -> _Paying:
    key = read_payment_key(charge.key or "")
    return charge.charge_id, "" if key is None else key[0]
