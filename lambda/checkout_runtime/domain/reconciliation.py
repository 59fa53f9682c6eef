"""What the reconciler does about an order that did not settle in good time."""

from __future__ import annotations

from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.hold_policy import HoldPolicy
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.pauses import retry_delay_seconds
from checkout_runtime.domain.record import Record

__all__ = [
    "LONGEST_PAUSE_SECONDS",
    "MAX_RESENDS",
    "CancelAction",
    "Expire",
    "LookUp",
    "Peek",
    "ReconcilePolicy",
    "RemindToCapture",
    "Resend",
    "Review",
    "Step",
    "Wait",
]


class Wait(Record):
    """Nothing is due: the queue, a worker or the buyer is still at it."""


class LookUp(Record):
    """Ask the payment service what happened; resend if it does not know."""


class Peek(Record):
    """Ask the payment service whether there is news, without a claim; store nothing but that."""


class RemindToCapture(Record):
    """The end of a hold is near: announce that, once."""


class CancelAction(Record):
    """The buyer's time to act is over: end the attempt for good, or call an operator."""


class Resend(Record):
    """Put the order on the queue again: the message may be lost."""


class Review(Record):
    """No machine can decide: cancel the attempt where that can be done, else call an operator."""

    reason: str


class Expire(Record):
    """Nobody paid in time: give the order up."""


Step = Wait | LookUp | Peek | RemindToCapture | CancelAction | Resend | Review | Expire


class ReconcilePolicy(Record):
    """How patient the reconciler is."""

    charge: ChargePolicy
    reconcile_after_seconds: int
    """Orders younger than this are the queue's business."""
    can_look_up: bool
    expires_after_seconds: int | None = None
    """When an order is cancelled that nobody tried to pay, or that stays declined. None: never."""

    def step_for(self, order: Order, now: int, service: str) -> Step:
        """Return the one step that is due for this order; ``service`` is the deployed one's name.

        Never a charge: that is the consumer's, under the concurrency that it bounds.
        """
        if self._has_expired(order, now):
            return Expire()
        if order.status in _NOT_OURS or order.is_settled or self.charge.is_lease_live(order, now):
            return Wait()
        if not order.is_of(service):
            # Nothing that is waited for can be learned here.
            return Review("other_service")
        if order.status is OrderStatus.PROCESSING:
            return self._step_while_processing(order, now)
        if order.status is OrderStatus.AUTHORIZED:
            return self._step_while_held(order, now)
        if order.status is OrderStatus.ACTION_REQUIRED:
            return self._step_while_buyer_must_act(order, now)
        if now < self._due_at(order):
            return Wait()
        if order.status is OrderStatus.PENDING:
            return Resend() if self._may_resend(order) else Review("never_tried")
        if self.can_look_up:
            return LookUp()
        may_repeat = (
            HoldPolicy(self.charge).may_capture_unasked(order, now)
            if order.has_hold
            else self.charge.may_repeat_request(order, now)
        )
        if not may_repeat:
            return Review("key_retention_over")
        return Resend() if self._may_resend(order) else Review("resends_used_up")

    def _has_expired(self, order: Order, now: int) -> bool:
        """Whether nobody paid in time, and no money can be on its way."""
        if self.expires_after_seconds is None:
            return False
        if order.status is OrderStatus.DECLINED:
            return order.waits_for_its_time and now >= (order.expires_at or 0)
        is_untried = order.status is OrderStatus.PENDING and not order.attempt_claims
        if not is_untried or self.charge.is_quarantined(order):
            return False
        since = order.unsettled_since or order.accepted_at
        return now >= since + self.expires_after_seconds * 1000

    def _step_while_processing(self, order: Order, now: int) -> Step:
        if self.can_look_up:
            return Peek() if now >= (order.next_look_up_at or 0) else Wait()
        if self.charge.is_processing_too_long(order, now):
            return Review("processing_too_long")
        return Wait()

    def _step_while_held(self, order: Order, now: int) -> Step:
        if now < (order.next_look_up_at or 0):
            return Wait()
        if order.capture_reminded_at is None:
            return RemindToCapture()
        return Peek() if self.can_look_up else Review("hold_unclear")

    @staticmethod
    def _may_resend(order: Order) -> bool:
        return order.counted_resends < MAX_RESENDS

    def _step_while_buyer_must_act(self, order: Order, now: int) -> Step:
        deadline = order.action_deadline
        if deadline is None or now >= deadline:
            return CancelAction()
        if order.is_to_be_cancelled and self.can_look_up:
            # A worker that had claimed it before that stored what it learned.
            return LookUp()
        return Peek() if self.can_look_up else Wait()

    def _due_at(self, order: Order) -> int:
        last = order.resent_at or order.unsettled_since or order.accepted_at
        delay = retry_delay_seconds(
            self.reconcile_after_seconds,
            max(LONGEST_PAUSE_SECONDS, self.reconcile_after_seconds),
            order.counted_resends + 1,
        )
        return last + delay * 1000


_NOT_OURS = (OrderStatus.NEEDS_REVIEW, OrderStatus.NEWER)
MAX_RESENDS = 24
"""About a day of hourly resends; then an operator has to look why nothing comes of them."""
LONGEST_PAUSE_SECONDS = 60 * 60
"""An order is looked at once an hour at the least while it is unsettled."""
