"""The simulator's tables for many orders: an index that is kept sorted, a stream that forgets.

Answers are those of the simulator's own model, in less time; and a query's page ends after a
megabyte, as DynamoDB's does.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from bench.cost.meter import INDEX_ENTRY_BYTES
from simulator.models.dynamodb import Clock, DynamoDbModel
from simulator.models.dynamodb_requests import Write
from simulator.models.dynamodb_table import Table

#: What a query looks at before it ends a page
#: (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html).
PAGE_ENTRIES = 1024 * 1024 // INDEX_ENTRY_BYTES
_PARTITION, _SORT, _KEY = "unsettled_shard", "unsettled_since", "pk"
_FORGOTTEN: tuple[int, dict[str, Any]] = (0, {})

Entry = tuple[int, str]


class LargeTables(DynamoDbModel):
    """Tables that answer a query of the index of unsettled orders without a scan."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._entries: dict[str, list[Entry]] = defaultdict(list)

    def forget_stream(self, name: str, before: int) -> None:
        """Drop the images of stream records that were relayed; their positions stay."""
        for shard in self._tables[name].shards:
            for place in range(before - 1, -1, -1):
                if shard[place] is _FORGOTTEN:
                    break
                shard[place] = _FORGOTTEN

    def _query(
        self,
        *,
        TableName: str,  # noqa: N803 - parameters are named as AWS names them
        IndexName: str,  # noqa: N803
        **request: Any,
    ) -> dict[str, Any]:
        """Query the index: one partition, up to a time, oldest first."""
        del TableName, IndexName
        values = request["ExpressionAttributeValues"]
        entries = self._entries[values[":shard"]["S"]]
        end = len(entries)
        if ":before" in values:
            condition = request["KeyConditionExpression"]
            if f"{_SORT} <= :before" not in condition:
                raise NotImplementedError(f"a condition such as {condition!r}")
            end = bisect_left(entries, (int(values[":before"]["N"]) + 1, ""))
        start = 0
        after = request.get("ExclusiveStartKey")
        if after is not None:
            start = bisect_right(entries, (int(after[_SORT]["N"]), after[_KEY]["S"]))
        limit = min(request.get("Limit", PAGE_ENTRIES), PAGE_ENTRIES)
        page = entries[start : min(end, start + limit)]
        answer: dict[str, Any] = {"Count": len(page)}
        items = [self._item(values[":shard"], entry) for entry in page]
        if request.get("Select") != "COUNT":
            answer["Items"] = items
        # As the simulator's model: a page that its limit ended has a next one, be it empty.
        if page and len(page) == limit:
            answer["LastEvaluatedKey"] = items[-1]
        return answer

    def _item(self, partition: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
        since, order_id = entry
        return {_KEY: {"S": order_id}, _PARTITION: partition, _SORT: {"N": str(since)}}

    def _write(self, table: Table, write: Write) -> None:
        super()._write(table, write)
        # The invariants that read changes do not run here.
        table.changes.clear()
        before, after = _place(write.old), _place(write.new)
        if before == after:
            return
        if before is not None:
            entries = self._entries[before[0]]
            del entries[bisect_left(entries, (before[1], write.key))]
        if after is not None:
            insort(self._entries[after[0]], (after[1], write.key))


def _place(item: Mapping[str, Any] | None) -> tuple[str, int] | None:
    if item is None or _PARTITION not in item or _SORT not in item:
        return None
    return item[_PARTITION]["S"], int(item[_SORT]["N"])
