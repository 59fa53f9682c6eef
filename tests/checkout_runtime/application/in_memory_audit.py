"""A payment service's list and an order table in memory, and an audit of the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from checkout_runtime.application.audit_charges import AuditCharges
from checkout_runtime.application.audit_findings import Audited
from checkout_runtime.application.audit_ports import PaidOrders, RefundsNotListedError
from checkout_runtime.application.audit_refunds import AuditRefunds
from checkout_runtime.domain.charge_audit import AuditedOrder, ListedCharge, Window
from checkout_runtime.domain.identity import operation_id_for, order_id_for, payment_key
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import RefundStatus
from checkout_runtime.domain.refund_audit import AuditedRefund, ListedRefund
from tests.checkout_runtime.factories import NOW
from tests.checkout_runtime.state_events import SetClock

HOUR = 60 * 60 * 1000
DAY = 24 * HOUR
NOON = NOW - 3 * DAY
WINDOW = Window(NOON - DAY // 2, NOON + DAY // 2)
STEP_SECONDS = 20
QUICK = {"deadline": NOW + 15 * 60 * 1000}


@dataclass
class Books:
    """A payment service's list and an order table, in memory; each page takes its time."""

    clock: SetClock = field(default_factory=SetClock)
    charges: list[ListedCharge] = field(default_factory=list)
    orders: dict[str, tuple[AuditedOrder, int]] = field(default_factory=dict)
    """By id, each with the time at which it was paid."""
    a_page: int = 2
    page_ms: int = 0
    asked: list[Window] = field(default_factory=list)
    refunds: dict[str, AuditedRefund] = field(default_factory=dict)
    listed_refunds: list[ListedRefund] = field(default_factory=list)
    asked_refunds: list[Window] = field(default_factory=list)
    lists_refunds: bool = True

    def pages(self, window: Window) -> Iterator[Sequence[ListedCharge]]:
        self.asked.append(window)
        found = [each for each in self.charges if each.captured_at in window]
        for begin in range(0, max(len(found), 1), self.a_page):
            self.clock.time += self.page_ms
            yield found[begin : begin + self.a_page]

    def by_id(self, order_ids: Sequence[str]) -> Mapping[str, AuditedOrder]:
        return {each: self.orders[each][0] for each in order_ids if each in self.orders}

    def paid_in(self, window: Window, after: str | None) -> PaidOrders:
        self.clock.time += self.page_ms
        behind = [each for each in sorted(self.orders) if after is None or each > after]
        page, rest = behind[: self.a_page], behind[self.a_page :]
        paid = [
            order
            for order, paid_at in map(self.orders.__getitem__, page)
            if order.status is OrderStatus.PAID and paid_at in window
        ]
        refunds = [
            each
            for each in self.refunds.values()
            if each.order_id in page and each.status is RefundStatus.REFUNDED
        ]
        return PaidOrders(paid, page[-1] if rest else None, refunds)

    def refunds_by_id(self, refund_ids: Sequence[str]) -> Mapping[str, AuditedRefund]:
        return {each: self.refunds[each] for each in refund_ids if each in self.refunds}

    def refund_pages(self, window: Window) -> Iterator[Sequence[ListedRefund]]:
        self.asked_refunds.append(window)
        if not self.lists_refunds:
            raise RefundsNotListedError("http_400")
        found = [each for each in self.listed_refunds if each.refunded_at in window]
        for begin in range(0, max(len(found), 1), self.a_page):
            self.clock.time += self.page_ms
            yield found[begin : begin + self.a_page]

    def refund(
        self, order: AuditedOrder, *, amount: int = 1200, accepted_at: int = NOON
    ) -> AuditedRefund:
        """A refund that succeeded in the window, without its counterpart in the list."""
        refund = AuditedRefund(
            refund_id=operation_id_for(order.order_id, "refund", f"rma-{len(self.refunds)}"),
            order_id=order.order_id,
            status=RefundStatus.REFUNDED,
            amount=amount,
            currency=order.currency,
            charge_id=str(order.charge_id),
            accepted_at=accepted_at,
        )
        self.refunds[refund.refund_id] = refund
        return refund

    def list_refund(
        self, refund: AuditedRefund, *, refunded_at: int = NOON, **changes: object
    ) -> ListedRefund:
        """The refund in the payment service's list."""
        listed = ListedRefund(
            f"re_{len(self.listed_refunds)}",
            f"{refund.refund_id}:1",
            refund.charge_id,
            None,
            refund.amount,
            refund.currency,
            refunded_at,
        )
        listed = replace(listed, **changes)
        self.listed_refunds.append(listed)
        return listed

    def order(self, name: str, *, paid_at: int = NOON, charge_id: str = "") -> AuditedOrder:
        """A paid order, without its charge in the list."""
        order = AuditedOrder(
            order_id=order_id_for("tests", "buyer", name),
            status=OrderStatus.PAID,
            attempt=1,
            amount=4200,
            currency="EUR",
            charge_id=charge_id or f"ch_{name}",
            stray_charges=frozenset(),
            tried_since=paid_at,
            correlation_id=f"req_{name}",
        )
        self.orders[order.order_id] = (order, paid_at)
        return order

    def charge(self, order: AuditedOrder, *, captured_at: int = NOON) -> ListedCharge:
        """The charge by which the order is paid, in the list."""
        assert order.charge_id is not None
        key = payment_key(order.order_id, order.attempt)
        charge = ListedCharge(order.charge_id, key, order.amount, order.currency, captured_at)
        self.charges.append(charge)
        return charge

    def change(self, order: AuditedOrder, **changes: object) -> None:
        _, paid_at = self.orders[order.order_id]
        changed = replace(order, **changes)
        self.orders[order.order_id] = (changed, paid_at)

    def audit(
        self, window: Window = WINDOW, *, with_refunds: bool = False, **options: object
    ) -> Audited:
        refunds = AuditRefunds(self, self, self.clock, 25 * 60 * 60, STEP_SECONDS)
        run = AuditCharges(
            listing=self,
            orders=self,
            clock=self.clock,
            patience_seconds=25 * 60 * 60,
            step_seconds=STEP_SECONDS,
            refunds=refunds if with_refunds else None,
        )
        return run(window, **{**QUICK, **options})  # type: ignore[arg-type]
