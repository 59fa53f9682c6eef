"""What a refund at the payment service and one in the table have to say of each other."""

from __future__ import annotations

from checkout_runtime.domain.charge_audit import AuditedOrder, Mismatch, MismatchKind
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.refund import REFUND_ENDS, RefundStatus

__all__ = ["AuditedRefund", "ListedRefund", "not_listed", "refund_mismatch_of"]


class ListedRefund(Record):
    """Money that went back, in the payment service's own list."""

    reference: str
    """The payment service's own id of the refund."""
    key: str | None
    """The refund's payment key, or None: not asked for by a checkout."""
    charge_id: str
    charge_key: str | None
    """The payment key under which the charge was asked for, where the list says it."""
    amount: int
    """In minor units of ``currency``."""
    currency: str
    refunded_at: int
    """When the payment service lists it, in milliseconds since 1970-01-01 UTC."""


class AuditedRefund(Record):
    """As much of a stored refund as is compared."""

    refund_id: str
    order_id: str
    status: RefundStatus
    amount: int
    currency: str
    charge_id: str
    accepted_at: int
    """It cannot have been made earlier."""


def refund_mismatch_of(
    listed: ListedRefund,
    stored: AuditedRefund | None,
    order: AuditedOrder | None,
    *,
    order_id: str,
    too_late: int,
) -> Mismatch | None:
    """Return how a listed refund and the table differ, or None if they fit or still may.

    :param stored: The stored refund that the listed one names, or None.
    :param order: The order of the charge, or None.
    :param order_id: The order that the charge or the refund names.
    :param too_late: A refund that is older than this (ms UTC) should be settled by now.
    """
    given = f"refunded {listed.amount} {listed.currency} as {listed.reference}"
    if stored is None:
        if order is not None and order.holds_as_refunded(listed.charge_id):
            return None
        return _not_recorded(listed, order, order_id, f"{given}; the table has no such refund")
    facts = f"{given}; {stored.refund_id} is {stored.status}, {stored.amount} {stored.currency}"
    if (listed.amount, listed.currency) != (stored.amount, stored.currency):
        # One in review is known, and an operator with it.
        is_known = stored.status is RefundStatus.NEEDS_REVIEW
        return None if is_known else _not_recorded(listed, order, order_id, facts)
    on_its_way = stored.status not in REFUND_ENDS and listed.refunded_at >= too_late
    in_review = stored.status is RefundStatus.NEEDS_REVIEW
    if stored.status is RefundStatus.REFUNDED or on_its_way or in_review:
        return None
    return _not_recorded(listed, order, order_id, facts)


def not_listed(stored: AuditedRefund) -> Mismatch:
    """Return that a refund which the table has as refunded is not in the list."""
    detail = f"{stored.refund_id} is REFUNDED, {stored.amount} {stored.currency}"
    kind = MismatchKind.REFUND_NOT_LISTED
    return Mismatch(kind, stored.order_id, stored.charge_id, None, detail)


def _not_recorded(
    listed: ListedRefund, order: AuditedOrder | None, order_id: str, detail: str
) -> Mismatch:
    correlation_id = None if order is None else order.correlation_id
    kind = MismatchKind.REFUND_NOT_RECORDED
    return Mismatch(kind, order_id, listed.charge_id, correlation_id, detail)
