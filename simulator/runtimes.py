"""The runtime's code in one version or another, and what it takes from the machine it runs on."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

from checkout_runtime.adapters.aws import AwsService
from simulator import previous
from simulator.botocore_client import BOTOCORE_ERRORS, BotocoreClient
from simulator.custom_module import InlineCalls

__all__ = ["CURRENT", "FUNCTIONS", "PREVIOUS", "Machine", "Runtime", "runtime_named", "who_calls"]

CURRENT = "checkout_runtime"
PREVIOUS = "previous_checkout_runtime"
FUNCTIONS = (
    "place_order",
    "get_order",
    "start_payment_attempt",
    "resume_payment",
    "relay_orders",
    "process_payments",
    "reconcile_orders",
    "audit_charges",
    "refunds",
    "cancel_order",
    "capture_order",
    "receive_webhook",
)
_LEFT_OUT = ("conformance",)
"""Packages of the runtime that no function runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a runtime takes from the machine."""

    clock: type
    executor: type
    lock: type
    variables: Mapping[str, str]
    per_environment: Callable[[Callable[..., Any]], Callable[..., Any]]
    aws_service: Callable[..., AwsService]
    exchange: Callable[..., Any]
    unique_id: Callable[[], str]
    seconds: Callable[[], float]
    """A monotonic clock."""
    pause: Callable[[float], None]


class Runtime:
    """One version of the code that is deployed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.is_current = name == CURRENT
        self._modules = [importlib.import_module(each) for each in _modules_of(name)]
        # The previous version has fewer functions.
        found = {function: sys.modules.get(f"{name}.handlers.{function}") for function in FUNCTIONS}
        self.handlers: dict[str, Callable[[Any, Any], dict[str, Any]]] = {
            function: module.handler for function, module in found.items() if module is not None
        }
        self.no_answer: type[Exception] = self._error("NoAnswer")
        self.failures: tuple[type[BaseException], ...] = (
            self._error("SecretUnavailable"),
            self._error("ChargesNotListed"),
            *(() if self.is_current else BOTOCORE_ERRORS),
        )
        """With which an invocation may fail; Lambda repeats it, or its mapping does."""
        self._replaced: list[tuple[Any, str, Any]] = []

    def run_on(self, machine: Machine) -> Callable[[], None]:
        """Replace what the code takes from the machine; return what undoes that."""
        if not self._replaced:
            self._replaced = list(self._replacements(machine))
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in self._replaced]
        for owner, name, value in self._replaced:
            setattr(owner, name, value)

        def restore() -> None:
            for owner, name, value in before:
                setattr(owner, name, value)

        return restore

    def _module(self, *names: str) -> ModuleType:
        """Return the first module that this version has: today's name, then earlier ones."""
        found = (sys.modules.get(f"{self._name}.{name}") for name in names)
        return next(module for module in found if module)

    def _error(self, earlier: str) -> type[Exception]:
        """Return the exception of that name: with ``Error`` at its end today, without it before."""
        names = (f"{earlier}Error", earlier)
        found = (vars(module).get(name) for name in names for module in self._modules)
        error: type[Exception] = next(each for each in found if each)
        return error

    def _replacements(self, machine: Machine) -> Iterator[tuple[Any, str, Any]]:
        for module in self._modules:
            if ".handlers." not in module.__name__:
                continue
            for name, value in vars(module).items():
                if hasattr(value, "cache_clear"):
                    yield module, name, machine.per_environment(value.__wrapped__)
        by_name = {
            "aws_service": machine.aws_service,
            "aws_client": lambda name: BotocoreClient(machine.aws_service(name)),
            "SystemClock": machine.clock,
            "ThreadExecutor": machine.executor,
            "TimedCalls": InlineCalls,
            "Lock": machine.lock,
            "secrets": SimpleNamespace(
                token_hex=lambda _size: machine.unique_id(),
                randbelow=lambda limit: int(machine.seconds() * 1000) % limit,
            ),
        }
        for module in self._modules:
            for name, value in by_name.items():
                if hasattr(module, name):
                    yield module, name, value
        time = SimpleNamespace(monotonic=machine.seconds, sleep=machine.pause)
        yield self._module("adapters.stripe_client"), "time", time
        yield (
            self._module("handlers.settings"),
            "os",
            SimpleNamespace(environ=machine.variables),
        )
        for init, name, default in self._default_arguments(machine):
            yield init, name, default

    def _default_arguments(self, machine: Machine) -> Iterator[tuple[Any, str, Any]]:
        """Adapters that are made with what sends a request, or pauses, where none is given."""
        for module in self._modules:
            if ".adapters." not in module.__name__:
                continue
            for value in vars(module).values():
                init = vars(value).get("__init__") if isinstance(value, type) else None
                keywords = getattr(init, "__kwdefaults__", None)
                if keywords and "send" in keywords:
                    yield init, "__kwdefaults__", {**keywords, "send": machine.exchange}
        audited = vars(self._module("adapters.dynamodb_audit").DynamoDbAuditedOrders)["__init__"]
        if audited.__defaults__:
            yield audited, "__defaults__", (machine.pause,)


@cache
def runtime_named(name: str) -> Runtime:
    """Return a version of the runtime."""
    if name == PREVIOUS:
        previous.install()
    return Runtime(name)


def _modules_of(name: str) -> list[str]:
    if name == PREVIOUS:
        names = previous.modules()
    else:
        package = importlib.import_module(name)
        names = [each.name for each in pkgutil.walk_packages(package.__path__, f"{name}.")]
    left_out = tuple(f"{name}.{each}" for each in _LEFT_OUT)
    return [each for each in names if not each.startswith(left_out)]


_CALLED_BY = 3
"""How many frames of the world stand between this and what calls it, at the least."""


class _AdapterFiles(dict[str, bool]):
    """Whether a file's code belongs to an adapter, looked at once for each file."""

    def __missing__(self, name: str) -> bool:
        file = name.replace("\\", "/")
        # An SDK between two functions of an adapter belongs to it, and so does the user's module.
        self[name] = (
            "checkout_runtime/adapters/" in file
            or file.endswith(("checkout_runtime/erasure.py", "/simulator/custom_module.py"))
            or "/site-packages/stripe/" in file
        )
        return self[name]


_is_adapter = _AdapterFiles()


def who_calls() -> str:
    """Return the adapter's method through which the runtime's code came here."""
    caller = frame = sys._getframe(_CALLED_BY)
    while not _is_adapter[frame.f_code.co_filename]:
        if frame.f_back is None:
            return caller.f_code.co_name  # Not the runtime's code.
        frame = frame.f_back
    while frame.f_back is not None and _is_adapter[frame.f_back.f_code.co_filename]:
        frame = frame.f_back
    code = frame.f_code
    return code.co_qualname if sys.version_info >= (3, 11) else code.co_name
