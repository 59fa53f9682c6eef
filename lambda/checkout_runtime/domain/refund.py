"""A refund: an operation on an order, which is stored before the payment service is asked.

It has the order's machine: a claim with an epoch and a lease, a payment key of its own, ``UNKNOWN``
where an answer was lost, and a look-up before a request is repeated.
"""

from __future__ import annotations

from enum import StrEnum

from checkout_runtime.domain.record import Record
from checkout_runtime.domain.service_name import is_claimed_for

__all__ = ["REFUND_ENDS", "Refund", "RefundRequest", "RefundStatus"]


class RefundStatus(StrEnum):
    """The states of a refund; ``domain.refund_transitions`` says how one leads to another."""

    REQUESTED = "REQUESTED"
    """Accepted, and the amount is taken off what is refundable; it was not tried yet."""
    REFUNDING = "REFUNDING"
    """One worker holds the claim and may be talking to the payment service."""
    UNKNOWN = "UNKNOWN"
    """The payment service may or may not have refunded."""
    PROCESSING = "PROCESSING"
    """The payment service accepted it, and it may still fail in days; it is only looked up."""
    REFUNDED = "REFUNDED"
    """The payment service says that the money went back. The bank may return it weeks later."""
    NOT_REFUNDED = "NOT_REFUNDED"
    """A known no: the amount is refundable again."""
    NEEDS_REVIEW = "NEEDS_REVIEW"
    """Only proof from the payment service or an operator decides. The amount stays taken off."""
    NEWER = "NEWER"
    """Read where a later version of this code wrote another state. This version leaves it."""


REFUND_ENDS = frozenset({RefundStatus.REFUNDED, RefundStatus.NOT_REFUNDED})
"""Nothing is owed for a refund any more in these states."""


class RefundRequest(Record):
    """What somebody asks for."""

    amount: int | None = None
    """In minor units of the order's currency. None: all that is refundable."""
    charge_id: str | None = None
    """A stray charge of the order, which is refunded as a whole. None: the order's own charge."""
    reason: str | None = None
    """Why, in the words of who asks; kept, and never compared."""


class Refund(Record):
    """One refund as the table holds it. Times are milliseconds since 1970-01-01 UTC."""

    refund_id: str
    """``op_`` and a digest of the order, and of the key that the caller gave."""
    order_id: str
    status: RefundStatus
    amount: int
    """In minor units of ``currency``."""
    currency: str
    charge_id: str
    """What is refunded."""
    accepted_at: int
    order_accepted_at: int
    """After a restore from a backup, refunds of orders from before it may be known elsewhere."""
    asked_by: str
    """Who asked: a digest of what the authorizer says, or an operator's name."""
    asked_amount: int | None = None
    """``RefundRequest.amount``."""
    stray: str | None = None
    """The proof of a stray charge, as ``Order.stray_charges`` has it. None: the order's charge."""
    reason: str | None = None
    payment_service: str | None = None
    """The name of the payment service where it was charged; None where nobody stored one."""
    payment_reference: str | None = None
    """The payment service's own id of the payment attempt, where it was opened before the claim."""
    attempt_claims: int = 0
    """How many claims may have sent a request: 1 means that the first may be under way."""
    claim_epoch: int = 0
    """Grows with every claim: the fencing token of what its holder writes."""
    claim_id: str | None = None
    lease_expires_at: int | None = None
    first_claimed_at: int | None = None
    """The start of the payment key's retention."""
    unsettled_since: int | None = None
    """Since when it is not settled; while ``PROCESSING``, when it is looked up next."""
    resend: int = 0
    """Ordinal of its last message; each differs from those before it."""
    resent_at: int | None = None
    released_at: int | None = None
    cleared_before: int = 0
    """Always 0: an operator's release from a quarantine is for orders."""
    refused_as: str | None = None
    """How the payment service refused it without a word, or how its look-up failed."""
    refused_since: int | None = None
    processing_since: int | None = None
    reference: str | None = None
    """The payment service's own id of the refund."""
    code: str | None = None
    """Why it was not refunded."""
    review_reason: str | None = None
    settled_at: int | None = None

    @property
    def payment_key(self) -> str:
        """The idempotency key of the refund at the payment service, the same for each request.

        >>> Refund("op_a", "ord_a", RefundStatus.UNKNOWN, 5, "EUR", "ch_1", 0, 0, "ops").payment_key
        'op_a:1'
        """
        return f"{self.refund_id}:1"

    @property
    def is_settled(self) -> bool:
        """Whether the payment service said the last word about it."""
        return self.status in REFUND_ENDS

    @property
    def log_fields(self) -> dict[str, object]:
        """What every log record about the refund says of it."""
        return {"order_id": self.order_id, "refund_id": self.refund_id}

    def is_of(self, service: str) -> bool:
        """Whether the charge was made at the named payment service."""
        return is_claimed_for(
            self.payment_service, service, is_opened=self.payment_reference is not None
        )

    def is_asked_for_by(self, request: RefundRequest) -> bool:
        """Whether a request with this refund's key asks for the same money."""
        # The order's own charge is meant also where none is named.
        named = (self.charge_id,) if self.stray is not None else (None, self.charge_id)
        return self.asked_amount == request.amount and request.charge_id in named
