"""What a webhook of the payment service names. Nothing else that it says is believed."""

from __future__ import annotations

from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import Record, replace

__all__ = ["Dispute", "Hint", "Named", "RefundHint", "disputed_attempt", "hinted_attempt"]


class Hint(Record):
    """Something may have become of this payment attempt: the payment service is to be asked."""

    order_id: str
    attempt: int
    reference: str | None = None
    """The payment service's own id of the attempt. None: the payment key is its only name."""
    charge_id: str | None = None
    """The charge that it speaks of; an order that is ``PAID`` by it needs no question."""


class RefundHint(Record):
    """Something may have become of this refund: the payment service is to be asked."""

    refund_id: str


class Dispute(Record):
    """A buyer's bank disputes a charge. It changes no order: an operator is told."""

    charge_id: str
    reason: str
    order_id: str | None = None
    """None where neither the event nor the payment service says it."""
    reference: str | None = None
    """As ``Hint.reference``."""
    attempt: int | None = None
    """The payment attempt that was charged; None where the event does not say it."""
    has_to_come_again: bool = False
    """Whether the payment service did not answer which order it is about."""


Named = Hint | RefundHint | Dispute | None
"""What one event of a webhook names; None: nothing of a checkout."""


def disputed_attempt(order: Order, dispute: Dispute) -> int:
    """Return the payment attempt that was charged; the current one where nothing tells it."""
    attempts = {each.attempt: each.reference for each in order.earlier_attempts}
    attempts[order.attempt] = order.payment_reference
    if dispute.attempt in attempts:
        return dispute.attempt
    of_reference = {reference: attempt for attempt, reference in attempts.items()}
    return of_reference.get(dispute.reference or "", order.attempt)


def hinted_attempt(order: Order, hint: Hint, *, may_have_forgotten: bool = False) -> Order | None:
    """Return the order as of the attempt that the hint names; None where it is none of its own.

    ``may_have_forgotten``: of an order out of a backup a later attempt is its own, too, where its
    payment key is its only name. Default: it is not.

    An earlier attempt has the amount and the state of the order, and its own number, reference and
    payment service: enough to look it up, and to store what it turns out to have captured.
    """
    attempts = {order.attempt: order}
    for each in order.earlier_attempts:
        attempts[each.attempt] = replace(
            order,
            attempt=each.attempt,
            payment_reference=each.reference,
            payment_service=each.service,
        )
    for each in order.attempts_after if may_have_forgotten else ():
        attempts[each.attempt] = replace(
            order, attempt=each.attempt, payment_reference=None, payment_service=None
        )
    named = attempts.get(hint.attempt)
    return named if named is not None and named.payment_reference == hint.reference else None
