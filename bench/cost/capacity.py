"""What DynamoDB charges for a read, and what it stores with an item.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html, read
2026-11. What it charges for a write is in ``bench.stubs.write_units``.
"""

from __future__ import annotations

import math

READ_BYTES = 4096
#: What an item is stored with, beyond its own bytes.
STORAGE_OVERHEAD_BYTES = 100


def read_units(answered_bytes: int, *, consistent: bool) -> float:
    """Return what a read of so many bytes costs; half where it may be a moment old.

    >>> read_units(5000, consistent=True), read_units(0, consistent=False)
    (2.0, 0.5)
    """
    units = max(1, math.ceil(answered_bytes / READ_BYTES))
    return float(units) if consistent else units / 2
