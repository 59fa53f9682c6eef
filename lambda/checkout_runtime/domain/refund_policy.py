"""What an answer means for a refund, and what the reconciler does about one: pure decisions."""

from __future__ import annotations

from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.outcomes import Unknown
from checkout_runtime.domain.pauses import retry_delay_seconds
from checkout_runtime.domain.reconciliation import (
    LONGEST_PAUSE_SECONDS,
    MAX_RESENDS,
    LookUp,
    Peek,
    Resend,
    Review,
    Wait,
)
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    RefundAnswer,
    Refunded,
    RefundMismatched,
    RefundPending,
)

__all__ = ["RefundPolicy"]

_NOT_OURS = (RefundStatus.NEEDS_REVIEW, RefundStatus.NEWER)


class RefundPolicy(Record):
    """The rules for charges, applied to refunds."""

    charge: ChargePolicy
    can_look_up: bool

    def after_answer(
        self, refund: Refund, answer: RefundAnswer, *, looked_up: bool
    ) -> Refunded | RefundPending | NotRefunded | RefundMismatched | Unknown:
        """Return what an answer of the payment service means for the refund.

        "Already refunded" may be said about this very refund, whose first answer was lost. So a no
        counts only as the answer to the first request, under a key that is honoured, or from a
        look-up.
        """
        if isinstance(answer, Refunded):
            fits = (answer.amount, answer.currency) == (refund.amount, refund.currency)
            return answer if fits else RefundMismatched(answer)
        is_first = self.charge.is_first_request(refund)
        conclusive = looked_up or is_first or self.charge.keys_are_honoured
        if isinstance(answer, Unknown) or conclusive:
            return answer
        return Unknown("answer_to_a_repeated_request")

    def step_for(
        self, refund: Refund, now: int, service: str, *, patience_seconds: int
    ) -> Wait | Peek | LookUp | Resend | Review:
        """Return the one step of the reconciler that is due: never a request.

        ``service`` is the deployed payment service's name. Refunds that are younger than
        ``patience_seconds`` are the queue's business.
        """
        if refund.status in _NOT_OURS or refund.is_settled or self._lease_is_live(refund, now):
            return Wait()
        if not refund.is_of(service):
            return Review("other_service")
        if refund.status is RefundStatus.PROCESSING:
            if self.can_look_up:
                return Peek()
            too_long = self.charge.is_processing_too_long(refund, now)
            return Review("processing_too_long") if too_long else Wait()
        if now < _due_at(refund, patience_seconds):
            return Wait()
        may_resend = refund.resend < MAX_RESENDS
        if refund.status is RefundStatus.REQUESTED:
            return Resend() if may_resend else Review("never_tried")
        if self.can_look_up:
            return LookUp()
        if not self.charge.may_repeat_request(refund, now):
            return Review("key_retention_over")
        return Resend() if may_resend else Review("resends_used_up")

    def _lease_is_live(self, refund: Refund, now: int) -> bool:
        lease = refund.lease_expires_at
        # A lease twice as long as any is one of a clock that was wrong.
        beyond_any_lease = now + 2 * self.charge.lease_seconds * 1000
        is_held = refund.status is RefundStatus.REFUNDING
        return is_held and lease is not None and now < lease <= beyond_any_lease


def _due_at(refund: Refund, patience_seconds: int) -> int:
    longest = max(LONGEST_PAUSE_SECONDS, patience_seconds)
    delay = retry_delay_seconds(patience_seconds, longest, refund.resend + 1)
    return (refund.resent_at or refund.accepted_at) + delay * 1000
