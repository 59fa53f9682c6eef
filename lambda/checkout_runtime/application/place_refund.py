"""Accept a refund: stored, and taken off what its order has left, before anybody is asked for it.

The caller's key names the refund, so the same request is one refund however often it is sent, and
two equal partial refunds, under two keys, are two.
"""

from __future__ import annotations

import logging
from enum import StrEnum

from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import NoSuchOrder
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.refund_ports import Refunds
from checkout_runtime.application.refund_records import OrderChanged
from checkout_runtime.domain.charge_proof import attempt_in, charge_in, sum_in
from checkout_runtime.domain.identity import operation_id_for
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.refund import Refund, RefundRequest, RefundStatus

__all__ = [
    "MOST_REFUNDS",
    "MOST_WITH_STRAYS",
    "NoSuchOrder",
    "PlaceRefund",
    "RefundAccepted",
    "RefundMismatch",
    "RefundPlacement",
    "RefundRefused",
    "RefundReplayed",
    "WhyNotRefunded",
    "refund_id_for",
]

MOST_REFUNDS = 100
"""Of one order: more look like a loop of the caller."""
MOST_WITH_STRAYS = 2 * MOST_REFUNDS
"""Of one order, where a stray charge is refunded: nothing but that, or a verdict, ends its review,
so the refunds that its own charge has had do not stand in the way."""
_TRIES = 5
"""While others ask for refunds of the same order at the same time."""
_log = logging.getLogger(__name__)


class WhyNotRefunded(StrEnum):
    """Why a refund is not accepted; nothing is stored then."""

    NOT_PAID_YET = "not_paid_yet"
    """It is not known yet whether the order will be paid. Ask again when it is settled."""
    NOT_PAID = "not_paid"
    """The order was declined: there is nothing to give back."""
    IN_REVIEW = "in_review"
    """An operator has to say first what the order was paid by; a stray charge can be refunded."""
    MORE_THAN_LEFT = "more_than_left"
    """Less is left of what was captured than is asked for."""
    NO_SUCH_STRAY = "no_such_stray"
    """The charge is none of the order's stray charges, or is given back already."""
    NOT_IN_PART = "not_in_part"
    """A stray charge is refunded as a whole."""
    TOO_MANY = "too_many"
    """The order has a hundred refunds already; two hundred where a stray charge is asked for. The
    rest is given back at the payment service."""
    BUSY = "busy"
    """Too many refunds of the order at once. Ask again, under the same key."""


class RefundAccepted(Record):
    """The refund is stored and on its way."""

    refund: Refund


class RefundReplayed(Record):
    """This refund was asked for before; here is the stored one."""

    refund: Refund


class RefundMismatch(Record):
    """The key names another refund of this order; nothing was stored."""

    refund: Refund


class RefundRefused(Record):
    """It is not accepted, and nothing was stored."""

    order: Order
    why: WhyNotRefunded


RefundPlacement = RefundAccepted | RefundReplayed | RefundMismatch | RefundRefused | NoSuchOrder


def refund_id_for(order_id: str, idempotency_key: str) -> str:
    """Return the id of the refund that this key names on this order."""
    return operation_id_for(order_id, "refund", idempotency_key)


