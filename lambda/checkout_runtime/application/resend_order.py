"""Put an order on the queue again, under a body of its own."""

from __future__ import annotations

import logging
from enum import StrEnum

from checkout_runtime.application.ports import Clock, PaymentQueue
from checkout_runtime.application.unsettled_ports import UnsettledOrders
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import Record

__all__ = ["ResendOrder", "Resent"]

_log = logging.getLogger(__name__)


class Resent(StrEnum):
    """What came of it, in an operator's words."""

    SENT = "sent again"
    REFUSED = "not sent"
    MOVED_ON = "moved on"


class ResendOrder(Record):
    """Sends orders again."""

    unsettled: UnsettledOrders
    queue: PaymentQueue
    clock: Clock

    def __call__(self, order: Order, *, uncounted: bool = False) -> Resent:
        """Store the ordinal, then send: a body that SQS has not seen, so it is not swallowed.

        A resend that the queue refused is not counted towards the bound on the reconciler's
        resends, nor is one that is ``uncounted`` because somebody else asked for it.
        """
        resent = self.unsettled.begin_resend(order, self.clock.now(), uncounted=uncounted)
        if resent is None:
            return Resent.MOVED_ON
        message = PaymentMessage(resent.order_id, resent.attempt, resent.resend)
        refused = self.queue.send([message])
        if refused and not uncounted:
            self.unsettled.uncount_resend(resent)
        event = "order_not_resent" if refused else "order_resent"
        extra = {"event": event, "resend": resent.resend, **resent.log_fields}
        _log.warning(event, extra=extra)
        return Resent.REFUSED if refused else Resent.SENT
