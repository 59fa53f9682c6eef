"""Requests that are really on their way at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.checkout_runtime.handlers.conftest import Functions

Answer = dict[str, Any]


def all_at_once(
    functions: Functions, function: Callable[[dict[str, Any]], Answer], events: list[dict[str, Any]]
) -> list[Answer]:
    """Answers to requests, none of which reaches DynamoDB before all of them are ready to."""
    together = threading.Barrier(len(events))

    def wait_for_the_others(_operation: str) -> None:
        together.wait(timeout=5)

    functions.before_calls.append(wait_for_the_others)
    try:
        with ThreadPoolExecutor(len(events)) as threads:
            return list(threads.map(function, events))
    finally:
        functions.before_calls.remove(wait_for_the_others)
