"""What a payment service may have said about one payment attempt: values, not exceptions."""

from __future__ import annotations

from checkout_runtime.domain.charge_proof import proof_of
from checkout_runtime.domain.record import Record

__all__ = [
    "NOTHING_CAPTURED",
    "ActionRequired",
    "Authorized",
    "Cancelled",
    "Captured",
    "Declined",
    "NotCharged",
    "NotFound",
    "Opened",
    "Outcome",
    "Processing",
    "Unknown",
]

NOTHING_CAPTURED = "cancelled"
"""The code of an attempt that was abandoned before anything was captured."""


class Captured(Record):
    """Proof: money was taken, so much of it, under this id."""

    charge_id: str
    amount: int
    """In minor units of ``currency``."""
    currency: str
    """ISO 4217 code; a module may give it in any case, the checkout has it in capitals."""

    def proof_for(self, attempt: int) -> str:
        """Return it as ``Order.stray_charges`` and ``Order.refunded_charges`` keep it."""
        return proof_of(attempt, self.charge_id, self.amount, self.currency)


class Authorized(Record):
    """A hold: the payment service keeps the money for us and has not taken it. Said only where a
    hold was asked for."""

    charge_id: str
    """The payment service's own id of the hold. The charge may have another one once the money is
    captured."""
    amount: int
    """In minor units of ``currency``."""
    currency: str
    """As ``Captured.currency``."""
    capture_before: int
    """Until when the money can be captured, in milliseconds UTC. The hold lapses then."""


class Declined(Record):
    """The charge was declined. As the answer to a capture: the hold is gone, voided or lapsed, and
    nothing can be captured any more."""

    code: str


class ActionRequired(Record):
    """The buyer must act before the payment service can decide."""

    action_url: str | None


class Processing(Record):
    """The payment service accepted the payment; money moves in hours or days (SEPA, ACH)."""


class NotCharged(Record):
    """This request was refused as a request. It says nothing about the requests before it, nor, as
    the answer to a capture, that the hold is gone."""

    code: str


class Unknown(Record):
    """Everything else: a time-out, a 5xx, a broken answer. Money may have moved."""

    reason: str
    unavailable: bool = False
    """Whether the service itself seems to be down, rather than this one order unclear."""
    without_word: bool = False
    """Whether it was a definite answer (a 404, a 400) that says nothing about the money: the route
    is broken, or the service was not written for the contract. Waiting will not mend it."""
    later: bool = False
    """Whether it was a definite answer that asks for patience (a 409, a 423) and says no word about
    the money. Once such answers have lasted for a quarter of an hour, they count as
    ``without_word``."""
    refuses_us: bool = False
    """Whether it refused who asks (a 401): our secret is wrong or revoked, which is mended for all
    orders at once. Nothing is said about this one."""

    @property
    def refuses(self) -> bool:
        """Whether it refuses this request, and not our secret. Waiting may not mend it."""
        return (self.without_word and not self.refuses_us) or self.later


class NotFound(Record):
    """A look-up found no request under the key so far; one may still be on its way."""


class Cancelled(Record):
    """The payment service gave the attempt up for good: nothing was and will be captured."""


class Opened(Record):
    """The payment service made an attempt ready under its own id; nothing is charged yet."""

    reference: str


Outcome = Captured | Authorized | Declined | ActionRequired | Processing | NotCharged | Unknown
