"""The last net: find orders that did not settle, look them up, resend them, or call a person.

A run never charges. It ends within its time, and reports levels that alarms can watch.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from checkout_runtime.application.ports import (
    Changed,
    Clock,
    Executor,
    IndexKey,
    Orders,
    PaymentQueue,
    PaymentService,
    UnsettledOrders,
)
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.domain.charging import NeedsReview
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.reconciliation import LookUp, ReconcilePolicy, Resend, Review, Wait

__all__ = ["ReconcileOrders", "Reconciled"]

_log = logging.getLogger(__name__)
_PAGE = 50
"""Orders taken at once from a shard: small enough that a run passes every shard in turn."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run saw and did."""

    orders_seen: int
    orders_acted_on: int
    finished: bool
    """False where time ran out before every shard was read to its end."""


@dataclass(frozen=True, slots=True)
class ReconcileOrders:
    """Reconciles the orders of one deployed checkout."""

    orders: Orders
    unsettled: UnsettledOrders
    payment_service: PaymentService
    queue: PaymentQueue
    clock: Clock
    executor: Executor
    policy: ReconcilePolicy

    def __call__(self, *, run_id: str, deadline: int) -> Reconciled:
        """Run until every shard is read or ``deadline`` (ms UTC) leaves no time for a turn."""
        self._log_levels()
        self.payment_service.prepare()
        seen = acted = 0
        for page in self._pages():
            tasks = [partial(self._step, order, run_id, deadline) for order in page]
            acted += sum(self.executor.run_all(tasks))
            seen += len(page)
            if self._out_of_time(deadline):
                return Reconciled(seen, acted, finished=False)
        return Reconciled(seen, acted, finished=True)

    def _pages(self) -> Iterator[Sequence[Order]]:
        """Yield pages of old enough orders, a page of each shard in turn."""
        before = self.clock.now() - self.policy.reconcile_after_seconds * 1000
        places: dict[int, IndexKey | None] = dict.fromkeys(range(self.unsettled.shards))
        while places:
            for shard in list(places):
                page = self.unsettled.open_before(shard, before, _PAGE, places[shard])
                if page.orders:
                    yield page.orders
                if page.next_key is None:
                    del places[shard]
                else:
                    places[shard] = page.next_key

    def _out_of_time(self, deadline: int) -> bool:
        return deadline - self.clock.now() < self.policy.charge.turn_seconds * 1000

    def _step(self, order: Order, run_id: str, deadline: int) -> bool:
        if self._out_of_time(deadline):
            return False
        try:
            return self._take_step(order, run_id)
        except Exception:  # noqa: BLE001 - one order's trouble must not stop the others
            extra = {"event": "reconcile_failed", "order_id": order.order_id}
            _log.exception("reconcile_failed", extra=extra)
            return False

    def _take_step(self, order: Order, run_id: str) -> bool:
        match self.policy.step_for(order, self.clock.now()):
            case Wait():
                return False
            case Resend():
                self._resend(order)
            case LookUp():
                self._look_up(order, run_id)
            case Review(reason):
                claimed = self._claim(order, run_id)
                if claimed is not None:
                    self._settle.store(claimed, NeedsReview(reason))
        return True

    def _look_up(self, order: Order, run_id: str) -> None:
        claimed = self._claim(order, run_id)
        if claimed is not None and not self._settle(claimed, may_charge=False):
            current = self.orders.get(order.order_id)
            if current is not None and not current.is_settled:
                self._resend(current)

    def _claim(self, order: Order, run_id: str) -> Order | None:
        now = self.clock.now()
        result = self.orders.claim(
            order.order_id,
            order.attempt,
            claim_id=f"{run_id}/{order.order_id}",
            now=now,
            lease_expires_at=now + self.policy.charge.lease_seconds * 1000,
            to_look_up=True,
        )
        return result.order if isinstance(result, Changed) else None

    def _resend(self, order: Order) -> None:
        """Store the ordinal, then send: a body that SQS has not seen, so it is not swallowed."""
        resent = self.unsettled.begin_resend(order, self.clock.now())
        if resent is None:
            return
        self.queue.send([PaymentMessage(resent.order_id, resent.attempt, resent.resend)])
        extra = {"event": "order_resent", "order_id": order.order_id, "resend": resent.resend}
        _log.warning("order_resent", extra=extra)

    def _log_levels(self) -> None:
        """Report levels, not transitions: an alarm on them ends when the trouble does."""
        shards = range(self.unsettled.shards)
        now = self.clock.now()
        oldest = min(
            (since for since in map(self.unsettled.oldest_open, shards) if since is not None),
            default=now,
        )
        _log.info(
            "checkout_gauge",
            extra={
                "event": "checkout_gauge",
                "orders_unsettled": sum(map(self.unsettled.count_open, shards)),
                "oldest_unsettled_seconds": max(now - oldest, 0) // 1000,
                "orders_needing_review": sum(map(self.unsettled.count_in_review, shards)),
            },
        )

    @property
    def _settle(self) -> SettleAttempt:
        return SettleAttempt(self.orders, self.payment_service, self.clock, self.policy.charge)
