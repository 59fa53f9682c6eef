"""DynamoDB as far as a checkout needs it, at the level of a botocore client.

Items are never changed in place, so whoever holds one holds what was there at that time.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError

from tests.simulation.models.expressions import ExpressionProblem, condition, update

__all__ = ["Clock", "DynamoDbModel"]

STREAM_KEEPS_MS = 24 * 60 * 60 * 1000
"""How long a stream keeps a record (DynamoDB developer guide, "Change data capture")."""
Item = dict[str, Any]


class Clock(Protocol):
    """Virtual time."""

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...


@dataclass(slots=True)
class _Table:
    key: str
    indexes: dict[str, tuple[str, str]]
    items: dict[str, Item] = field(default_factory=dict)
    shards: list[list[tuple[int, dict[str, Any]]]] = field(default_factory=list)
    changes: list[tuple[str, Item | None]] = field(default_factory=list)


class DynamoDbModel:
    """One account's tables."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tables: dict[str, _Table] = {}
        self._written = 0

    # For whoever runs the world ----------------------------------------------------------------

    def create_table(
        self, name: str, *, key: str, indexes: dict[str, tuple[str, str]], stream_shards: int
    ) -> None:
        """Create a table with a partition key, and indexes as ``(partition, sort)``, keys only."""
        table = _Table(key, indexes)
        table.shards = [[] for _ in range(stream_shards)]
        self._tables[name] = table

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

    # The client --------------------------------------------------------------------------------

    def put_item(
        self,
        *,
        TableName: str,
        Item: Item,
        **options: Any,
    ) -> dict[str, Any]:
        """Put an item, if a condition holds."""
        table = self._tables[TableName]
        key = Item[table.key]["S"]
        old = table.items.get(key)
        self._check(old, options, "PutItem")
        self._write(table, key, Item)
        return _answer(options, old, Item)

    def update_item(
        self,
        *,
        TableName: str,
        Key: Item,
        UpdateExpression: str,
        **options: Any,
    ) -> dict[str, Any]:
        """Update an item, or make it, if a condition holds."""
        table = self._tables[TableName]
        key = Key[table.key]["S"]
        old = table.items.get(key)
        parsed = self._understood(update, UpdateExpression, "UpdateItem")
        self._check(old, options, "UpdateItem", parsed.names, parsed.values)
        names = options.get("ExpressionAttributeNames", {})
        try:
            new = parsed.apply(old or Key, names, options.get("ExpressionAttributeValues", {}))
        except ExpressionProblem as problem:
            raise _validation(str(problem), "UpdateItem") from None
        if new.get(table.key) != Key[table.key]:
            raise _validation("Cannot update attribute: it is part of the key", "UpdateItem")
        for partition, sort in table.indexes.values():
            if not ("S" in new.get(partition, {"S": ""}) and "N" in new.get(sort, {"N": ""})):
                raise _validation("Type mismatch for an index key", "UpdateItem")
        self._write(table, key, new)
        return _answer(options, old, new)

    def delete_item(self, *, TableName: str, Key: Item, **options: Any) -> dict[str, Any]:
        """Delete an item, if a condition holds."""
        table = self._tables[TableName]
        key = Key[table.key]["S"]
        old = table.items.get(key)
        self._check(old, options, "DeleteItem")
        self._write(table, key, None)
        return _answer(options, old, None)

    def get_item(self, *, TableName: str, Key: Item, **_options: Any) -> dict[str, Any]:
        """Read an item, consistently."""
        table = self._tables[TableName]
        item = table.items.get(Key[table.key]["S"])
        return {} if item is None else {"Item": item}

    def batch_get_item(self, *, RequestItems: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Read items, consistently."""
        responses = {}
        for name, wanted in RequestItems.items():
            table = self._tables[name]
            found = [table.items.get(key[table.key]["S"]) for key in wanted["Keys"]]
            responses[name] = [item for item in found if item is not None]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def query(
        self,
        *,
        TableName: str,
        IndexName: str,
        KeyConditionExpression: str,
        **options: Any,
    ) -> dict[str, Any]:
        """Query an index: keys only, by its sort key, page by page."""
        table = self._tables[TableName]
        partition, sort = table.indexes[IndexName]
        parsed = self._understood(condition, KeyConditionExpression, "Query")
        names = options.get("ExpressionAttributeNames", {})
        values = options.get("ExpressionAttributeValues", {})
        _check_used(parsed.names, names, parsed.values, values, "Query")
        found = [
            item
            for item in table.items.values()
            if partition in item and sort in item and parsed.holds(item, names, values)
        ]

        def place(item: Mapping[str, Any]) -> tuple[int, str]:
            return int(item[sort]["N"]), item[table.key]["S"]

        backwards = not options.get("ScanIndexForward", True)
        found.sort(key=place, reverse=backwards)
        after = options.get("ExclusiveStartKey")
        if after is not None:
            found = [
                item
                for item in found
                if (place(item) < place(after) if backwards else place(item) > place(after))
            ]
        limit = options.get("Limit", len(found))
        page = [{name: item[name] for name in (table.key, partition, sort)} for item in found]
        answer: dict[str, Any] = {"Count": len(page[:limit])}
        if options.get("Select") != "COUNT":
            answer["Items"] = page[:limit]
        if limit < len(page) or (page and limit == len(page) and "Limit" in options):
            answer["LastEvaluatedKey"] = page[limit - 1]
        return answer

    # Inside ------------------------------------------------------------------------------------

    def _understood(self, parse: Callable[[str], Any], text: str, operation: str) -> Any:
        try:
            return parse(text)
        except ExpressionProblem as problem:
            raise _validation(str(problem), operation) from None

    def _check(
        self,
        old: Item | None,
        options: Mapping[str, Any],
        operation: str,
        used_names: frozenset[str] = frozenset(),
        used_values: frozenset[str] = frozenset(),
    ) -> None:
        names = options.get("ExpressionAttributeNames", {})
        values = options.get("ExpressionAttributeValues", {})
        text = options.get("ConditionExpression")
        if text is None:
            _check_used(used_names, names, used_values, values, operation)
            return
        parsed = self._understood(condition, text, operation)
        _check_used(
            used_names | parsed.names, names, used_values | parsed.values, values, operation
        )
        if not parsed.holds(old or {}, names, values):
            response: dict[str, Any] = {
                "Error": {
                    "Code": "ConditionalCheckFailedException",
                    "Message": "The conditional request failed",
                }
            }
            if old is not None and options.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                response["Item"] = old
            raise ClientError(response, operation)  # type: ignore[arg-type]

    def _write(self, table: _Table, key: str, new: Item | None) -> None:
        old = table.items.get(key)
        if new is None:
            table.items.pop(key, None)
        else:
            table.items[key] = new
        table.changes.append((key, new))
        if old == new:
            # A write that changes nothing leaves no record in the stream.
            return
        self._written += 1
        change: dict[str, Any] = {
            "Keys": {table.key: {"S": key}},
            "SequenceNumber": str(self._written),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        if new is not None:
            change["NewImage"] = new
        if old is not None:
            change["OldImage"] = old
        kind = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        record = {"eventID": f"e{self._written}", "eventName": kind, "dynamodb": change}
        shard = table.shards[zlib.crc32(key.encode()) % len(table.shards)]
        shard.append((self._clock.now(), record))


def _answer(options: Mapping[str, Any], old: Item | None, new: Item | None) -> dict[str, Any]:
    wanted = options.get("ReturnValues", "NONE")
    item = {"ALL_OLD": old, "ALL_NEW": new}.get(wanted)
    return {} if item is None else {"Attributes": item}


def _check_used(
    used_names: frozenset[str],
    names: Mapping[str, str],
    used_values: frozenset[str],
    values: Mapping[str, Any],
    operation: str,
) -> None:
    if used_names != names.keys():
        odd = sorted(used_names ^ names.keys())
        raise _validation(f"ExpressionAttributeNames unused or undefined: {odd}", operation)
    if used_values != values.keys():
        odd = sorted(used_values ^ values.keys())
        raise _validation(f"ExpressionAttributeValues unused or undefined: {odd}", operation)


def _validation(message: str, operation: str) -> ClientError:
    error = {"Error": {"Code": "ValidationException", "Message": message}}
    return ClientError(error, operation)  # type: ignore[arg-type]
