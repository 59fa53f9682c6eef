"""Counters of payment attempts, as items of the order table beside the orders.

Such an item is kept and begins anew; nothing expires it, as the table has no time to live. No
filter of the stream, and no index, knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.conflicts import call_past_conflicts
from checkout_runtime.adapters.item_update import Attribute, Update

__all__ = ["DynamoDbAttemptCounters"]

TRIES = 3
"""Of counters that others begin anew at the same moment; after one of them it can be counted."""
RACE_MS = 1000
"""When who lost every race comes again."""
_ATTEMPTS = Attribute("attempts")
_BEGAN = Attribute("began_at")


class DynamoDbAttemptCounters:
    """Counters in one table."""

    def __init__(self, dynamodb: AwsService, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name

    def count(self, name: str, limit: int, *, window_ms: int, now: int) -> int | None:
        """Count one more, unless ``limit`` is reached: one update, and a second for a new window.

        A beginning further ahead than a window was written by a wrong clock, and counts for none.
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
            stored = self._refused(name, counted)
            if stored is None:
                return None
            began = int(stored["began_at"]["N"]) if stored else None
            if began is not None and now - window_ms < began <= now + window_ms:
                return began + window_ms
            unchanged = _BEGAN.is_absent() if began is None else _BEGAN.equals(began)
            anew = Update(set={"attempts": 1, "began_at": now}, when=[unchanged])
            if self._refused(name, anew) is None:
                return None
        return now + RACE_MS

    def _refused(self, name: str, update: Update) -> Mapping[str, Any] | None:
        """Write; return None once it is written, else the stored item, empty if there is none."""
        write = {
            "TableName": self._table_name,
            "Key": {"pk": {"S": f"attempts_{name}"}},
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
