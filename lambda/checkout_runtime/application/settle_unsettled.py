"""Take the one step that is due for an order that did not settle in good time. Never a charge."""

from __future__ import annotations

import logging
from functools import partial

from checkout_runtime.application.ask_unsettled import AskUnsettled
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import Changed
from checkout_runtime.application.ports import Clock, PaymentQueue
from checkout_runtime.application.resend_order import ResendOrder
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.application.unsettled_ports import UnsettledOrders
from checkout_runtime.domain.hold_policy import HoldPolicy
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.reconciliation import (
    CancelAction,
    Expire,
    LookUp,
    Peek,
    ReconcilePolicy,
    RemindToCapture,
    Resend,
    Review,
    Wait,
)
from checkout_runtime.domain.record import Record, replace
from checkout_runtime.domain.transitions import BY_EXPIRY, CancelReason

__all__ = ["SettleUnsettled"]

_log = logging.getLogger(__name__)


class SettleUnsettled(Record):
    """Settles single orders: looks them up, sends them again, or calls an operator."""

    orders: Orders
    unsettled: UnsettledOrders
    settle: SettleAttempt
    queue: PaymentQueue
    clock: Clock
    policy: ReconcilePolicy

    def __call__(self, order: Order, run_id: str, deadline: int) -> bool:
        """Take the step that is due; return whether there was one that could be taken.

        ``deadline`` (ms UTC) is when the function is stopped.
        """
        step = self.policy.step_for(order, self.clock.now(), self.settle.payment_service.name)
        if isinstance(step, Wait):
            return False
        if isinstance(step, LookUp | Peek | CancelAction):
            # The payment service is left alone while it is down.
            question = partial(self._ask_about, step, order, run_id, deadline)
            return self._ask.unless_down(question, otherwise=False)
        match step:
            case Expire():
                return self._expire(order)
            case Resend():
                if self.settle.look_up_breaker.is_open(self.clock.now()):
                    return False
                self._resend(order)
            case RemindToCapture():
                self._remind(order)
            case Review(reason):
                # An operator is called also while the payment service is down.
                claimed = self._ask.held(order, run_id)
                if claimed is not None:
                    ended = self.settle.end(claimed, reason)
                    self.settle.store(claimed, ended, deadline=deadline)
        return True

    def _ask_about(
        self, step: LookUp | Peek | CancelAction, order: Order, run_id: str, deadline: int
    ) -> bool:
        match step:
            case LookUp():
                self._look_up(order, run_id, deadline)
            case Peek():
                news = self.settle.peek(order)
                if news is not None:
                    self._ask.store_news(order, news, run_id, deadline)
            case CancelAction():
                claimed = self._ask.claim(order, run_id)
                if claimed is not None:
                    ended = self.settle.end_action(claimed)
                    self.settle.store(claimed, ended, deadline=deadline)
        return True

    def _expire(self, order: Order) -> bool:
        """Give the order up, unless somebody pays it at this moment.

        One from before a restore is asked about first, as somebody may have paid it since.
        """
        now, reason = self.clock.now(), CancelReason.EXPIRED
        if self.policy.charge.is_quarantined(order):
            event = "order_cancel_asked"
            result = self.orders.ask_to_cancel(order, by=BY_EXPIRY, now=now)
        else:
            event = "order_cancelled"
            result = self.orders.cancel_at_once(order, by=BY_EXPIRY, reason=reason, now=now)
        if not isinstance(result, Changed):
            return False
        _log.info(event, extra={"event": event, "reason": reason, **result.order.log_fields})
        return True

    def _look_up(self, order: Order, run_id: str, deadline: int) -> None:
        claimed = self._ask.claim(order, run_id)
        if claimed is not None and not self.settle(claimed, may_charge=False, deadline=deadline):
            self._resend(replace(claimed, status=OrderStatus.UNKNOWN))

    def _remind(self, order: Order) -> None:
        now = self.clock.now()
        assert order.capture_before is not None
        due = HoldPolicy.next_look_up_at(order.capture_before, now)
        if self.settle.outcomes.holds.record_capture_due(order, due, now):
            _log.warning("capture_due", extra={"event": "capture_due", **order.log_fields})

    def _resend(self, order: Order) -> None:
        ResendOrder(self.unsettled, self.queue, self.clock)(order)

    @property
    def _ask(self) -> AskUnsettled:
        return AskUnsettled(self.orders, self.settle, self.clock)
