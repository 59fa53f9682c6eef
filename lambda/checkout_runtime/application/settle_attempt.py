"""Find out about one claimed payment attempt and store it: the step where money moves."""

import logging
from dataclasses import dataclass
from typing import TypeVar

from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.ports import AttemptOpening, Clock, Outcomes, PaymentService
from checkout_runtime.domain.charging import (
    ChargePolicy,
    Decision,
    Mismatched,
    NeedsReview,
)
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotFound,
    Outcome,
    Unknown,
)

__all__ = ["SettleAttempt"]

_log = logging.getLogger(__name__)
_NOT_ACTED = "action_not_taken"
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class SettleAttempt:
    """Settles attempts whose claim the caller holds."""

    outcomes: Outcomes
    payment_service: PaymentService
    clock: Clock
    policy: ChargePolicy
    breaker: CircuitBreaker
    opening: AttemptOpening | None = None
    """Where the payment service needs an attempt to be opened before it is claimed."""

    def __call__(self, order: Order, *, may_charge: bool) -> bool:
        """Look up, charge where that is permitted, store what came of it.

        Returns whether an outcome is stored, so that nothing more is owed for this attempt.
        ``order`` is the order as the claim left it.
        """
        return self.store(order, self._decide(order, may_charge=may_charge))

    def end_action(self, order: Order) -> bool:
        """End an attempt whose buyer did not act in time; return whether an outcome is stored.

        Declined only where the payment service gave it up for good: the buyer may act yet.
        """
        answer = self._cancel(order)
        if isinstance(answer, Cancelled):
            return self.store(order, Declined(_NOT_ACTED))
        if isinstance(answer, (Captured, Declined)):
            return self.store(order, self.policy.after_answer(order, answer, looked_up=True))
        if self.payment_service.can_cancel and self.policy.may_repeat_request(
            order, self.clock.now()
        ):
            return self.store(order, Unknown("not_cancelled"))
        return self.store(order, NeedsReview(_NOT_ACTED))

    def peek(self, order: Order) -> Decision | None:
        """Look an order up whose buyer has to act; return news, or None if there are none."""
        answer = self._learned(self.payment_service.look_up(order.known_as))
        if isinstance(answer, (Captured, Declined)):
            return self.policy.after_answer(order, answer, looked_up=True)
        return None

    def store(self, order: Order, decision: Decision) -> bool:
        """Store a decision under the claim; return whether it is an outcome and was stored."""
        now = self.clock.now()
        match decision:
            case Captured():
                return self._store_capture(order, decision)
            case Mismatched(captured):
                self.outcomes.record_mismatch(order, captured, now)
                _record(logging.ERROR, "order_needs_review", order, reason="capture_mismatch")
                return True
            case Declined(code):
                stored = self.outcomes.record_decline(order, code, now)
                event, detail = "charge_declined", {"decline_code": code}
            case ActionRequired(action_url):
                deadline = now + self.policy.action_seconds * 1000
                stored = self.outcomes.record_action_required(order, action_url, deadline, now)
                event, detail = "charge_action_required", {}
            case NeedsReview(reason):
                stored = self.outcomes.record_review(order, reason, now)
                event, detail = "order_needs_review", {"reason": reason}
            case Unknown(reason):
                self.outcomes.record_unknown(order, now)
                _record(logging.WARNING, "charge_unknown", order, reason=reason)
                return False
        if not stored:
            _record(logging.WARNING, "claim_lost", order, would_be=event)
            return False
        level = logging.ERROR if event == "order_needs_review" else logging.INFO
        _record(level, event, order, **detail)
        return True

    def _store_capture(self, order: Order, captured: Captured) -> bool:
        record = self.outcomes.record_capture(order, captured, self.clock.now())
        if record.stray:
            _record(logging.ERROR, "charge_stray", order, charge_id=captured.charge_id)
        else:
            _record(logging.INFO, "charge_captured", order, charge_id=captured.charge_id)
        return True

    def _decide(self, order: Order, *, may_charge: bool) -> Decision:
        if order.payment_reference is not None and self.opening is None:
            # Whoever opened it may have charged it, and can only be asked by name.
            return NeedsReview("opened_at_another_service")
        found = self._look_up(order)
        if isinstance(found, (Captured, Declined, ActionRequired)):
            return self.policy.after_answer(order, found, looked_up=True)
        unclear = found if isinstance(found, (NotFound, Unknown)) else None
        stop = self.policy.before_request(order, self.clock.now(), unclear)
        if stop is not None:
            return stop
        if isinstance(unclear, Unknown):
            return Unknown(f"look_up_unanswered:{unclear.reason}")
        if not may_charge:
            return Unknown("left_to_the_queue")
        answer = self._charge(order)
        return self.policy.after_answer(order, answer, looked_up=False)

    def _look_up(self, order: Order) -> Outcome | NotFound | None:
        """Ask first wherever an earlier request may have been sent."""
        if self.policy.is_first_request(order) or not self.payment_service.can_look_up:
            return None
        return self._learned(self.payment_service.look_up(order.known_as))

    def _cancel(self, order: Order) -> Outcome | NotFound | Cancelled:
        if self.payment_service.can_cancel:
            return self._learned(self.payment_service.cancel(order.known_as))
        if self.payment_service.can_look_up:
            return self._learned(self.payment_service.look_up(order.known_as))
        return NotFound()

    def _charge(self, order: Order) -> Outcome:
        started = self.clock.now()
        answer = self._learned(self.payment_service.charge(order))
        # Before anything is stored: if that fails, the log at least has the proof.
        _record(
            logging.INFO,
            "charge_answered",
            order,
            answer=type(answer).__name__,
            charge_ms=self.clock.now() - started,
            charge_id=answer.charge_id if isinstance(answer, Captured) else None,
        )
        return answer

    def _learned(self, answer: A) -> A:
        down = isinstance(answer, Unknown) and answer.unavailable
        self.breaker.record(available=not down, now=self.clock.now())
        return answer


def _record(level: int, event: str, order: Order, **detail: object) -> None:
    _log.log(level, event, extra={"event": event, **order.log_fields, **detail})
