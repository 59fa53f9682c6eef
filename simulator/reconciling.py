"""When EventBridge starts the reconciler, without running through time in which nothing is due."""

from __future__ import annotations

from functools import partial
from typing import Any

from simulator.boundaries import boundary_named
from simulator.cases import HOUR, MINUTE
from simulator.deployment import RECONCILED_AFTER_MS
from simulator.faults import Fault
from simulator.promises import check_settled_in_time, has_bound
from simulator.world_state import Invoke, WorldState

__all__ = ["ReconcilerSchedule"]

EVERY_MS = 5 * MINUTE
"""As deployed."""
RARELY_MS = HOUR
"""The longest pause while nothing changes: an order that has been open for long is acted on once an
hour at most, so more runs would only find it not due."""
MORE_RARELY_MS = 4 * HOUR
"""Where no time is promised in which an order settles: an order may be open there for a day."""
_RECONCILE = boundary_named("schedule: reconcile_orders")


class ReconcilerSchedule:
    """Starts the reconciler every five minutes, and more rarely the longer nothing has changed."""

    def __init__(self, world: WorldState, invoke: Invoke) -> None:
        self._world = world
        self._invoke = invoke
        self._rarely_ms = RARELY_MS if has_bound(world.case) else MORE_RARELY_MS
        self._next_at = 0

    def begin(self) -> None:
        """Start the first run when the schedule fires first."""
        self._plan(self._world.now() + EVERY_MS)
        self._world.when_news = self._fire_soon

    def _plan(self, at: int) -> None:
        self._next_at = at
        self._world.scheduler.at(at, partial(self._fire, at))

    def _fire_soon(self) -> None:
        """After news, do not sleep through what only a run finds."""
        if self._next_at - self._world.now() > self._rarely_ms:
            self._plan(self._world.now() + EVERY_MS)

    def _fire(self, at: int) -> None:
        if at != self._next_at:
            return
        world = self._world
        check_settled_in_time(world)
        latest = world.now() + max(world.case.skews_ms)
        # A run that has nothing to find takes steps and shows nothing.
        found = (*self._open_items, *self._to_be_announced(), *world.stored_orders.expiring)
        if any(latest >= _due_at(item) for item in found):
            fault = world.fault_at(_RECONCILE)
            runs = 1 if fault is None else {Fault.TWICE: 2, Fault.LOST: 0}[fault]
            for _ in range(runs):
                self._invoke("reconcile_orders", {}, lambda _result: None)
        self._plan(self._next())

    @property
    def _open_items(self) -> list[dict[str, Any]]:
        stored = self._world.stored_orders
        return [*stored.open_orders.values(), *stored.open_refunds.values()]

    def _to_be_announced(self) -> list[dict[str, Any]]:
        """What the index has to be announced; what is in no partition is not found."""
        found = self._world.stored_orders.to_be_announced
        return [item for item in found if "unsettled_since" in item]

    def _next(self) -> int:
        world = self._world
        now = world.now()
        idle = now - world.last_news_at
        pause = min(max(idle // 4, EVERY_MS), self._rarely_ms)
        items = self._open_items
        if items and all(map(_is_processing, (*items, *self._to_be_announced()))):
            # None of these asynchronous payments is asked about before.
            pause = max(pause, min(map(_due_at, items)) - now)
        return now + -(-pause // EVERY_MS) * EVERY_MS


def _is_processing(item: dict[str, Any]) -> bool:
    return bool(item["status"]["S"] == "PROCESSING")


def _due_at(item: dict[str, Any]) -> int:
    """When a run of the reconciler finds an open order or refund in the index."""
    lane = item.get("unsettled_shard", {}).get("S", "")
    has_a_time = _is_processing(item) or lane.startswith(_BY_TIME_DUE)
    patience_ms = 0 if has_a_time else RECONCILED_AFTER_MS
    return int(item["unsettled_since"]["N"]) + patience_ms


_BY_TIME_DUE = ("expire#", "held#", "lapsing#")
"""Partitions whose sort key is when an order is due, but for that of ``PROCESSING`` ones."""
