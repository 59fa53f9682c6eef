"""DynamoDB as far as a checkout needs it, behind the runtime's port to AWS.

Items are never changed in place, so a caller that holds one holds what was there at that time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from simulator.models.dynamodb_requests import (
    Write,
    judge_delete,
    judge_put,
    judge_update,
    reading,
    validation,
)
from simulator.models.dynamodb_table import Item, Table
from simulator.models.dynamodb_transactions import Tokens, judge_all

__all__ = ["Clock", "DynamoDbModel"]

STREAM_KEEPS_MS = 24 * 60 * 60 * 1000
"""How long a stream keeps a record (DynamoDB developer guide, "Change data capture")."""
MOST_KEYS = 100
"""Of one BatchGetItem (DynamoDB API reference)."""


class Clock(Protocol):
    """Virtual time."""

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...


class DynamoDbModel:
    """One account's tables."""

    def __init__(self, clock: Clock, *, index_lag_ms: int = 0) -> None:
        self._clock = clock
        self._index_lag_ms = index_lag_ms
        self._tables: dict[str, Table] = {}
        self._tokens = Tokens()
        self._written = 0
        self._operations: dict[str, Callable[..., dict[str, Any]]] = {
            "PutItem": self._put_item,
            "UpdateItem": self._update_item,
            "DeleteItem": self._delete_item,
            "TransactWriteItems": self._transact_write_items,
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "Scan": self._scan,
            "Query": self._query,
        }

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation, as ``AwsService`` has it."""
        return self._operations[operation](**parameters)

    # For those who run the world ---------------------------------------------------------------

    def create_table(
        self, name: str, *, key: str, indexes: dict[str, tuple[str, str]], stream_shards: int
    ) -> None:
        """Create a table with a partition key, and indexes as ``(partition, sort)``, keys only."""
        self._tables[name] = Table(key, indexes, shards=[[] for _ in range(stream_shards)])

    def stream_length(self, name: str, shard: int) -> int:
        """How many records a shard of the stream ever got."""
        return len(self._tables[name].shards[shard])

    def stream_records(self, name: str, shard: int, position: int) -> list[dict[str, Any]]:
        """The records from a position on that the stream still keeps."""
        oldest = self._clock.now() - STREAM_KEEPS_MS
        records = self._tables[name].shards[shard][position:]
        return [record for written_at, record in records if written_at > oldest]

    def has_changes(self, name: str) -> bool:
        """Whether :meth:`take_changes` has anything to say."""
        return bool(self._tables[name].changes)

    def take_changes(self, name: str) -> list[tuple[str, Item | None]]:
        """What was written since the last time this was asked: keys, and the items as they are."""
        table = self._tables[name]
        changes, table.changes = table.changes, []
        return changes

    # Writes ----------------------------------------------------------------------------------

    def _put_item(self, *, TableName: str, **request: Any) -> dict[str, Any]:
        """Put an item, if a condition holds."""
        table = self._tables[TableName]
        return self._store(table, judge_put(table, request), request)

    def _update_item(self, *, TableName: str, **request: Any) -> dict[str, Any]:
        """Update an item, or make it, if a condition holds."""
        table = self._tables[TableName]
        return self._store(table, judge_update(table, request), request)

    def _delete_item(self, *, TableName: str, **request: Any) -> dict[str, Any]:
        """Delete an item, if a condition holds."""
        table = self._tables[TableName]
        return self._store(table, judge_delete(table, request), request)

    def _transact_write_items(
        self,
        *,
        TransactItems: Sequence[Mapping[str, Any]],
        ClientRequestToken: str | None = None,
        **_options: Any,
    ) -> dict[str, Any]:
        """Carry out all of the writes, or none if one of their conditions fails."""
        now = self._clock.now()
        if self._tokens.knows(ClientRequestToken, TransactItems, now):
            return {}
        for table, write in judge_all(self._tables, TransactItems):
            if write.new is not write.old:
                self._write(table, write)
        self._tokens.remember(ClientRequestToken, TransactItems, now)
        return {}

    # Reads -----------------------------------------------------------------------------------

    def _get_item(self, *, TableName: str, Key: Item, **request: Any) -> dict[str, Any]:
        """Read an item, consistently."""
        table = self._tables[TableName]
        _, shown = reading(request)
        item = table.items.get(Key[table.key]["S"])
        return {} if item is None else {"Item": shown(item)}

    def _batch_get_item(self, *, RequestItems: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Read items, consistently; none is left over."""
        responses = {}
        if not 0 < sum(len(wanted["Keys"]) for wanted in RequestItems.values()) <= MOST_KEYS:
            raise validation("Too many items requested, or none")
        for name, wanted in RequestItems.items():
            table = self._tables[name]
            _, shown = reading(wanted)
            keys = [key[table.key]["S"] for key in wanted["Keys"]]
            if len(set(keys)) < len(keys):
                raise validation("Provided list of item keys contains duplicates")
            responses[name] = [shown(table.items[key]) for key in keys if key in table.items]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def _scan(self, *, TableName: str, **request: Any) -> dict[str, Any]:
        """Read the table page by page; a page ends at the limit alone, however large it is."""
        table = self._tables[TableName]
        kept, shown = reading(request)
        after = request.get("ExclusiveStartKey")
        items = table.scanned(after and after[table.key]["S"])
        page = items[: request.get("Limit", len(items))]
        found = [shown(item) for item in page if kept(item)]
        answer = _page(found, request) | {"ScannedCount": len(page)}
        if page and len(page) == request.get("Limit"):
            answer["LastEvaluatedKey"] = table.keys_of(page[-1])
        return answer

    def _query(self, *, TableName: str, IndexName: str, **request: Any) -> dict[str, Any]:
        """Query an index: keys only, by its sort key, page by page, as it was a while ago."""
        table = self._tables[TableName]
        partition, sort = table.indexes[IndexName]
        kept, _ = reading(request)

        def place(item: Mapping[str, Any]) -> tuple[int, str]:
            return int(item[sort]["N"]), item[table.key]["S"]

        backwards = not request.get("ScanIndexForward", True)
        items = table.items
        if self._index_lag_ms:
            items = table.items_at(self._clock.now() - self._index_lag_ms)
        indexed = (item for item in items.values() if partition in item and sort in item)
        found = sorted(filter(kept, indexed), key=place, reverse=backwards)
        after = request.get("ExclusiveStartKey")
        if after is not None:
            found = [
                item
                for item in found
                if (place(item) < place(after) if backwards else place(item) > place(after))
            ]
        page = [table.keys_of(item, (partition, sort)) for item in found]
        page = page[: request.get("Limit", len(page))]
        answer = _page(page, request)
        if page and len(page) == request.get("Limit"):
            answer["LastEvaluatedKey"] = page[-1]
        return answer

    # Inside ------------------------------------------------------------------------------------

    def _store(self, table: Table, write: Write, request: Mapping[str, Any]) -> dict[str, Any]:
        self._write(table, write)
        shown = {"ALL_OLD": write.old, "ALL_NEW": write.new}
        item = shown.get(request.get("ReturnValues", "NONE"))
        return {} if item is None else {"Attributes": item}

    def _write(self, table: Table, write: Write) -> None:
        if write.old != write.new:
            self._written += 1
        table.write(write.key, write.new, number=self._written, now=self._clock.now())


def _page(items: list[Item], request: Mapping[str, Any]) -> dict[str, Any]:
    if request.get("Select") == "COUNT":
        return {"Count": len(items)}
    return {"Count": len(items), "Items": items}
