"""Lambda: one deployment after the other, and execution environments that are kept or die."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from checkout_runtime.adapters.aws import AwsError
from simulator.applications import erase_buyer, take_order_in
from simulator.deployment import FUNCTION_TIMEOUTS_MS
from simulator.execution import Environment
from simulator.runtimes import runtime_named
from simulator.world_state import WorldState

__all__ = ["Context", "Functions"]

_FAILURES = (AwsError, TimeoutError)
"""What an invocation may end with where AWS does not answer."""
_APPLICATIONS = {"take_order_in": take_order_in, "erase_buyer": erase_buyer}


class Context:
    """What Lambda hands to a handler with the event."""

    def __init__(self, world: WorldState, ends_at: int) -> None:
        self._world = world
        self._ends_at = ends_at

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda counts it: by its own clock, not by the environment's."""
        return max(self._ends_at - self._world.now(), 0)


class Functions:
    """Invokes handlers in execution environments of the version that is deployed."""

    def __init__(self, world: WorldState, runtime: str, settings: Mapping[str, str]) -> None:
        self._world = world
        self._environments = 0
        self._oversleeping: set[Environment] = set()
        self.deploy(runtime, settings)

    @property
    def are_awake(self) -> bool:
        """Whether no environment sleeps past its function's timeout."""
        return not self._oversleeping

    def deploy(self, runtime: str, settings: Mapping[str, str]) -> None:
        """Replace every environment; those that are at work end what they are at."""
        self._runtime = runtime_named(runtime)
        self.settings = settings
        """The environment variables of what is deployed."""
        self._idle: dict[str, list[Environment]] = {}

    def invoke(self, function: str, event: dict[str, Any], on_end: Callable[[Any], None]) -> None:
        """Run a handler in an execution environment; ``on_end`` gets its answer, or None."""
        world, idle = self._world, self._idle
        environment = self._free_environment(function)
        runtime = environment.runtime
        handler = _APPLICATIONS.get(function) or runtime.handlers[function]
        failures: tuple[type[BaseException], ...] = (*_FAILURES, *runtime.failures)
        ends_at = world.now() + FUNCTION_TIMEOUTS_MS[function]
        ended = False
        environment.began_at = world.now()
        world.busy += 1

        def end(result: Any) -> None:
            nonlocal ended
            if not ended:
                ended = True
                world.busy -= 1
                on_end(result)

        def work() -> None:
            try:
                result = handler(event, Context(world, ends_at))
            except failures as problem:
                world.say(environment.name, f"fails: {type(problem).__name__}")
                result = None
            if not ended:
                idle.setdefault(function, []).append(environment)
            self._oversleeping.discard(environment)
            end(result)

        def time_out() -> None:
            if not ended:
                if environment not in self._oversleeping:
                    environment.alive = False
                end(None)

        environment.made["on death"] = lambda: world.scheduler.at(world.now(), lambda: end(None))
        world.scheduler.spawn(environment, work)
        world.scheduler.at(ends_at, time_out)

    def crash(self) -> None:
        """End the current environment at once."""
        environment = self._world.environment()
        self._oversleeping.discard(environment)
        environment.made["on death"]()
        self._world.scheduler.die()

    def oversleep(self, milliseconds: int) -> None:
        """Let the current environment sleep past its function's timeout, and go on afterwards."""
        self._oversleeping.add(self._world.environment())
        self._world.scheduler.pause(milliseconds)
        self._world.news()

    def _free_environment(self, function: str) -> Environment:
        idle = self._idle.get(function)
        if idle:
            return idle.pop()
        skews = self._world.case.skews_ms
        self._environments += 1
        number = self._environments
        return Environment(
            function,
            number,
            skew_ms=skews[number % len(skews)],
            runtime=self._runtime,
            settings=self.settings,
        )
