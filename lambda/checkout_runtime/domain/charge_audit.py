"""What a charge and an order have to say of each other, and what it means where they do not."""

from __future__ import annotations

from enum import StrEnum

from checkout_runtime.domain.charge_proof import proofs_of
from checkout_runtime.domain.order import SETTLED, OrderStatus
from checkout_runtime.domain.record import Record

__all__ = [
    "LOOK_BACK_MS",
    "MARGIN_MS",
    "AuditedOrder",
    "ListedCharge",
    "ListedOpening",
    "Mismatch",
    "MismatchKind",
    "Window",
    "mismatch_of",
]


MARGIN_MS = 60 * 60 * 1000
"""An order is paid after its charge, by another clock: charges are listed this much earlier and
later than the orders that are compared with them."""
LOOK_BACK_MS = 35 * 24 * 60 * 60 * 1000
"""How far back the charge of an order that was paid late is looked for."""


class MismatchKind(StrEnum):
    """How a charge and an order can differ."""

    CHARGE_WITHOUT_ORDER = "charge_without_order"
    """A charge under the key of an order that the table does not have."""
    CHARGE_NOT_RECORDED = "charge_not_recorded"
    """A charge for an order that knows nothing of it and waits for nothing any more."""
    AMOUNT_DIFFERS = "amount_differs"
    """The order is paid by this charge, with another amount or in another currency."""
    STRAY_CHARGE = "stray_charge"
    """A second charge of the order, which the table knows of. An operator refunds it."""
    PAID_WITHOUT_CHARGE = "paid_without_charge"
    """The order is paid by a charge that the payment service does not list."""
    REFUND_NOT_RECORDED = "refund_not_recorded"
    """Money went back of which the table knows nothing, or something else."""
    REFUND_NOT_LISTED = "refund_not_listed"
    """The table has a refund as refunded, and the payment service does not list it as that."""


class Window(Record):
    """A stretch of time, in milliseconds since 1970-01-01 UTC: its end is not part of it."""

    begin: int
    end: int

    def __contains__(self, time: int) -> bool:
        return self.begin <= time < self.end


class ListedCharge(Record):
    """A capture in the payment service's own list."""

    charge_id: str
    key: str | None
    """The payment key under which it was asked for, or None: not asked for by a checkout."""
    amount: int
    """In minor units of ``currency``."""
    currency: str
    captured_at: int
    """When the payment service lists it, in milliseconds since 1970-01-01 UTC."""


class ListedOpening(Record):
    """An attempt that was opened at the payment service and that nobody has tried to charge."""

    reference: str
    order_id: str


class AuditedOrder(Record):
    """As much of an order as is compared with charges; nothing about the buyer."""

    order_id: str
    status: OrderStatus
    attempt: int
    amount: int
    currency: str
    charge_id: str | None
    stray_charges: frozenset[str]
    """As ``Order.stray_charges``."""
    tried_since: int
    """When the current attempt was first claimed: its charge cannot be older."""
    correlation_id: str | None
    payment_reference: str | None = None
    """As ``Order.payment_reference``."""

    refunded_charges: frozenset[str] = frozenset()
    """As ``Order.refunded_charges``."""

    def holds_as_stray(self, charge_id: str) -> bool:
        """Whether the charge is among those that this order did not ask for."""
        return bool(proofs_of(charge_id, self.stray_charges))

    def holds_as_refunded(self, charge_id: str) -> bool:
        """Whether an operator said that the charge was refunded."""
        return bool(proofs_of(charge_id, self.refunded_charges))


class Mismatch(Record):
    """A charge and an order that do not fit. An operator looks at it."""

    kind: MismatchKind
    order_id: str
    charge_id: str | None
    correlation_id: str | None
    detail: str
    """What differs, in words; nothing about the buyer."""

    @property
    def what_to_do(self) -> str:
        """The next step of the person who reads it."""
        return _WHAT_TO_DO[self.kind].format(order_id=self.order_id, charge_id=self.charge_id)


_WHAT_TO_DO = {
    MismatchKind.CHARGE_WITHOUT_ORDER: (
        "Find out whose money it is: was the table restored from a backup, or does another "
        "checkout charge on this payment account? If nobody's order, refund the charge at the "
        "payment service: checkout orders refund needs an order."
    ),
    MismatchKind.CHARGE_NOT_RECORDED: (
        "checkout orders show {order_id}. An order in review is settled by checkout orders "
        "release {order_id}. Of one that is settled by another charge, declined or cancelled, "
        "refund this one: checkout orders refund {order_id} --charge {charge_id}, or at the "
        "payment service."
    ),
    MismatchKind.AMOUNT_DIFFERS: (
        "checkout orders show {order_id}, then checkout orders refund {order_id} --amount with the "
        "difference, or ask the buyer for it."
    ),
    MismatchKind.STRAY_CHARGE: (
        "checkout orders refund {order_id} --charge {charge_id}; without refunds switched on, as "
        "docs/operate/runbooks/orders-need-review.md says."
    ),
    MismatchKind.PAID_WITHOUT_CHARGE: (
        "Hold the goods. checkout orders show {order_id} asks the payment service for this one: "
        "was it charged on another account, or the capture undone?"
    ),
    MismatchKind.REFUND_NOT_RECORDED: (
        "Who refunded {charge_id}, and why? The order still counts that money as refundable: a "
        "checkout orders refund {order_id} would be refused by the payment service, or give twice."
    ),
    MismatchKind.REFUND_NOT_LISTED: (
        "See at the payment service what became of the refund of {charge_id}. If it was returned, "
        "send the webhook about it again; the amount can then be refunded anew, by "
        "checkout orders refund {order_id}."
    ),
}


def mismatch_of(
    charge: ListedCharge,
    order: AuditedOrder | None,
    *,
    order_id: str,
    attempt: int,
    too_late: int,
) -> Mismatch | None:
    """Return how a charge and its order differ, or None if they fit or still may.

    :param order: The stored order that the charge names, or None.
    :param order_id: The order that the charge's key names, and its attempt.
    :param too_late: An order whose charge is older than this (ms UTC) should be settled by now.
    """

    def differs(kind: MismatchKind, detail: str) -> Mismatch:
        correlation_id = None if order is None else order.correlation_id
        return Mismatch(kind, order_id, charge.charge_id, correlation_id, detail)

    charged = f"charged {charge.amount} {charge.currency}"
    if order is None:
        return differs(MismatchKind.CHARGE_WITHOUT_ORDER, charged)
    if order.status is OrderStatus.PAID and order.charge_id == charge.charge_id:
        if (order.amount, order.currency) == (charge.amount, charge.currency):
            return None
        ordered = f"{charged}, ordered {order.amount} {order.currency}"
        return differs(MismatchKind.AMOUNT_DIFFERS, ordered)
    if order.holds_as_refunded(charge.charge_id):
        return None
    facts = f"{charged}; the order is {order.status}, attempt {order.attempt}"
    if order.holds_as_stray(charge.charge_id):
        return differs(MismatchKind.STRAY_CHARGE, facts)
    on_its_way = order.status not in SETTLED and order.attempt == attempt
    if on_its_way and charge.captured_at >= too_late:
        return None
    return differs(MismatchKind.CHARGE_NOT_RECORDED, facts)