class PlaceRefund(Record):
    """Places refunds of the orders of one deployed checkout."""

    orders: Orders
    refunds: Refunds
    clock: Clock

    def __call__(
        self, order_id: str, idempotency_key: str, request: RefundRequest, *, asked_by: str
    ) -> RefundPlacement:
        """Store the refund, or find the one that it already is.

        ``asked_by`` is stored as it is.
        """
        refund_id = refund_id_for(order_id, idempotency_key)
        order: Order | None = None
        for _ in range(_TRIES):
            # The order first: what has been taken off it by this very refund is then found below.
            order = self.orders.get(order_id)
            if order is None:
                return NoSuchOrder()
            known = self.refunds.get(refund_id)
            if known is not None:
                return _resubmission(known, request)
            refund = _refund_of(order, refund_id, request, asked_by, self.clock.now())
            if isinstance(refund, WhyNotRefunded):
                return RefundRefused(order, refund)
            stored = self.refunds.accept(refund)
            if stored is None:
                extra = {"event": "refund_accepted", "amount": refund.amount, **refund.log_fields}
                _log.info("refund_accepted", extra=extra)
                return RefundAccepted(refund)
            if not isinstance(stored, OrderChanged):
                return _resubmission(stored, request)
        assert order is not None
        return RefundRefused(order, WhyNotRefunded.BUSY)

    def preview(
        self, order_id: str, idempotency_key: str, request: RefundRequest, *, asked_by: str
    ) -> RefundPlacement:
        """Return what a call would return now, and store nothing."""
        order = self.orders.get(order_id)
        if order is None:
            return NoSuchOrder()
        refund_id = refund_id_for(order_id, idempotency_key)
        known = self.refunds.get(refund_id)
        if known is not None:
            return _resubmission(known, request)
        refund = _refund_of(order, refund_id, request, asked_by, self.clock.now())
        if isinstance(refund, WhyNotRefunded):
            return RefundRefused(order, refund)
        return RefundAccepted(refund)


def _resubmission(known: Refund, request: RefundRequest) -> RefundReplayed | RefundMismatch:
    if not known.is_asked_for_by(request):
        _log.info("refund_mismatched", extra={"event": "refund_mismatched", **known.log_fields})
        return RefundMismatch(known)
    _log.info("refund_replayed", extra={"event": "refund_replayed", **known.log_fields})
    return RefundReplayed(known)


def _refund_of(
    order: Order, refund_id: str, request: RefundRequest, asked_by: str, now: int
) -> Refund | WhyNotRefunded:
    """Return the refund that is asked for, or why the order does not allow it."""
    stray: str | None = None
    is_of_stray = request.charge_id is not None and not order.is_paid_by(request.charge_id)
    if len(order.refunds) >= (MOST_WITH_STRAYS if is_of_stray else MOST_REFUNDS):
        return WhyNotRefunded.TOO_MANY
    if is_of_stray:
        strays = order.strays_of(request.charge_id) - order.refunding_strays
        if not strays:
            return WhyNotRefunded.NO_SUCH_STRAY
        stray = min(strays)
        attempt, (amount, currency) = attempt_in(stray), sum_in(stray)
        if request.amount not in (None, amount):
            return WhyNotRefunded.NOT_IN_PART
        charge_id = charge_in(stray)
    else:
        why_not = _why_not_of_its_own(order, request.amount)
        if why_not is not None:
            return why_not
        attempt, charge_id = order.attempt, str(order.charge_id)
        amount, currency = request.amount or order.left_to_refund, order.currency
    service, reference = order.charged_at(attempt)
    return Refund(
        refund_id=refund_id,
        order_id=order.order_id,
        status=RefundStatus.REQUESTED,
        amount=amount,
        currency=currency,
        charge_id=charge_id,
        accepted_at=now,
        order_accepted_at=order.accepted_at,
        asked_by=asked_by,
        asked_amount=request.amount,
        stray=stray,
        reason=request.reason,
        payment_service=service,
        payment_reference=reference,
        unsettled_since=now,
    )


def _why_not_of_its_own(order: Order, amount: int | None) -> WhyNotRefunded | None:
    """Return why the charge that the order is paid by is not refunded, or None."""
    match order.status:
        case OrderStatus.PAID:
            left = order.left_to_refund
            return WhyNotRefunded.MORE_THAN_LEFT if (amount or 1) > left else None
        case OrderStatus.DECLINED | OrderStatus.CANCELLED:
            return WhyNotRefunded.NOT_PAID
        case OrderStatus.NEEDS_REVIEW:
            return WhyNotRefunded.IN_REVIEW
    # Also UNKNOWN: what is accepted now would be for nothing if nothing was captured.
    return WhyNotRefunded.NOT_PAID_YET
