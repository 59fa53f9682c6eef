"""Safety net: finds orders that did not settle, looks them up, resends them, or calls an operator.

A run never charges. It ends within its time, and then reports levels that alarms can watch.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from checkout_runtime.application.announce_outcomes import AnnounceOutcomes
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import IndexKey
from checkout_runtime.application.ports import Clock, Executor, PaymentQueue
from checkout_runtime.application.release_order import ReleaseOrder
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.application.settle_unsettled import SettleUnsettled
from checkout_runtime.application.unsettled_ports import UnsettledOrders
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.reconciliation import ReconcilePolicy
from checkout_runtime.domain.record import Record

__all__ = ["ReconcileOrders", "Reconciled"]

_log = logging.getLogger(__name__)
_PAGE = 50
"""Orders taken at once from a lane: small enough that a run passes every lane in turn."""


class Reconciled(Record):
    """What one run saw and did."""

    orders_seen: int
    orders_acted_on: int
    finished: bool
    """False where time ran out before every lane was read to its end."""


class ReconcileOrders(Record):
    """Reconciles the orders of one deployed checkout."""

    orders: Orders
    unsettled: UnsettledOrders
    settle: SettleAttempt
    queue: PaymentQueue
    clock: Clock
    executor: Executor
    policy: ReconcilePolicy
    announce: AnnounceOutcomes | None = None
    """Announces what the relay did not. None: orders owe nothing."""

    def release(self, order_ids: Sequence[str]) -> list[str]:
        """An operator's redrive: find out again about orders in review; return those released.

        Charges nothing by itself, and never blindly later: each order comes back as ``UNKNOWN``.
        """
        release = ReleaseOrder(
            self.orders, self.settle.payment_service, self.clock, self.policy.charge
        )
        found = [order for order in map(self.orders.get, order_ids) if order is not None]
        in_review = [order for order in found if order.status is OrderStatus.NEEDS_REVIEW]
        return [order.order_id for order in in_review if isinstance(release(order), Order)]

    def __call__(self, *, run_id: str, deadline: int) -> Reconciled:
        """Run until every lane is read or ``deadline`` (ms UTC) leaves no time for a turn.

        A run that ran out of time leaves a bookmark, at which the next one goes on. The levels that
        it found are reported when it ends: a run that fails is one that reported nothing.
        """
        levels = self._levels()
        self.settle.payment_service.prepare()
        places = self.unsettled.bookmark()
        goes_on = bool(places)
        places = places or dict.fromkeys(range(self.unsettled.lanes))
        seen = acted = 0
        while places and not self._out_of_time(deadline):
            for lane in list(places):
                steps = self._next_page(places, lane, run_id, deadline)
                seen += len(steps)
                acted += sum(steps)
        if places or goes_on:
            self.unsettled.leave_bookmark(places)
        _log.info("checkout_gauge", extra={"event": "checkout_gauge", **levels})
        return Reconciled(seen, acted, finished=not places)

    def _next_page(
        self, places: dict[int, IndexKey | None], lane: int, run_id: str, deadline: int
    ) -> list[bool]:
        """Take a step for each order of a lane's next page; return which were acted on.

        ``places`` holds the lanes that are not read to their end, and where to go on. A page that
        time ran out on is read again by the next run.
        """
        now, patience_ms = self.clock.now(), self.policy.reconcile_after_seconds * 1000
        page = self.unsettled.due(
            lane,
            now,
            patience_ms=patience_ms,
            limit=_PAGE,
            after=places[lane],
        )
        steps = [partial(self._step, order, run_id, deadline) for order in page.orders]
        acted = self.executor.run_all(steps)
        if self.announce is not None:
            self.announce(page.orders, owed_since=now - patience_ms)
        if self._out_of_time(deadline):
            return acted
        if page.next_key is None:
            del places[lane]
        else:
            places[lane] = page.next_key
        return acted

    def _out_of_time(self, deadline: int) -> bool:
        return not self.policy.charge.has_time_for_turn(self.clock.now(), deadline)

    def _step(self, order: Order, run_id: str, deadline: int) -> bool:
        if self._out_of_time(deadline):
            return False
        try:
            return self._take_step(order, run_id, deadline)
        except Exception:  # noqa: BLE001 - one order's trouble must not stop the others
            extra = {"event": "reconcile_failed", "order_id": order.order_id}
            _log.exception("reconcile_failed", extra=extra)
            return False

    def _take_step(self, order: Order, run_id: str, deadline: int) -> bool:
        settle_unsettled = SettleUnsettled(
            self.orders, self.unsettled, self.settle, self.queue, self.clock, self.policy
        )
        return settle_unsettled(order, run_id, deadline)

    def _levels(self) -> dict[str, int]:
        """Return levels, not transitions: an alarm on them ends when the trouble does."""
        shards = range(self.unsettled.shards)
        now = self.clock.now()
        oldest = min(
            (since for since in map(self.unsettled.oldest_open, shards) if since is not None),
            default=now,
        )
        return {
            "orders_unsettled": sum(map(self.unsettled.count_open, shards)),
            "orders_processing": sum(map(self.unsettled.count_processing, shards)),
            "oldest_unsettled_seconds": max(now - oldest, 0) // 1000,
            "holds_lapsing": sum(map(self.unsettled.count_lapsing, shards)),
            "orders_needing_review": sum(map(self.unsettled.count_in_review, shards)),
            **self._overdue_announcements(now),
        }

    def _overdue_announcements(self, now: int) -> dict[str, int]:
        """Return how many settled orders have owed an announcement for too long, and the oldest."""
        shards = range(self.unsettled.shards)
        before = now - self.policy.reconcile_after_seconds * 1000
        oldest = {each: self.unsettled.oldest_announcement(each) or now for each in shards}
        overdue = [shard for shard, since in oldest.items() if since <= before]
        return {
            "announcements_overdue": sum(
                self.unsettled.count_announcements(shard, before) for shard in overdue
            ),
            "oldest_announcement_seconds": max(now - min(oldest.values()), 0) // 1000,
        }
