"""Find out about a hold, and capture it where somebody asked for that.

The attempt was requested, and the payment service held the money. It is never requested again: a
capture is a request of its own, under a key of its own, and a hold is captured once.
"""

from __future__ import annotations

import logging

from checkout_runtime.application.ask_payment_service import AskPaymentService
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import CaptureRefused, Decision, NeedsReview, NotRequested
from checkout_runtime.domain.hold_policy import HoldPolicy
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    Authorized,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Unknown,
)
from checkout_runtime.domain.record import Record

__all__ = ["CaptureDue", "SettleHold", "known_hold"]

_log = logging.getLogger(__name__)


class CaptureDue(Record):
    """The hold is to be captured: nothing speaks against it."""

    hold: Authorized


class SettleHold(Record):
    """Settles single holds whose claim the caller has, or that nobody has asked anything of."""

    ask: AskPaymentService
    clock: Clock
    policy: ChargePolicy

    def __call__(
        self, order: Order, looked_up: Outcome | NotFound | None, *, may_charge: bool
    ) -> Decision | CaptureDue:
        """Return what is to be stored, or that the hold is to be captured.

        What the look-up says comes first. So a capture whose answer was lost is found, and a hold
        that is gone is not captured. None: the payment service cannot be asked. Where the look-up
        is broken, the capture is sent all the same, while its key makes it one.
        """
        now = self.clock.now()
        may_be_sent = HoldPolicy(self.policy).may_capture_after(looked_up, order, now)
        found = known_hold(order) if looked_up is None or may_be_sent else looked_up
        if isinstance(found, (Captured, Declined)):
            return self.policy.after_answer(order, found, looked_up=True)
        if not isinstance(found, Authorized):
            return self.unclear(order, found)
        if order.capture_asked_at is None:
            return self.policy.after_answer(order, found, looked_up=True)
        if looked_up is None and not HoldPolicy(self.policy).may_capture_unasked(order, now):
            return NeedsReview("key_retention_over")
        if not may_charge:
            return NotRequested("left_to_queue")
        return CaptureDue(found)

    def peek(self, order: Order) -> Decision:
        """Look up a hold that nothing was asked of, and return what is to be stored.

        Where nothing is learned it is looked up again, later.
        """
        found = self.ask.look_up(order)
        if isinstance(found, (Captured, Declined, Authorized)):
            return self.policy.after_answer(order, found, looked_up=True)
        unclear = self.unclear(order, found)
        return known_hold(order) if isinstance(unclear, NotRequested) else unclear

    def capture(self, order: Order, hold: Authorized, deadline: int) -> Decision:
        """Capture what was asked for, and return what is to be stored; ``deadline`` in ms UTC."""
        amount, started = order.capture_amount, self.clock.now()
        assert amount is not None
        if not self.policy.has_time_for_request(started, deadline):
            return NotRequested("no_time_left")
        if not self.policy.lease_covers_request(order, started):
            return NotRequested("lease_too_short")
        answer = self.ask.capture(order, amount)
        # Before anything is stored: if that fails, the log at least has the proof.
        fields = {
            **order.log_fields,
            "answer": type(answer).__name__,
            "capture_ms": self.clock.now() - started,
            "charge_id": answer.charge_id if isinstance(answer, Captured) else None,
        }
        _log.info("capture_answered", extra={"event": "capture_answered", **fields})
        if isinstance(answer, NotCharged):
            return CaptureRefused(hold, answer.code)
        if isinstance(answer, Declined) and not self.policy.keys_are_honoured:
            # It may be gone because an earlier request captured it: a look-up tells.
            return Unknown("answer_to_a_repeated_request")
        return self.policy.after_answer(order, answer, looked_up=False)

    def unclear(self, order: Order, found: Outcome | NotFound) -> NotRequested | NeedsReview:
        """Return that nothing was learned of a hold; once that has lasted, it is an operator's."""
        if HoldPolicy.is_unclear_too_long(order, found, self.clock.now()):
            return NeedsReview("hold_unclear")
        reason = found.reason if isinstance(found, Unknown) else type(found).__name__
        return NotRequested.after(f"hold_unclear:{reason}", found)


def known_hold(order: Order) -> Authorized:
    """Return the hold of an order as it is stored."""
    assert order.charge_id is not None
    assert order.capture_before is not None
    return Authorized(order.charge_id, order.amount, order.currency, order.capture_before)
