"""One table of the DynamoDB model: its items, and the stream of what was written."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Item", "Table"]

Item = dict[str, Any]


@dataclass(slots=True)
class Table:
    """Items by partition key. They are never changed in place."""

    key: str
    indexes: dict[str, tuple[str, str]]
    items: dict[str, Item] = field(default_factory=dict)
    shards: list[list[tuple[int, dict[str, Any]]]] = field(default_factory=list)
    changes: list[tuple[str, Item | None]] = field(default_factory=list)
    past: list[tuple[int, str, Item | None]] = field(default_factory=list)
    """What stood before each write, and when that was."""

    def write(self, key: str, new: Item | None, *, number: int, now: int) -> None:
        """Store an item or, with None, delete it. ``number`` is the record's in the stream."""
        old = self.items.get(key)
        if new is None:
            self.items.pop(key, None)
        else:
            self.items[key] = new
        self.changes.append((key, new))
        self.past.append((now, key, old))
        if old == new:
            # A write that changes nothing leaves no record in the stream.
            return
        change: dict[str, Any] = {
            "Keys": {self.key: {"S": key}},
            "SequenceNumber": str(number),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        if new is not None:
            change["NewImage"] = new
        if old is not None:
            change["OldImage"] = old
        kind = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        record = {"eventID": f"e{number}", "eventName": kind, "dynamodb": change}
        self.shards[_hash(key) % len(self.shards)].append((now, record))

    def items_at(self, time: int) -> dict[str, Item]:
        """Return the items as they were at a time."""
        items = dict(self.items)
        for written_at, key, before in reversed(self.past):
            if written_at <= time:
                break
            if before is None:
                items.pop(key, None)
            else:
                items[key] = before
        return items

    def scanned(self, after: str | None) -> list[Item]:
        """Return the items after a key in the order of a scan: by a hash, not by the keys."""
        places = sorted((_hash(key), key) for key in self.items)
        start = None if after is None else (_hash(after), after)
        return [self.items[place[1]] for place in places if start is None or place > start]

    def has_valid_index_keys(self, item: Item) -> bool:
        """Whether what the item has of an index's keys is of the index's types."""
        return all(
            "S" in item.get(partition, {"S": ""}) and "N" in item.get(sort, {"N": ""})
            for partition, sort in self.indexes.values()
        )

    def keys_of(self, item: Item, names: Iterable[str] = ()) -> Item:
        """Return the item's key, and the attributes of those names."""
        return {name: item[name] for name in (self.key, *names)}


def _hash(key: str) -> int:
    return zlib.crc32(key.encode())
