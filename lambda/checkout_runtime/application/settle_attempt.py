"""Find out about one claimed payment attempt and store it: the step where money moves."""

import logging
from dataclasses import dataclass

from checkout_runtime.application.ports import Clock, Orders, PaymentService
from checkout_runtime.domain.charging import (
    ChargePolicy,
    Decision,
    Mismatched,
    NeedsReview,
    is_first_request,
)
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Captured,
    Declined,
    NotFound,
    Outcome,
    Unknown,
)

__all__ = ["SettleAttempt"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SettleAttempt:
    """Settles attempts whose claim the caller holds."""

    orders: Orders
    payment_service: PaymentService
    clock: Clock
    policy: ChargePolicy

    def __call__(self, order: Order, *, may_charge: bool) -> bool:
        """Look up, charge where that is permitted, store what came of it.

        Returns whether an outcome is stored, so that nothing more is owed for this attempt.
        ``order`` is the order as the claim left it.
        """
        return self.store(order, self._decide(order, may_charge=may_charge))

    def store(self, order: Order, decision: Decision) -> bool:
        """Store a decision under the claim; return whether it is an outcome and was stored."""
        match decision:
            case Captured():
                return self._store_capture(order, decision)
            case Mismatched(captured):
                self.orders.record_mismatch(order, captured, self.clock.now())
                _record(logging.ERROR, "order_needs_review", order, reason="capture_mismatch")
                return True
            case Declined(code):
                stored = self.orders.record_decline(order, code)
                event, detail = "charge_declined", {"decline_code": code}
            case ActionRequired(action_url):
                stored = self.orders.record_action_required(order, action_url)
                event, detail = "charge_action_required", {}
            case NeedsReview(reason):
                stored = self.orders.record_review(order, reason)
                event, detail = "order_needs_review", {"reason": reason}
            case Unknown(reason):
                self.orders.record_unknown(order)
                _record(logging.WARNING, "charge_unknown", order, reason=reason)
                return False
        if not stored:
            _record(logging.WARNING, "claim_lost", order, would_be=event)
            return False
        level = logging.ERROR if event == "order_needs_review" else logging.INFO
        _record(level, event, order, **detail)
        return True

    def _store_capture(self, order: Order, captured: Captured) -> bool:
        record = self.orders.record_capture(order, captured, self.clock.now())
        if record.stray:
            _record(logging.ERROR, "charge_stray", order, charge_id=captured.charge_id)
        else:
            _record(logging.INFO, "charge_captured", order, charge_id=captured.charge_id)
        return True

    def _decide(self, order: Order, *, may_charge: bool) -> Decision:
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
        if is_first_request(order) or not self.payment_service.can_look_up:
            return None
        return self.payment_service.look_up(order.payment_key)

    def _charge(self, order: Order) -> Outcome:
        started = self.clock.now()
        answer = self.payment_service.charge(order)
        _record(
            logging.INFO,
            "charge_answered",
            order,
            answer=type(answer).__name__,
            charge_ms=self.clock.now() - started,
        )
        return answer


def _record(level: int, event: str, order: Order, **detail: object) -> None:
    extra = {"event": event, "order_id": order.order_id, "attempt": order.attempt, **detail}
    _log.log(level, event, extra=extra)
