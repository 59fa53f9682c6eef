"""Take messages from the payment queue, charge each order once, say which to deliver again.

Messages of one order are taken in order, orders side by side. A message that is not named in the
answer is deleted by Lambda: delete on success. A message is named unless the outcome that it asked
for is stored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from checkout_runtime.application.claim_attempt import ClaimAttempt, NotOpened, NotPayable
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import Changed
from checkout_runtime.application.ports import Clock, Executor, PaymentQueue
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.domain.message import PaymentMessage, UnreadableMessageError
from checkout_runtime.domain.operation_message import OperationMessage
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.pauses import retry_delay_seconds
from checkout_runtime.domain.record import Record

if TYPE_CHECKING:
    from checkout_runtime.application.process_refund import ProcessRefund

__all__ = ["ProcessPayments", "ReceivedMessage"]

_log = logging.getLogger(__name__)
_AT_ONCE = 0


class ReceivedMessage(Record):
    """One delivery of a message. Another delivery of it may be with another worker."""

    message_id: str
    group: str
    body: str
    receipt_handle: str
    receive_count: int
    first_received_at: int | None = None
    """Milliseconds UTC, by the queue's own clock."""


class RetryLater(Record):
    """Deliver the message again, after so many seconds."""

    delay_seconds: int


class ProcessPayments(Record):
    """Processes batches of the payment queue."""

    orders: Orders
    settle: SettleAttempt
    queue: PaymentQueue
    clock: Clock
    executor: Executor
    process_refund: Callable[[], ProcessRefund] | None = None
    """Makes what processes refunds, when the first one comes. None: their messages come again."""

    def __call__(
        self, messages: Sequence[ReceivedMessage], *, batch_id: str, deadline: int
    ) -> list[ReceivedMessage]:
        """Process a batch; return the messages to deliver again.

        ``batch_id`` is unique to this delivery of the batch, ``deadline`` (ms UTC) is when the
        worker is stopped. Returns only when every charge has ended.
        """
        self.settle.payment_service.prepare()
        by_group = attrgetter("group")
        groups = [list(group) for _, group in groupby(sorted(messages, key=by_group), by_group)]
        results = self.executor.run_all(
            [partial(self._process_group, group, batch_id, deadline) for group in groups]
        )
        returned = [pair for result in results for pair in result]
        if returned:
            self._return_to_queue(returned)
        return [message for message, _ in returned]

    def _process_group(
        self, group: Sequence[ReceivedMessage], batch_id: str, deadline: int
    ) -> list[tuple[ReceivedMessage, RetryLater]]:
        """Process one order's messages in order; what follows a failed one fails with it."""
        for position, message in enumerate(group):
            retry = self._process_in_isolation(message, batch_id, deadline)
            if retry is not None:
                return [(unprocessed, retry) for unprocessed in group[position:]]
        return []

    def _process_in_isolation(
        self, message: ReceivedMessage, batch_id: str, deadline: int
    ) -> RetryLater | None:
        try:
            return self._process(message, batch_id, deadline)
        except Exception:  # noqa: BLE001 - one order's trouble must not fail the other orders
            extra = {"event": "message_failed", "message_id": message.message_id}
            _log.exception("message_failed", extra=extra)
            return RetryLater(self._delay(message))

    def _process(self, message: ReceivedMessage, batch_id: str, deadline: int) -> RetryLater | None:
        """Return None once the outcome that the message asked for is stored."""
        try:
            operation = OperationMessage.from_body(message.body)
            if operation is not None:
                return self._operate(message, operation, batch_id, deadline)
            asked = PaymentMessage.from_body(message.body)
        except UnreadableMessageError as problem:
            return _unreadable(message, str(problem))
        now = self.clock.now()
        if not self.settle.policy.has_time_for_turn(now, deadline):
            return _retry_later(asked, "no_time_left", self._delay(message))
        with self.settle.breaker.turn(self.clock.now, asked.order_id) as permitted:
            if permitted:
                return self._settle(message, asked, batch_id, deadline)
        return _retry_later(asked, "payment_service_down", self._delay(message))

    def _operate(
        self, message: ReceivedMessage, asked: OperationMessage, batch_id: str, deadline: int
    ) -> RetryLater | None:
        """Carry out an operation on an order; its message is one of the order's group."""
        if self.process_refund is None:
            return _retry_later(asked, "no_refunds_here", self._delay(message))
        ended = self.process_refund()(
            asked,
            claim_id=f"{batch_id}/{message.message_id}",
            first_received_at=message.first_received_at if message.receive_count == 1 else None,
            deadline=deadline,
        )
        if ended is None:
            return None
        if ended.is_unreadable:
            return _unreadable(message, ended.reason)
        after = ended.after_seconds
        return _retry_later(asked, ended.reason, self._delay(message) if after is None else after)

    def _settle(
        self, message: ReceivedMessage, asked: PaymentMessage, batch_id: str, deadline: int
    ) -> RetryLater | None:
        # An earlier delivery that was not tried says nothing about when the first request was.
        is_first_delivery = message.receive_count == 1
        claim = self._claim_attempt(
            asked,
            claim_id=f"{batch_id}/{message.message_id}",
            first_received_at=message.first_received_at if is_first_delivery else None,
        )
        match claim:
            case Changed(order):
                stored = self.settle(order, may_charge=True, deadline=deadline)
            case NotPayable(order, decision):
                stored = self.settle.store(order, decision, deadline=deadline, uncounted=True)
            case NotOpened(reason):
                return _retry_later(asked, f"not_opened:{reason}", self._delay(message))
            case _:
                return self._without_claim(message, asked, claim.order, self.clock.now())
        return None if stored else RetryLater(self._delay(message))

    @property
    def _claim_attempt(self) -> ClaimAttempt:
        settle = self.settle
        return ClaimAttempt(
            self.orders,
            self.clock,
            settle.policy,
            settle.breaker,
            settle.payment_service.name,
            settle.intents,
        )

    def _without_claim(
        self, message: ReceivedMessage, asked: PaymentMessage, order: Order | None, now: int
    ) -> RetryLater | None:
        if order is None:
            return _unreadable(message, "names no order")
        if order.attempt < asked.attempt:
            # Only a table older than its messages shows this: one restored from a backup.
            return _retry_later(asked, "table_older_than_message", self._delay(message))
        if order.attempt == asked.attempt and order.status is OrderStatus.CHARGING:
            lease_ms = max((order.lease_expires_at or now) - now, 0)
            return _retry_later(asked, "claimed_by_another", -(-lease_ms // 1000))
        if order.status is OrderStatus.NEWER:
            return _retry_later(asked, "state_of_a_newer_version", self._delay(message))
        extra = {"event": "message_duplicate", "status": order.status, **order.log_fields}
        _log.info("message_duplicate", extra=extra)
        return None

    def _delay(self, message: ReceivedMessage) -> int:
        policy = self.settle.policy
        return retry_delay_seconds(
            policy.first_retry_seconds, policy.longest_retry_seconds, message.receive_count
        )

    def _return_to_queue(self, returned: Sequence[tuple[ReceivedMessage, RetryLater]]) -> None:
        delays = {message.receipt_handle: retry.delay_seconds for message, retry in returned}
        try:
            self.queue.make_visible_after(delays)
        except Exception:  # noqa: BLE001 - then the queue's visibility timeout returns them
            _log.exception("hand_back_failed", extra={"event": "hand_back_failed"})


def _unreadable(message: ReceivedMessage, reason: str) -> RetryLater:
    """Make it visible at once, again and again, until it has moved to the dead-letter queue."""
    _log.error(
        "message_unreadable",
        extra={
            "event": "message_unreadable",
            "message_id": message.message_id,
            "reason": reason,
            "receive_count": message.receive_count,
        },
    )
    return RetryLater(_AT_ONCE)


def _retry_later(
    asked: PaymentMessage | OperationMessage, reason: str, delay_seconds: int
) -> RetryLater:
    extra = {"event": "message_handed_back", "order_id": asked.order_id, "reason": reason}
    _log.info("message_handed_back", extra=extra)
    return RetryLater(delay_seconds)
