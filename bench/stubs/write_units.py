"""What DynamoDB charges for a write, by its published rules.

A table write counts a unit for each started KB of the larger of old and new item, and at least one,
also where its condition fails. A write to an index counts when its entry changes: two where the
entry moves, because the old one is deleted (developer guide, "DynamoDB read and write operations"
and "Using Global Secondary Indexes").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KB = 1024
Item = Mapping[str, Mapping[str, Any]]


def write_units(old: Item | None, new: Item | None, indexes: Mapping[str, tuple[str, str]]) -> int:
    """Units of one write that leaves ``new`` where ``old`` was; indexes hold keys only."""
    size = max(item_bytes(old or {}), item_bytes(new or {}))
    units = max(-(-size // KB), 1)
    for partition, sort in indexes.values():
        before, after = _entry(old, partition, sort), _entry(new, partition, sort)
        if before != after:
            units += (before is not None) + (after is not None)
    return units


def item_bytes(item: Item) -> int:
    """Size of an item, as the developer guide counts it ("Item sizes and formats").

    >>> item_bytes({"pk": {"S": "ab"}, "n": {"N": "1234"}})
    8
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _entry(item: Item | None, partition: str, sort: str) -> tuple[Any, Any] | None:
    if item is None or partition not in item or sort not in item:
        return None
    return item[partition], item[sort]


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return -(-len(content.strip("-").replace(".", "")) // 2) + 1
        case "M":
            return 3 + sum(1 + len(k.encode()) + _value_bytes(v) for k, v in content.items())
        case "L":
            return 3 + sum(1 + _value_bytes(each) for each in content)
        case "SS":
            return sum(len(each.encode()) for each in content)
        case _:
            return 1
