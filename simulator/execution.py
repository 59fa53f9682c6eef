"""Lambda execution environments for the real handlers, each with caches, clients and a clock.

A handler keeps what it made in ``functools.cache``: one of each in an execution environment. Here
each simulated environment has its own. The composition roots run as they are; what they take from
the machine (AWS clients, time, threads, HTTP, random ids, environment variables) is the world's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from checkout_runtime.adapters.aws import AwsService
from simulator.custom_module import machine
from simulator.runtimes import CURRENT, Machine, Runtime, runtime_named
from simulator.scheduler import Process

__all__ = ["Environment", "Surroundings", "current_environment", "inside"]

T = TypeVar("T")


class Surroundings(Protocol):
    """The world as an execution environment sees it."""

    @property
    def settings(self) -> Mapping[str, str]:
        """The environment variables of the current environment."""
        ...

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC, by the world's own clock."""
        ...

    def pause(self, seconds: float) -> None:
        """Let the current task wait."""
        ...

    def environment(self) -> Environment:
        """The execution environment that the current task runs in."""
        ...

    def aws_service(self, name: str, *, call_seconds: float | None = None) -> AwsService:
        """A service of AWS, for the current environment."""
        ...

    def exchange(self, *request: Any) -> Any:
        """Send one HTTP request to the payment service."""
        ...

    def unique_id(self) -> str:
        """An id that nothing else has."""
        ...

    def run_side_by_side(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Run tasks of the current environment side by side, each to its end."""
        ...


class Environment(Process):
    """One execution environment of one function."""

    def __init__(
        self,
        function: str,
        number: int,
        *,
        skew_ms: int = 0,
        runtime: Runtime | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{function}#{number}", skew_ms)
        self.function = function
        self.runtime = runtime or runtime_named(CURRENT)
        """The version of the code that it runs."""
        self.settings = settings or {}
        self.began_at = 0
        """When the function that runs here was invoked, by the world's own clock."""
        self.made: dict[Any, Any] = {}
        """What the composition roots made here."""


class _Clock:
    def now(self) -> int:
        return _world.now() + _world.environment().skew_ms

    def pause(self, seconds: float) -> None:
        _world.pause(seconds)


class _Executor:
    def __init__(self, threads: int) -> None:
        del threads

    def run_all(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        if len(tasks) == 1:
            return [tasks[0]()]
        return _world.run_side_by_side(tasks)


class _Lock:
    """A lock among the tasks of one environment, which take turns on one real thread."""

    _TURN_SECONDS = 0.01

    def __init__(self) -> None:
        self._held = False

    def __enter__(self) -> None:
        while self._held:
            _world.pause(self._TURN_SECONDS)
        self._held = True

    def __exit__(self, *_problem: object) -> None:
        self._held = False


class _Variables(Mapping[str, str]):
    def __getitem__(self, name: str) -> str:
        return _world.settings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_world.settings)

    def __len__(self) -> int:
        return len(_world.settings)


def _per_environment(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(*arguments: Any) -> Any:
        environment = _world.environment()
        key = (make, arguments)
        if key not in environment.made:
            environment.made[key] = make(*arguments)
        return environment.made[key]

    return made


_world: Surroundings
_MACHINE = Machine(
    clock=_Clock,
    executor=_Executor,
    lock=_Lock,
    variables=_Variables(),
    per_environment=_per_environment,
    aws_service=lambda name, **options: _world.aws_service(name, **options),
    exchange=lambda *request: _world.exchange(*request),
    unique_id=lambda: _world.unique_id(),
    seconds=lambda: _world.now() / 1000,
    pause=lambda seconds: _world.pause(seconds),
)


def current_environment() -> Environment:
    """Return the environment of the current task."""
    return _world.environment()


@contextmanager
def inside(world: Surroundings, runtimes: Sequence[str] = (CURRENT,)) -> Iterator[None]:
    """Let the handlers of some versions run in a world instead of on this machine."""
    global _world
    _world = world
    machine.send, machine.now = world.exchange, world.now
    undo = [runtime_named(name).run_on(_MACHINE) for name in runtimes]
    try:
        yield
    finally:
        for restore in undo:
            restore()
