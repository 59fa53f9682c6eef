"""Lambda execution environments for the real handlers, each with caches, clients and a clock.

A handler keeps what it made in ``functools.cache``: one of each in an execution environment. Here
each simulated environment has its own. The composition roots run as they are; what they take from
the machine (AWS clients, time, threads, HTTP, random ids, environment variables) is the world's.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any, Protocol, TypeVar

from checkout_runtime.adapters import sqs_payment_queue, stripe_client
from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.handlers import parts, settings
from tests.simulation.scheduler import Process

__all__ = ["FUNCTIONS", "Environment", "Surroundings", "inside", "who_calls"]

T = TypeVar("T")

FUNCTIONS = (
    "place_order",
    "get_order",
    "start_payment_attempt",
    "resume_payment",
    "relay_orders",
    "process_payments",
    "reconcile_orders",
)


class Surroundings(Protocol):
    """The world as an execution environment sees it."""

    @property
    def settings(self) -> Mapping[str, str]:
        """The environment variables of every function."""
        ...

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC, by the world's own clock."""
        ...

    def environment(self) -> Environment:
        """The execution environment that the current task runs in."""
        ...

    def aws_client(self, service: str) -> Any:
        """A client of the current environment."""
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

    def __init__(self, function: str, number: int, skew_ms: int = 0) -> None:
        super().__init__(f"{function}#{number}", skew_ms)
        self.function = function
        self.made: dict[Any, Any] = {}
        """What the composition roots made here."""


class _Clock:
    def now(self) -> int:
        return _world.now() + _world.environment().skew_ms


class _Executor:
    def __init__(self, threads: int) -> None:
        del threads

    def run_all(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        if len(tasks) == 1:
            return [tasks[0]()]
        return _world.run_side_by_side(tasks)


_world: Surroundings
_modules: list[ModuleType] = [
    parts,
    *(importlib.import_module(f"checkout_runtime.handlers.{name}") for name in FUNCTIONS),
]
HANDLERS: dict[str, Callable[[Any, Any], dict[str, Any]]] = {
    name: module.handler for name, module in zip(FUNCTIONS, _modules[1:], strict=True)
}


def _per_environment(make: Callable[..., Any]) -> Callable[..., Any]:
    def made() -> Any:
        environment = _world.environment()
        if make not in environment.made:
            environment.made[make] = make()
        return environment.made[make]

    return made


def _replacements() -> Iterator[tuple[Any, str, Any]]:
    for module in _modules:
        for name, value in vars(module).items():
            if hasattr(value, "cache_clear"):
                yield module, name, _per_environment(value.__wrapped__)
    yield parts, "aws_client", lambda service: _world.aws_client(service)
    yield parts, "SystemClock", _Clock
    yield stripe_client, "time", SimpleNamespace(monotonic=lambda: _world.now() / 1000)
    jitter = SimpleNamespace(randbelow=lambda limit: _world.now() % limit)
    yield sqs_payment_queue, "secrets", jitter
    yield settings, "os", SimpleNamespace(environ=_Variables())
    for module in _modules:
        if hasattr(module, "ThreadExecutor"):
            yield module, "ThreadExecutor", _Executor
        if hasattr(module, "secrets"):
            yield module, "secrets", SimpleNamespace(token_hex=lambda _size: _world.unique_id())


class _Variables(Mapping[str, str]):
    def __getitem__(self, name: str) -> str:
        return _world.settings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_world.settings)

    def __len__(self) -> int:
        return len(_world.settings)


_replaced = list(_replacements())


@contextmanager
def inside(world: Surroundings) -> Iterator[None]:
    """Let the handlers run in a world instead of on this machine."""
    global _world
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in _replaced]
    services = [_options(HttpPaymentService), _options(StripePaymentService)]
    send = services[0]["send"]
    for owner, name, value in _replaced:
        setattr(owner, name, value)
    for options in services:
        options["send"] = lambda *request: world.exchange(*request)
    _world = world
    try:
        yield
    finally:
        for options in services:
            options["send"] = send
        for owner, name, value in before:
            setattr(owner, name, value)


def _options(service: type) -> dict[str, Any]:
    """What its adapter is made with where nothing else is given."""
    options: dict[str, Any] | None = vars(service)["__init__"].__kwdefaults__
    assert options is not None
    return options


_names: dict[Any, str] = {}


def who_calls(depth: int) -> str:
    """Return the adapter's method through which the runtime's code came here."""
    frame: FrameType | None = sys._getframe(depth)
    assert frame is not None
    while frame.f_back is not None and _is_adapter(frame.f_back):
        frame = frame.f_back
    code = frame.f_code
    name = _names.get(code)
    if name is None:
        name = _names[code] = code.co_qualname if sys.version_info >= (3, 11) else code.co_name
    return name


_adapter_code: dict[Any, bool] = {}


def _is_adapter(frame: FrameType) -> bool:
    code = frame.f_code
    known = _adapter_code.get(code)
    if known is None:
        file = code.co_filename.replace("\\", "/")
        # An SDK between two functions of an adapter belongs to it.
        known = "/checkout_runtime/adapters/" in file or "/site-packages/stripe/" in file
        _adapter_code[code] = known
    return known
