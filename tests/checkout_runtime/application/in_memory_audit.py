"""A payment service's list and an order table in memory, and an audit of the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from checkout_runtime.application.audit_charges import AuditCharges
from checkout_runtime.application.audit_findings import Audited
from checkout_runtime.application.audit_ports import PaidOrders
from checkout_runtime.domain.charge_audit import AuditedOrder, ListedCharge, Window
from checkout_runtime.domain.identity import order_id_for, payment_key
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.record import replace
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
        return PaidOrders(paid, page[-1] if rest else None)

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

    def audit(self, window: Window = WINDOW, **options: object) -> Audited:
        run = AuditCharges(
            listing=self,
            orders=self,
            clock=self.clock,
            patience_seconds=25 * 60 * 60,
            step_seconds=STEP_SECONDS,
        )
        return run(window, **{**QUICK, **options})  # type: ignore[arg-type]
