"""An operator's verdict on a refund that no machine could decide.

What the payment service can say comes first: a verdict that it contradicts is refused. One that is
silent, or says "pending" for ever, is waited for, and then the operator's word counts.
"""

from __future__ import annotations

import logging

from checkout_runtime.application.ports import Clock
from checkout_runtime.application.refund_ports import RefundingService, RefundOutcomes, Refunds
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.record import Record, replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    Refunded,
    RefundLookUp,
    RefundPending,
)
from checkout_runtime.domain.refund_policy import RefundPolicy

__all__ = ["RefundVerdict", "SettleRefundByVerdict", "SettledRefund"]

_log = logging.getLogger(__name__)


class RefundVerdict(Record):
    """What an operator decided, and who and why."""

    refunded: bool
    """Whether the money went back. If not, its amount can be refunded again."""
    by: str
    why: str


class SettledRefund(Record):
    """What came of a verdict."""

    refund_id: str
    done: str
    """``settled``, ``would settle`` or ``refused``."""
    status: str | None
    detail: str


class SettleRefundByVerdict(Record):
    """Settles single refunds of one deployed checkout."""

    refunds: Refunds
    outcomes: RefundOutcomes
    service: RefundingService
    clock: Clock
    policy: RefundPolicy

    def __call__(self, refund_id: str, verdict: RefundVerdict, *, dry_run: bool) -> SettledRefund:
        """Carry a verdict out, or with ``dry_run`` say what would become of it."""
        refund = self.refunds.get(refund_id)
        if refund is None:
            return SettledRefund(refund_id, "refused", None, "no such refund")

        def answer(done: str, detail: str) -> SettledRefund:
            return SettledRefund(refund_id, done, refund.status.value, detail)

        if refund.status is not RefundStatus.NEEDS_REVIEW:
            return answer("refused", "a verdict is for a refund in NEEDS_REVIEW")
        self.service.prepare()
        asked = self._may_be_asked(refund)
        found = self.service.look_up_refund(refund) if asked else None
        why_not = self._why_not(refund, verdict, found)
        if why_not is not None:
            return answer("refused", why_not)
        said = "refunded" if verdict.refunded else "not refunded"
        detail = f"{said}{_UNCONFIRMED if isinstance(found, _OPEN) else ''}"
        if dry_run:
            return answer("would settle", detail)
        if not self.outcomes.settle_by_verdict(
            refund, refunded=verdict.refunded, by=verdict.by, why=verdict.why, now=self.clock.now()
        ):
            return answer("refused", "the refund changed meanwhile; look at it again")
        extra = {"event": "refund_settled_by_verdict", "verdict": said, **refund.log_fields}
        _log.warning("refund_settled_by_verdict", extra=extra)
        return answer("settled", detail)

    def _may_be_asked(self, refund: Refund) -> bool:
        return self.policy.can_look_up and refund.is_of(self.service.name)

    def _why_not(
        self, refund: Refund, verdict: RefundVerdict, found: RefundLookUp | None
    ) -> str | None:
        """Return what speaks against the verdict, or None."""
        now = self.clock.now()
        match found:
            case Refunded(reference) if not verdict.refunded:
                return f"the payment service says that it was refunded as {reference}"
            case NotRefunded(code) if verdict.refunded:
                return f"the payment service says that it was not refunded: {code}"
            case RefundPending() if not self._is_pending_too_long(refund, now):
                return "the payment service has not decided yet"
            case NotFound() if verdict.refunded:
                return "the payment service knows of no such refund"
            case NotRefunded():
                return None
            case Unknown(reason) if not self._is_silent_too_long(refund, now):
                return f"the payment service gave no clear answer ({reason}); try again later"
        if verdict.refunded:
            return None
        if now < (refund.lease_expires_at or 0):
            return "a worker may still be requesting it; try again in a minute"
        if refund.first_claimed_at is not None and self.policy.charge.may_repeat_request(
            refund, now
        ):
            return "a request may still be on its way; wait until the key's retention is over"
        return None

    def _is_pending_too_long(self, refund: Refund, now: int) -> bool:
        since = refund.processing_since or refund.first_claimed_at or refund.unsettled_since
        return self.policy.charge.is_processing_too_long(
            replace(refund, processing_since=since), now
        )

    def _is_silent_too_long(self, refund: Refund, now: int) -> bool:
        since = refund.first_claimed_at or refund.unsettled_since
        return self.policy.charge.is_look_up_overdue(replace(refund, first_claimed_at=since), now)


_OPEN = (RefundPending, Unknown)
"""Answers that leave open what became of a refund."""
_UNCONFIRMED = (
    ": the payment service did not confirm it, so it counts by your word; proof that comes later "
    "counts all the same"
)
