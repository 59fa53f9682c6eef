"""EventBridge as far as a checkout needs it, behind the runtime's port to AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError

__all__ = ["EventBridgeModel", "PutEvent"]

MOST_ENTRIES = 10
"""Of one PutEvents (EventBridge API reference)."""


@dataclass(frozen=True, slots=True)
class PutEvent:
    """One event that the bus took."""

    kind: str
    detail: dict[str, Any]


class EventBridgeModel:
    """One account with one event bus, which may be gone for a while."""

    def __init__(self) -> None:
        self.events: list[PutEvent] = []
        """Everything that the bus ever took."""
        self.is_gone: Callable[[], bool] = lambda: False

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation, as ``AwsService`` has it.

        What is put on a bus that is gone is answered as if it was taken, as EventBridge does.
        """
        if operation == "DescribeEventBus":
            if self.is_gone():
                raise AwsRefusedError("ResourceNotFoundException")
            return {"Name": parameters["Name"]}
        assert operation == "PutEvents", operation
        entries = parameters["Entries"]
        if not 0 < len(entries) <= MOST_ENTRIES:
            raise AwsRefusedError("ValidationException", f"{len(entries)} entries")
        for entry in entries:
            assert entry["EventBusName"], entry
            if not self.is_gone():
                self.events.append(PutEvent(entry["DetailType"], json.loads(entry["Detail"])))
        return {
            "FailedEntryCount": 0,
            "Entries": [{"EventId": str(len(self.events))} for _ in entries],
        }
