"""Requests of impatient clients: given up in time, and sent again until they are answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.boundaries import boundary_named
from simulator.cases import SECOND
from simulator.faults import Fault
from simulator.world_state import Invoke, WorldState

__all__ = ["MOST_TRIES", "Requests"]

PATIENCE_MS = 5 * SECOND
"""When the client gives up on an answer and sends the same request again."""
MOST_TRIES = 12


class Requests:
    """Sends requests to the API."""

    def __init__(self, world: WorldState, invoke: Invoke, most_tries: int = MOST_TRIES) -> None:
        self._world = world
        self._invoke = invoke
        self._most_tries = most_tries

    def at(
        self,
        after_ms: int,
        function: str,
        event: dict[str, Any],
        learn: Callable[[dict[str, Any]], None],
    ) -> None:
        """Send a request after a time; ``learn`` is told each answer."""
        world = self._world
        world.busy += 1
        world.scheduler.at(world.now() + after_ms, lambda: self._send(function, event, learn, 1))

    def _send(
        self,
        function: str,
        event: dict[str, Any],
        learn: Callable[[dict[str, Any]], None],
        tries: int,
    ) -> None:
        """Send a request; give up on its answer in time, and send it again."""
        world = self._world
        answered = False

        def settle(answer: Any) -> None:
            nonlocal answered
            if answered:
                return
            answered = True
            if answer is not None:
                learn(answer)
            if answer is not None and answer["statusCode"] != 503:
                world.busy -= 1
            elif tries < self._most_tries:
                world.scheduler.at(
                    world.now() + SECOND, lambda: self._send(function, event, learn, tries + 1)
                )
            else:
                world.busy -= 1

        fault = world.fault_at(boundary_named(f"API: {function}"))
        if fault is Fault.TWICE:
            self._invoke(function, event, lambda _answer: None)
        # A lost answer is one that the client does not get; the function runs all the same.
        self._invoke(function, event, settle if fault is not Fault.LOST else lambda _answer: None)
        world.scheduler.at(world.now() + PATIENCE_MS, lambda: settle(None))
