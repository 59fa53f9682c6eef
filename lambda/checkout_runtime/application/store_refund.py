"""Store what came of a refund: the one place where a refund's outcome is stored."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from checkout_runtime.application.persist_proof import persist
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.refund_ports import RefundOutcomes
from checkout_runtime.application.refusals import refusal_after, unanswered_look_up
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import NeedsReview, NotRequested, StillProcessing
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    RefundDecision,
    Refunded,
    RefundMismatched,
    RefundPending,
)

__all__ = ["StoreRefund"]

_log = logging.getLogger(__name__)


class StoreRefund(Record):
    """Stores decisions about refunds."""

    outcomes: RefundOutcomes
    clock: Clock
    policy: ChargePolicy
    ask_again: Callable[[Refund], RefundDecision | NotFound] | None
    """Asks what is true of a refund where a proof and a no are known. None: it cannot be asked."""

    def __call__(
        self, refund: Refund, decision: RefundDecision, *, deadline: int, uncounted: bool
    ) -> bool:
        """Store a decision; return whether it is an outcome and was stored.

        Proof of a refund is stored at any cost, until ``deadline`` (ms UTC). ``uncounted``: the
        claim sent nothing, so it is no longer counted as one that may have.
        """
        match decision:
            case Refunded():
                return self._store_proof(refund, decision, deadline)
            case Unknown() | NotRequested():
                self._store_unknown(refund, decision, uncounted=uncounted)
                return False
            case StillProcessing(reason):
                return self._store_still_processing(refund, reason)
        return self._store_under_claim(refund, decision, uncounted=uncounted)

    def _store_proof(self, refund: Refund, refunded: Refunded, deadline: int) -> bool:
        now = self.clock.now()  # The same for each try: a repeated write knows its own result.
        fits = persist(
            lambda: self.outcomes.record_refunded(refund, refunded, now),
            self.clock,
            deadline,
            partial(_record, logging.WARNING, "proof_not_stored_yet", refund),
        )
        if isinstance(fits, Refund):
            return self._store_proof_or_no(fits, refunded, deadline)
        if fits:
            _record(logging.INFO, "order_refunded", refund, reference=refunded.reference)
        else:
            detail = {"reason": "refunded_after_all", "reference": refunded.reference}
            _record(logging.ERROR, "refund_needs_review", refund, **detail)
        return True

    def _store_proof_or_no(self, refund: Refund, proof: Refunded, deadline: int) -> bool:
        """Let the payment service say whether proof or the stored no is newer.

        An operator is called where it says neither: nobody else asks about a refund with a no.
        ``refund`` is the refund with its no.
        """
        said = proof if self.ask_again is None else self.ask_again(refund)
        match said:
            case Refunded():
                return self._store_proof(refund, said, deadline)
            case RefundMismatched():
                return self._store_under_claim(refund, said, uncounted=False)
            case NotRefunded(code):
                _record(logging.ERROR, "refund_returned", refund, code=code)
                return True
        reason, reference = "refunded_after_all", proof.reference
        now = self.clock.now()
        stored = self.outcomes.record_review(refund, reason, now, reference=reference)
        level = logging.ERROR if stored else logging.WARNING
        event = "refund_needs_review" if stored else "claim_lost"
        _record(level, event, refund, reason=reason, reference=reference)
        return True

    def _store_under_claim(
        self,
        refund: Refund,
        decision: RefundPending | NotRefunded | RefundMismatched | NeedsReview,
        *,
        uncounted: bool,
    ) -> bool:
        now = self.clock.now()
        level, detail = logging.INFO, dict[str, object]()
        match decision:
            case RefundPending(reference):
                due = self.policy.next_look_up_at(refund, now)
                stored = self.outcomes.record_processing(refund, due, now, reference=reference)
                event = "refund_processing"
            case NotRefunded(code) if refund.status is RefundStatus.REFUNDED:
                stored = self.outcomes.record_returned(refund, decision, now)
                level, event, detail = logging.ERROR, "refund_returned", {"code": code}
            case NotRefunded(code):
                stored = self.outcomes.record_not_refunded(refund, decision, now)
                level, event, detail = logging.WARNING, "refund_failed", {"code": code}
            case RefundMismatched(refunded):
                reason, reference = "refund_mismatch", refunded.reference
                stored = self.outcomes.record_review(refund, reason, now, reference=reference)
                level, event, detail = logging.ERROR, "refund_needs_review", {"reason": reason}
            case NeedsReview(reason):
                stored = self.outcomes.record_review(refund, reason, now, uncounted=uncounted)
                level, event, detail = logging.ERROR, "refund_needs_review", {"reason": reason}
        if not stored:
            _record(logging.WARNING, "claim_lost", refund, would_be=event)
            return False
        _record(level, event, refund, **detail)
        return True

    def _store_unknown(
        self, refund: Refund, decision: Unknown | NotRequested, *, uncounted: bool
    ) -> None:
        """Store that nothing is known, and since when the service answers without a word."""
        now = self.clock.now()
        refusal = refusal_after(refund, decision, self.policy, now)
        self.outcomes.record_unknown(refund, now, refusal=refusal, uncounted=uncounted)
        _record(logging.WARNING, "refund_unknown", refund, reason=decision.reason)

    def _store_still_processing(self, refund: Refund, reason: str) -> bool:
        """Store the next look-up of a refund that nothing is learned about; tell after a day."""
        now = self.clock.now()
        unanswered = unanswered_look_up("look_up_refund", refund, reason, self.policy, now)
        due = self.policy.next_look_up_at(refund, now)
        return self.outcomes.record_processing(refund, due, now, unanswered=unanswered)


def _record(level: int, event: str, refund: Refund, **detail: object) -> None:
    _log.log(level, event, extra={"event": event, **refund.log_fields, **detail})
