"""Counters of payment attempts and of orders, as items of the order table beside the orders.

Such an item is kept and begins anew; nothing expires it, as the table has no time to live. No
filter of the stream, and no index, knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.conflicts import call_past_conflicts
from checkout_runtime.adapters.item_update import Attribute, Update

__all__ = ["DynamoDbAttemptCounters", "count_once", "counter_key"]

TRIES = 3
"""Of counters that others begin anew at the same moment; after one of them it can be counted."""
RACE_MS = 1000
"""When who lost every race comes again."""
_ATTEMPTS = Attribute("attempts")
_BEGAN = Attribute("began_at")


def counter_key(name: str) -> dict[str, Any]:
    """Return the key of a counter's item."""
    return {"pk": {"S": f"attempts_{name}"}}


def count_once(
    write: Callable[[Update], Mapping[str, Any] | None], limit: int, *, window_ms: int, now: int
) -> int | None:
    """Count one more, unless ``limit`` is reached: one write, and a second for a new window.

    A beginning further ahead than a window was written by a wrong clock, and counts for none.

    Args:
        write: Makes this change of the counter, alone or with others. Returns None once that is
            done, else the counter as it is stored, empty if there is none.
        limit: What may be counted in a window.
        window_ms: How long a window is.
        now: The time (ms UTC).

    Returns:
        None where it was counted, else when the counter begins anew (ms UTC).
    """
    counted = Update(
        set={"attempts": _ATTEMPTS.plus(1)},
        when=[
            _BEGAN.above(now - window_ms),
            _BEGAN.at_most(now + window_ms),
            _ATTEMPTS.below(limit),
        ],
    )
    for _ in range(TRIES):
        stored = write(counted)
        if stored is None:
            return None
        began = int(stored["began_at"]["N"]) if stored else None
        if began is not None and now - window_ms < began <= now + window_ms:
            return began + window_ms
        unchanged = _BEGAN.is_absent() if began is None else _BEGAN.equals(began)
        anew = Update(set={"attempts": 1, "began_at": now}, when=[unchanged])
        if write(anew) is None:
            return None
    return now + RACE_MS


class DynamoDbAttemptCounters:
    """Counters in one table."""

    def __init__(self, dynamodb: AwsService, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name

    def count(self, name: str, limit: int, *, window_ms: int, now: int) -> int | None:
        """Count one more, unless ``limit`` is reached."""
        return count_once(partial(self._refused, name), limit, window_ms=window_ms, now=now)

    def _refused(self, name: str, update: Update) -> Mapping[str, Any] | None:
        """Write; return None once it is written, else the stored item, empty if there is none."""
        write = {
            "TableName": self._table_name,
            "Key": counter_key(name),
            **update.request(),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            call_past_conflicts(self._dynamodb, "UpdateItem", write)
        except AwsRefusedError as error:
            if not error.is_failed_condition:
                raise
            return error.item or {}
        return None
