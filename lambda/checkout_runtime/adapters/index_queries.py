"""Queries of the index of what is not settled: partitions by reason, entries by time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.item_writes import Item
from checkout_runtime.application.order_records import IndexKey

__all__ = ["INDEX_NAME", "IndexQueries"]

INDEX_NAME = "unsettled"


class IndexQueries:
    """Reads the index of one table."""

    def __init__(self, dynamodb: AwsService, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name

    def first(self, partition: str) -> int | None:
        """Return the time of a partition's first entry, or None."""
        found = self._query(partition, Limit=1)["Items"]
        return int(found[0]["unsettled_since"]["N"]) if found else None

    def page(
        self, partition: str, until: int, *, limit: int, after: IndexKey | None
    ) -> tuple[list[str], IndexKey | None]:
        """Return the keys of up to ``limit`` entries up to a time, and where the next page begins.

        The longest due come first.
        """
        options: dict[str, Any] = {"Limit": limit}
        if after is not None:
            options["ExclusiveStartKey"] = {
                "pk": {"S": after.order_id},
                "unsettled_shard": {"S": partition},
                "unsettled_since": {"N": str(after.unsettled_since)},
            }
        answer = self._query(partition, until, **options)
        last = answer.get("LastEvaluatedKey")
        next_key = IndexKey(last["pk"]["S"], int(last["unsettled_since"]["N"])) if last else None
        return [item["pk"]["S"] for item in answer["Items"]], next_key

    def count(self, partition: str, until: int | None = None) -> int:
        """Return how many entries a partition has, or those up to a time."""
        answer = self._query(partition, until, Select="COUNT")
        count = int(answer["Count"])
        while "LastEvaluatedKey" in answer:
            start = answer["LastEvaluatedKey"]
            answer = self._query(partition, until, Select="COUNT", ExclusiveStartKey=start)
            count += int(answer["Count"])
        return count

    def items(self, keys: Sequence[str]) -> list[Item]:
        """Read items as of now. What DynamoDB leaves out is not returned."""
        if not keys:
            return []
        wanted = {"Keys": [{"pk": {"S": key}} for key in keys], "ConsistentRead": True}
        asked = {"RequestItems": {self._table_name: wanted}}
        answer = self._dynamodb.call("BatchGetItem", asked)
        items: list[Item] = answer["Responses"].get(self._table_name, [])
        return items

    def _query(self, partition: str, until: int | None = None, **options: Any) -> dict[str, Any]:
        condition = "unsettled_shard = :shard"
        values: dict[str, Any] = {":shard": {"S": partition}}
        if until is not None:
            condition += " AND unsettled_since <= :until"
            values[":until"] = {"N": str(until)}
        query = {
            "TableName": self._table_name,
            "IndexName": INDEX_NAME,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            **options,
        }
        return self._dynamodb.call("Query", query)
