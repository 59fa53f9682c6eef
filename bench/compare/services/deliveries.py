"""Pushing an event to a function at least once: what Firehose, EventBridge and SNS all do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.compare.stage import Stage
from simulator.event_sources import AGAIN_AFTER_MS
from simulator.faults import Boundary, Fault


class Deliveries:
    """Invokes a function, again after each pause while it fails, and then gives the event up.

    At least once: now and then an event comes twice, though the function had succeeded.
    """

    def __init__(
        self,
        stage: Stage,
        service: str,
        function: str,
        pauses_ms: Sequence[int],
        give_up: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._stage = stage
        self._function = function
        self._pauses_ms = tuple(pauses_ms)
        self._give_up = give_up
        self._boundary = Boundary(f"{service}: {function}", (Fault.TWICE, Fault.AGAIN))

    def deliver(self, event: Mapping[str, Any]) -> None:
        """Deliver an event."""
        fault = self._stage.fault_at(self._boundary)
        self._try(event, 0)
        if fault is Fault.TWICE:
            self._repeat(event)
        if fault is Fault.AGAIN:
            self._stage.after(AGAIN_AFTER_MS, lambda: self._repeat(event))

    def _repeat(self, event: Mapping[str, Any]) -> None:
        self._stage.invoke(self._function, event, lambda _answer: None)

    def _try(self, event: Mapping[str, Any], failures: int) -> None:
        def ended(answer: Any) -> None:
            if answer is not None:
                return
            if failures == len(self._pauses_ms):
                self._give_up(event)
            else:
                self._stage.after(self._pauses_ms[failures], lambda: self._try(event, failures + 1))

        self._stage.invoke(self._function, event, ended)
