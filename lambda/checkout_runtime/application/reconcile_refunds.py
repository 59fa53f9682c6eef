"""Safety net of refunds: looks up, sends again, or calls an operator. It never requests a refund.

A run reads every lane from its beginning, the longest due first, until its time is over.
"""

from __future__ import annotations

import logging
from functools import partial

from checkout_runtime.application.claim_refund import claim_to_look_up
from checkout_runtime.application.order_records import IndexKey
from checkout_runtime.application.ports import Clock, Executor, PaymentQueue
from checkout_runtime.application.refund_ports import Refunds, UnsettledRefunds
from checkout_runtime.application.settle_refund import SettleRefund
from checkout_runtime.domain.decisions import NeedsReview
from checkout_runtime.domain.operation_message import OperationMessage
from checkout_runtime.domain.reconciliation import LookUp, Peek, Resend, Review
from checkout_runtime.domain.record import Record, replace
from checkout_runtime.domain.refund import Refund, RefundStatus

__all__ = ["ReconcileRefunds"]

_log = logging.getLogger(__name__)
_PAGE = 50
"""Refunds taken at once from a lane."""


class ReconcileRefunds(Record):
    """Reconciles the refunds of one deployed checkout."""

    refunds: Refunds
    unsettled: UnsettledRefunds
    settle: SettleRefund
    queue: PaymentQueue
    clock: Clock
    executor: Executor
    patience_seconds: int
    """Refunds younger than this are the queue's business."""

    def __call__(self, *, run_id: str, deadline: int) -> int:
        """Run until every lane is read or ``deadline`` (ms UTC) leaves no time for a turn.

        Returns how many refunds were acted on.
        """
        levels = self._levels()
        self.settle.service.prepare()
        acted = 0
        for lane in range(self.unsettled.lanes):
            after: IndexKey | None = None
            while not self._out_of_time(deadline):
                page = self.unsettled.due(
                    lane,
                    self.clock.now(),
                    patience_ms=self.patience_seconds * 1000,
                    limit=_PAGE,
                    after=after,
                )
                steps = [partial(self._step, each, run_id, deadline) for each in page.refunds]
                acted += sum(self.executor.run_all(steps))
                after = page.next_key
                if after is None:
                    break
        _log.info("refund_gauge", extra={"event": "refund_gauge", **levels})
        return acted

    def _out_of_time(self, deadline: int) -> bool:
        return not self.settle.policy.charge.has_time_for_turn(self.clock.now(), deadline)

    def _step(self, refund: Refund, run_id: str, deadline: int) -> bool:
        if self._out_of_time(deadline):
            return False
        try:
            return self._take_step(refund, run_id, deadline)
        except Exception:  # noqa: BLE001 - one refund's trouble must not stop the others
            extra = {"event": "reconcile_failed", **refund.log_fields}
            _log.exception("reconcile_failed", extra=extra)
            return False

    def _take_step(self, refund: Refund, run_id: str, deadline: int) -> bool:
        now, service = self.clock.now(), self.settle.service.name
        patience = self.patience_seconds
        step = self.settle.policy.step_for(refund, now, service, patience_seconds=patience)
        match step:
            case LookUp() | Peek():
                return self._ask(step, refund, run_id, deadline)
            case Resend():
                if self.settle.look_up_breaker.is_open(now):
                    return False
                self._resend(refund)
            case Review(reason):
                # An operator is called also while the payment service is down.
                held = self._held(refund, run_id)
                if held is not None:
                    self.settle.store(held, NeedsReview(reason), deadline=deadline)
            case _:
                return False
        return True

    def _ask(self, step: LookUp | Peek, refund: Refund, run_id: str, deadline: int) -> bool:
        """Take a step that asks the payment service, which is left alone while it is down."""
        # A probe that asked nothing, as the refund moved on, is the next one's.
        with self.settle.look_up_breaker.turn(self.clock.now) as permitted:
            if not permitted:
                return False
            if isinstance(step, Peek):
                self.settle.store(refund, self.settle.peek(refund), deadline=deadline)
                return True
            claimed = self._claim(refund, run_id)
            if claimed is not None and not self.settle(
                claimed, may_request=False, deadline=deadline
            ):
                self._resend(replace(claimed, status=RefundStatus.UNKNOWN))
        return True

    def _held(self, refund: Refund, run_id: str) -> Refund | None:
        """Return the refund under a claim. One that is ``PROCESSING`` needs none: its epoch fences
        what is stored, and the worker that requested it has stored that already."""
        is_processing = refund.status is RefundStatus.PROCESSING
        return refund if is_processing else self._claim(refund, run_id)

    def _claim(self, refund: Refund, run_id: str) -> Refund | None:
        policy = self.settle.policy.charge
        return claim_to_look_up(self.refunds, refund, run_id, self.clock.now(), policy)

    def _resend(self, refund: Refund) -> None:
        """Store the ordinal, then send: a body that SQS has not seen, so it is not swallowed."""
        resent = self.unsettled.begin_resend(refund, self.clock.now())
        if resent is None:
            return
        message = OperationMessage(resent.order_id, resent.refund_id, resent.resend)
        event = "refund_not_resent" if self.queue.send([message]) else "refund_resent"
        extra = {"event": event, "resend": resent.resend, **resent.log_fields}
        _log.warning(event, extra=extra)

    def _levels(self) -> dict[str, int]:
        """Return levels, not transitions: an alarm on them ends when the trouble does."""
        shards, now = range(self.unsettled.shards), self.clock.now()
        found = map(self.unsettled.oldest, shards)
        oldest = min((since for since in found if since is not None), default=now)
        return {
            "refunds_unsettled": sum(map(self.unsettled.count, shards)),
            "oldest_refund_seconds": max(now - oldest, 0) // 1000,
            "refunds_needing_review": sum(map(self.unsettled.count_in_review, shards)),
        }
