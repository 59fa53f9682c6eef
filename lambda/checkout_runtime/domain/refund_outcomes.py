"""What a payment service may have said about one refund: values, not exceptions.

``Unknown`` and ``NotFound`` are those of ``domain.outcomes``: no word, no verdict.
"""

from __future__ import annotations

from checkout_runtime.domain.decisions import NeedsReview, NotRequested, StillProcessing
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.record import Record

__all__ = [
    "NotRefunded",
    "RefundAnswer",
    "RefundDecision",
    "RefundLookUp",
    "RefundMismatched",
    "RefundPending",
    "Refunded",
]


class Refunded(Record):
    """Proof: so much money went back, under this id."""

    reference: str
    """The payment service's own id of the refund."""
    amount: int
    """In minor units of ``currency``."""
    currency: str
    """ISO 4217 code; a module may give it in any case, the checkout has it in capitals."""


class RefundPending(Record):
    """The payment service accepted the refund; it succeeds or fails in hours or days."""

    reference: str | None = None


class NotRefunded(Record):
    """A known no: nothing went back for this request, and nothing will."""

    code: str
    """Why, such as ``charge_disputed``."""
    already_refunded: bool = False
    """Whether the reason is that the whole charge had been refunded before, by other means."""


class RefundMismatched(Record):
    """Refunded with a different amount or currency. An operator resolves it."""

    refunded: Refunded


RefundAnswer = Refunded | RefundPending | NotRefunded | Unknown
RefundLookUp = RefundAnswer | NotFound
RefundDecision = RefundAnswer | NotRequested | RefundMismatched | StillProcessing | NeedsReview
"""What is to be stored about a claimed refund."""
