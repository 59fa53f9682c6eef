"""How much memory the handlers of an execution environment hold between two invocations."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from types import FunctionType, ModuleType
from typing import Any

from bench.cost.metered_service import MeteredService
from bench.cost.metered_surroundings import MeteredSurroundings

#: What stands for another service or for the interpreter, and is not held by a handler.
_OTHERS = (type, ModuleType, FunctionType, MeteredService, MeteredSurroundings)


def held_bytes(made: Iterable[Any]) -> int:
    """Return the bytes of everything that can be reached from what the composition roots made.

    Functions, classes and modules are left out, and so are the models behind clients.
    """
    seen: set[int] = set()
    waiting = list(made)
    total = 0
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, _OTHERS):
            continue
        seen.add(id(each))
        total += sys.getsizeof(each)
        waiting += gc.get_referents(each)
    return total


def runtime_globals() -> list[Any]:
    """Return what the modules of the runtime hold by themselves, caches of functions with it."""
    return [
        value
        for name, module in tuple(sys.modules.items())
        if name.partition(".")[0] == "checkout_runtime"
        for value in tuple(vars(module).values())
        if not isinstance(value, _OTHERS) and value is not vars(module).get("__builtins__")
    ]
