"""Take one refund's message from the payment queue, and say whether it is to come again."""

from __future__ import annotations

import logging

from checkout_runtime.application.ports import Clock
from checkout_runtime.application.refund_ports import Refunds
from checkout_runtime.application.refund_records import NotClaimed
from checkout_runtime.application.settle_refund import SettleRefund
from checkout_runtime.domain.operation_message import OperationMessage
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.refund import Refund, RefundStatus

__all__ = ["NotSettledYet", "ProcessRefund"]

_log = logging.getLogger(__name__)


class NotSettledYet(Record):
    """Deliver the message again."""

    reason: str
    after_seconds: int | None = None
    """When it is worth while. None: as after any other try."""
    is_unreadable: bool = False
    """Whether no delivery will ever settle it."""


class ProcessRefund(Record):
    """Processes single messages."""

    refunds: Refunds
    settle: SettleRefund
    clock: Clock

    def __call__(
        self,
        asked: OperationMessage,
        *,
        claim_id: str,
        first_received_at: int | None,
        deadline: int,
    ) -> NotSettledYet | None:
        """Return None once the outcome that the message asked for is stored.

        ``claim_id`` is unique to this delivery; ``first_received_at`` is the queue's time of the
        first one, where this is the first; ``deadline`` (ms UTC) is when the worker is stopped.
        """
        now, charge = self.clock.now(), self.settle.policy.charge
        if not charge.has_time_for_turn(now, deadline):
            return NotSettledYet("no_time_left")
        with self.settle.breaker.turn(self.clock.now, asked.operation_id) as permitted:
            if not permitted:
                return NotSettledYet("payment_service_down")
            claimed = self.refunds.claim(
                asked.operation_id,
                claim_id=claim_id,
                now=now,
                lease_expires_at=now + charge.lease_seconds * 1000,
                first_received_at=first_received_at,
            )
            if isinstance(claimed, NotClaimed):
                return self._without_claim(claimed.refund, now)
            stored = self.settle(claimed, may_request=True, deadline=deadline)
            return None if stored else NotSettledYet("refund_unknown")

    @staticmethod
    def _without_claim(refund: Refund | None, now: int) -> NotSettledYet | None:
        if refund is None:
            return NotSettledYet("names no operation", is_unreadable=True)
        if refund.status is RefundStatus.REFUNDING:
            lease_ms = max((refund.lease_expires_at or now) - now, 0)
            return NotSettledYet("claimed_by_another", -(-lease_ms // 1000))
        if refund.status is RefundStatus.NEWER:
            return NotSettledYet("state_of_a_newer_version")
        extra = {"event": "message_duplicate", "status": refund.status, **refund.log_fields}
        _log.info("message_duplicate", extra=extra)
        return None
