"""Counts calls, units, bytes and processor time, by function."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]

from bench.cost.capacity import read_units
from bench.stubs.write_units import item_bytes, write_units

#: Of an entry of the index of keys: its names and values, and the key of the table.
INDEX_ENTRY_BYTES = 110
#: CloudWatch Logs counts this many bytes for each record on top of its text
#: (https://aws.amazon.com/cloudwatch/pricing/, read 2026-11).
LOG_RECORD_OVERHEAD_BYTES = 26


class Meter:
    """What the handlers of one checkout did."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        """By function and operation."""
        self.invocations: Counter[str] = Counter()
        self.write_units: Counter[str] = Counter()
        """On the table and its index together."""
        self.index_write_units: Counter[str] = Counter()
        self.read_units: Counter[str] = Counter()
        self.log_bytes: Counter[str] = Counter()
        self.processor_ns: Counter[str] = Counter()
        """Of handlers alone: time in the models is taken off."""
        self.largest_item_bytes = 0

    def count(self, function: str, operation: str) -> None:
        """Count one call."""
        self.calls[function, operation] += 1

    def invoked(self, function: str) -> None:
        """Count one invocation."""
        self.invocations[function] += 1

    def wrote(
        self,
        function: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        indexes: Mapping[str, tuple[str, str]],
    ) -> None:
        """Count what one write of an item costs."""
        units = write_units(before, after, indexes)
        self.write_units[function] += units
        self.index_write_units[function] += units - write_units(before, after, {})
        self.largest_item_bytes = max(self.largest_item_bytes, item_bytes(after or {}))

    def read(
        self, function: str, operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> None:
        """Count what one read costs."""
        if operation == "Query":
            size = INDEX_ENTRY_BYTES * int(answer["Count"])
            self._add_read(function, read_units(size, consistent=False))
        elif operation == "GetItem":
            size = item_bytes(answer.get("Item", {}))
            self._add_read(function, read_units(size, consistent=request["ConsistentRead"]))
        elif operation == "BatchGetItem":
            for items in answer["Responses"].values():
                # A key that names no item costs as the smallest item does.
                for item in items or [{}]:
                    self._add_read(function, read_units(item_bytes(item), consistent=True))

    def _add_read(self, function: str, units: float) -> None:
        # A counter of halves, so that it counts whole numbers.
        self.read_units[function] += round(2 * units)

    def reads(self, function: str) -> float:
        """Return the read units of a function."""
        return self.read_units[function] / 2

    @contextmanager
    def working(self, function: str) -> Iterator[None]:
        """Add the processor time that passes inside."""
        begun = time.process_time_ns()
        try:
            yield
        finally:
            self.processor_ns[function] += time.process_time_ns() - begun

    @contextmanager
    def resting(self, function: str) -> Iterator[None]:
        """Take off the processor time that passes inside."""
        begun = time.process_time_ns()
        try:
            yield
        finally:
            self.processor_ns[function] -= time.process_time_ns() - begun


class LogMeter(logging.Handler):
    """Weighs each record as Lambda writes it."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter
        self._format = JsonFormatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Weigh a record."""
        record.aws_request_id = "8f507cfc-8d60-4d70-92c1-0d4b8f5b0a11"
        text: str = self._format.format(record)
        function = record.name.rpartition(".")[2]
        self._meter.log_bytes[function] += len(text.encode()) + LOG_RECORD_OVERHEAD_BYTES
