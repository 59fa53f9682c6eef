"""What a payment attempt has come to, and so what is stored about its claimed order."""

from __future__ import annotations

from collections.abc import Mapping

from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Captured,
    Declined,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import Record

__all__ = [
    "CaptureRefused",
    "Decision",
    "HoldEnded",
    "Mismatched",
    "NeedsReview",
    "NotRequested",
    "PaidEarlier",
    "StillProcessing",
]


class Mismatched(Record):
    """Captured with a different amount or currency. The proof is kept; an operator resolves it."""

    captured: Captured


class PaidEarlier(Record):
    """Earlier attempts, which were stored as declined, turn out to be captured."""

    captures: Mapping[int, Captured]
    """By their attempts, the one that pays first; any further one is a stray charge."""


class NotRequested(Record):
    """Nothing was sent under this claim: the outcome is as unknown as it was before."""

    reason: str
    refused: bool = False
    """As ``Unknown.refuses``, of the answer to a look-up or a cancellation."""

    @classmethod
    def after(cls, reason: str, answer: object) -> NotRequested:
        """Return that an answer of the payment service is why nothing was sent."""
        return cls(reason, refused=isinstance(answer, Unknown) and answer.refuses)


class StillProcessing(Record):
    """A look-up said no word about an asynchronous payment: it is looked up again."""

    reason: str


class HoldEnded(Record):
    """The payment service holds the money no longer, and has not captured it."""

    code: str


class CaptureRefused(Record):
    """The payment service refused to capture, and holds the money still."""

    hold: Authorized
    code: str


class NeedsReview(Record):
    """No machine can decide any more."""

    reason: str


Decision = (
    Captured
    | Authorized
    | Declined
    | ActionRequired
    | Processing
    | Unknown
    | NotRequested
    | Mismatched
    | PaidEarlier
    | StillProcessing
    | HoldEnded
    | CaptureRefused
    | NeedsReview
)
"""What is to be stored about a claimed order."""
