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
        # A run that has nothing to find takes steps and shows nothing.
        if self._is_any_due():
            fault = world.fault_at(_RECONCILE)
            runs = 1 if fault is None else {Fault.TWICE: 2, Fault.LOST: 0}[fault]
            for _ in range(runs):
                self._invoke("reconcile_orders", {}, lambda _result: None)
        world.scheduler.at(self._next(), self._fire)

    def _next(self) -> int:
        world = self._world
        now = world.now()
        idle = now - world.last_news_at
        pause = min(max(idle // 4, EVERY_MS), self._rarely_ms)
        due = self._next_look_up_at()
        if due is not None and due > now + pause:
            # Nothing but asynchronous payments is open, and none of them is asked about before.
            pause = due - now
        return now + -(-pause // EVERY_MS) * EVERY_MS

    def _is_any_due(self) -> bool:
        """Whether a run could find an open order in the index."""
        now = self._world.now() + max(self._world.case.skews_ms)
        for item in self._open_orders():
            patience_ms = 0 if item["status"]["S"] == "PROCESSING" else RECONCILED_AFTER_MS
            if now >= int(item["unsettled_since"]["N"]) + patience_ms:
                return True
        return False

    def _next_look_up_at(self) -> int | None:
        """When the first of the open orders is due, if all of them are asynchronous payments."""
        items = self._open_orders()
        if not items or any(item["status"]["S"] != "PROCESSING" for item in items):
            return None
        return min(int(item["unsettled_since"]["N"]) for item in items)

    def _open_orders(self) -> list[dict[str, Any]]:
        orders = self._world.stored_orders
        return [orders.by_id[key] for key in orders.open_orders]
