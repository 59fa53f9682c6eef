"""Find out about one claimed refund and store it: the step where money goes back."""

from __future__ import annotations

import logging

from checkout_runtime.application.ask_payment_service import learn, tell_without_word
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.refund_ports import RefundingService, RefundOutcomes
from checkout_runtime.application.refusals import nobody_knows
from checkout_runtime.application.store_refund import StoreRefund
from checkout_runtime.domain.decisions import NeedsReview, NotRequested, StillProcessing
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.refund import Refund
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    RefundDecision,
    Refunded,
    RefundLookUp,
    RefundPending,
)
from checkout_runtime.domain.refund_policy import RefundPolicy

__all__ = ["SettleRefund"]

_log = logging.getLogger(__name__)


class _Request(Record):
    """The refund is to be requested."""

    found: NotFound | Unknown | None
    """What a look-up said before; None where there was none."""


class SettleRefund(Record):
    """Settles refunds whose claim the caller holds."""

    outcomes: RefundOutcomes
    service: RefundingService
    clock: Clock
    policy: RefundPolicy
    breaker: CircuitBreaker
    """Of requests; it learns nothing from look-ups, which may work while refunds are down."""
    look_up_breaker: CircuitBreaker

    def __call__(self, refund: Refund, *, may_request: bool, deadline: int) -> bool:
        """Look up, request where that is permitted, store what came of it.

        Returns whether an outcome is stored, so that nothing more is owed for the message.
        ``refund`` is the refund as the claim left it; ``deadline`` (ms UTC) is when the worker is
        stopped.
        """
        settled = self._settle_unrequested(refund, may_request=may_request)
        decision = (
            self._request(refund, settled.found, deadline)
            if isinstance(settled, _Request)
            else settled
        )
        # A claim that may request, and requested nothing, does not count as one that may have.
        uncounted = may_request and (decision is settled or isinstance(decision, NotRequested))
        return self.store(refund, decision, deadline=deadline, uncounted=uncounted)

    def store(
        self, refund: Refund, decision: RefundDecision, *, deadline: int, uncounted: bool = False
    ) -> bool:
        """Store a decision; return whether it is an outcome and was stored."""
        if isinstance(decision, RefundPending) and not self.policy.can_look_up:
            # Nothing but an operator will ever learn what comes of it.
            tell_without_word("look_up_refund", refund, "processing_without_look_up")
        ask_again = self._ask_again if self.policy.can_look_up else None
        store = StoreRefund(self.outcomes, self.clock, self.policy.charge, ask_again)
        return store(refund, decision, deadline=deadline, uncounted=uncounted)

    def peek(self, refund: Refund) -> RefundDecision:
        """Look up a refund that the payment service decides in days: its next look-up is news."""
        answer = self.look_up(refund)
        if isinstance(answer, (Refunded, NotRefunded)):
            return self.policy.after_answer(refund, answer, looked_up=True)
        if self.policy.charge.is_processing_too_long(refund, self.clock.now()):
            return NeedsReview("processing_too_long")
        if isinstance(answer, RefundPending):
            return answer
        return StillProcessing(answer.reason if isinstance(answer, Unknown) else "not_found")

    def _settle_unrequested(
        self, refund: Refund, *, may_request: bool
    ) -> RefundDecision | _Request:
        """Return what is to be stored without a request, or that the refund is to be requested."""
        if not refund.is_of(self.service.name):
            return NeedsReview("other_service")
        if not self.service.can_refund:
            return NeedsReview("cannot_refund")
        charge, found = self.policy.charge, None
        if self.policy.can_look_up and not charge.is_first_request(refund):
            # An earlier request may have been sent, so it is asked about first.
            answer = self.look_up(refund)
            if isinstance(answer, (Refunded, RefundPending, NotRefunded)):
                return self.policy.after_answer(refund, answer, looked_up=True)
            found = answer
        now = self.clock.now()
        stop = charge.before_request(refund, now, found)
        if stop is None and may_request:
            return _Request(found)
        may_repeat = charge.may_repeat_after(found, refund, now)
        ended = None if may_repeat else self._refused_for_good(refund, found)
        return ended or stop or NotRequested("left_to_queue")

    def _request(
        self, refund: Refund, found: NotFound | Unknown | None, deadline: int
    ) -> RefundDecision:
        started, charge = self.clock.now(), self.policy.charge
        if not charge.has_time_for_request(started, deadline):
            return NotRequested("no_time_left")
        if not charge.lease_covers_request(refund, started):
            return NotRequested("lease_too_short")
        said = self.service.refund(refund)
        answer = learn("refund", refund, said, self.breaker, charge, self.clock.now())
        # Before anything is stored: if that fails, the log at least has the proof.
        fields = {
            **refund.log_fields,
            "answer": type(answer).__name__,
            "refund_ms": self.clock.now() - started,
            "reference": answer.reference if isinstance(answer, Refunded) else None,
        }
        _log.info("refund_answered", extra={"event": "refund_answered", **fields})
        decision = self.policy.after_answer(refund, answer, looked_up=False)
        if isinstance(decision, Unknown) and decision.without_word and not decision.refuses_us:
            return self._refused_for_good(refund, found) or decision
        return decision

    def _refused_for_good(
        self, refund: Refund, found: NotFound | Unknown | None
    ) -> NeedsReview | None:
        """Call an operator once refusals without a word have outlasted a gateway's blip.

        Not while the payment service may yet say what became of the refund.
        """
        is_unknown = nobody_knows(found, can_look_up=self.policy.can_look_up)
        if is_unknown and self.policy.charge.is_refused_for_good(refund, self.clock.now()):
            return NeedsReview("refused_without_word")
        return None

    def _ask_again(self, refund: Refund) -> RefundDecision | NotFound:
        """Ask once more about a refund of which proof and a no are known."""
        said_now = self.look_up(refund)
        if isinstance(said_now, NotFound):
            return said_now
        return self.policy.after_answer(refund, said_now, looked_up=True)

    def look_up(self, refund: Refund) -> RefundLookUp:
        """Ask what became of a refund, and tell the breaker whether the service is there."""
        said = self.service.look_up_refund(refund)
        charge, now = self.policy.charge, self.clock.now()
        return learn("look_up_refund", refund, said, self.look_up_breaker, charge, now)
