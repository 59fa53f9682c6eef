"""What DynamoDB charges for a call, in write and read units.

Rules of https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
and, for indexes,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html, read 2026-11.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

WRITE_BYTES = 1024
READ_BYTES = 4096
#: A name costs its letters; a list or map three bytes, and one more for each element.
CONTAINER_BYTES = 3
ELEMENT_BYTES = 1
#: What an item is stored with, beyond its own bytes.
STORAGE_OVERHEAD_BYTES = 100

Item = Mapping[str, Mapping[str, Any]]


def item_bytes(item: Item) -> int:
    """Return the size of an item: the names of its attributes and their values."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def write_units(before: Item | None, after: Item | None, index: tuple[str, str]) -> int:
    """Return what one write costs, on the table and on its index of keys.

    ``index`` are the attributes that make the index's key; it projects nothing but keys. A write
    costs by the larger of the item before and after, and so does one whose condition failed.
    """
    largest = max(item_bytes(each) for each in (before or {}, after or {}))
    return max(1, math.ceil(largest / WRITE_BYTES)) + index_write_units(before, after, index)


def index_write_units(before: Item | None, after: Item | None, index: tuple[str, str]) -> int:
    """Return what a write costs on an index: one to enter or to leave, two to move, else none."""
    old, new = _entry(before, index), _entry(after, index)
    if old == new:
        return 0
    return (old is not None) + (new is not None)


def read_units(answered_bytes: int, *, consistent: bool) -> float:
    """Return what a read of so many bytes costs; half where it may be a moment old."""
    units = max(1, math.ceil(answered_bytes / READ_BYTES))
    return float(units) if consistent else units / 2


def _entry(item: Item | None, index: tuple[str, str]) -> tuple[Any, ...] | None:
    if item is None or not all(name in item for name in index):
        return None
    return tuple(item[name] for name in index)


def _value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "N":
            # Two digits take a byte, and the number one more.
            return math.ceil(len(str(content).strip("-0.")) / 2) + 1
        case "BOOL" | "NULL":
            return 1
        case "SS":
            return sum(len(str(each).encode()) for each in content)
        case "L":
            return CONTAINER_BYTES + sum(ELEMENT_BYTES + _value_bytes(each) for each in content)
        case "M":
            return CONTAINER_BYTES + sum(
                ELEMENT_BYTES + len(name.encode()) + _value_bytes(each)
                for name, each in content.items()
            )
    raise ValueError(f"attribute type {kind!r}; the sizes of S, N, BOOL, NULL, SS, L, M are known")
