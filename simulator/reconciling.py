"""When EventBridge starts the reconciler, without running through time in which nothing is due."""

from __future__ import annotations

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

    def begin(self) -> None:
        """Start the first run when the schedule fires first."""
        self._world.scheduler.at(self._world.now() + EVERY_MS, self._fire)

    def _fire(self) -> None:
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
        world.scheduler.at(self._next(), self._fire)

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
    has_a_time = _is_processing(item) or item["status"]["S"] == "AUTHORIZED"
    is_at_its_time = item.get("unsettled_shard", {}).get("S", "").startswith("expire#")
    patience_ms = 0 if has_a_time or is_at_its_time else RECONCILED_AFTER_MS
    return int(item["unsettled_since"]["N"]) + patience_ms
