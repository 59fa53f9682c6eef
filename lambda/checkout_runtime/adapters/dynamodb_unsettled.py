"""The sparse index of unsettled orders on DynamoDB."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from checkout_runtime.adapters.conditional_updates import order_that_stands
from checkout_runtime.adapters.order_item import open_shard, order_from_item, review_shard
from checkout_runtime.application.ports import IndexKey, Page
from checkout_runtime.domain.order import Order

__all__ = ["DynamoDbUnsettledOrders"]

_log = logging.getLogger(__name__)

INDEX_NAME = "unsettled"
_BOOKMARK = {"pk": {"S": "reconciler#bookmark"}}
"""No order: order ids begin with ``ord_``."""


class DynamoDbUnsettledOrders:
    """Reads the index shard by shard; an entry is only a key, the order is read by it."""

    def __init__(self, client: Any, table_name: str, shards: int) -> None:
        self._client = client
        self._table_name = table_name
        self._shards = shards

    @property
    def shards(self) -> int:
        """How many shards there are."""
        return self._shards

    def oldest_open(self, shard: int) -> int | None:
        """Return since when the shard's oldest open order is unsettled, or None."""
        found = self._query(open_shard(shard), Limit=1)["Items"]
        return int(found[0]["unsettled_since"]["N"]) if found else None

    def open_before(self, shard: int, before: int, limit: int, after: IndexKey | None) -> Page:
        """Return up to ``limit`` orders unsettled since before a time, oldest first."""
        options: dict[str, Any] = {"Limit": limit}
        if after is not None:
            options["ExclusiveStartKey"] = {
                "pk": {"S": after.order_id},
                "unsettled_shard": {"S": open_shard(shard)},
                "unsettled_since": {"N": str(after.unsettled_since)},
            }
        answer = self._query(open_shard(shard), before, **options)
        last = answer.get("LastEvaluatedKey")
        return Page(
            self._orders([item["pk"]["S"] for item in answer["Items"]]),
            IndexKey(last["pk"]["S"], int(last["unsettled_since"]["N"])) if last else None,
        )

    def count_open(self, shard: int) -> int:
        """Return how many orders of the shard are on their way."""
        return self._count(open_shard(shard))

    def count_in_review(self, shard: int) -> int:
        """Return how many orders of the shard need a person."""
        return self._count(review_shard(shard))

    def bookmark(self) -> dict[int, IndexKey | None]:
        """Return the shards that the last run left unread and where to go on; empty if none."""
        answer = self._client.batch_get_item(
            RequestItems={self._table_name: {"Keys": [_BOOKMARK], "ConsistentRead": True}}
        )
        items = answer["Responses"].get(self._table_name, [])
        places = json.loads(items[0]["places"]["S"]) if items else {}
        return {
            int(shard): IndexKey(*place) if place else None
            for shard, place in places.items()
            if int(shard) < self._shards
        }

    def leave_bookmark(self, places: Mapping[int, IndexKey | None]) -> None:
        """Store where the next run goes on; empty if every shard was read."""
        text = json.dumps(
            {
                shard: [place.order_id, place.unsettled_since] if place else None
                for shard, place in places.items()
            }
        )
        self._client.update_item(
            TableName=self._table_name,
            Key=_BOOKMARK,
            UpdateExpression="SET places = :places",
            ExpressionAttributeValues={":places": {"S": text}},
        )

    def begin_resend(self, order: Order, now: int) -> Order | None:
        """Store the next resend ordinal; None if the order moved on.

        A write whose answer was lost is repeated by the client and then meets its own result, which
        is returned as the result. Two runs in the same millisecond may both take one result for
        theirs: they send the same body, and SQS takes it once.
        """
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key={"pk": {"S": order.order_id}},
                UpdateExpression="SET resend = :next, resent_at = :now",
                ConditionExpression=(
                    "attempt = :attempt AND resend = :last AND #status = :status"
                    " AND claim_epoch = :epoch"
                ),
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":attempt": {"N": str(order.attempt)},
                    ":epoch": {"N": str(order.claim_epoch)},
                    ":last": {"N": str(order.resend)},
                    ":next": {"N": str(order.resend + 1)},
                    ":now": {"N": str(now)},
                    ":status": {"S": order.status.value},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            stored = order_that_stands(error)
            return stored if stored is not None and _is_resend_of(stored, order, now) else None
        return order_from_item(answer["Attributes"])

    def _orders(self, order_ids: Sequence[str]) -> list[Order]:
        """Read the orders as of now. What DynamoDB leaves out waits for the next run."""
        if not order_ids:
            return []
        keys = [{"pk": {"S": order_id}} for order_id in order_ids]
        answer = self._client.batch_get_item(
            RequestItems={self._table_name: {"Keys": keys, "ConsistentRead": True}}
        )
        items = answer["Responses"].get(self._table_name, [])
        return [order for order in map(_readable, items) if order is not None]

    def _count(self, partition: str) -> int:
        answer = self._query(partition, Select="COUNT")
        count = int(answer["Count"])
        while "LastEvaluatedKey" in answer:
            answer = self._query(
                partition, Select="COUNT", ExclusiveStartKey=answer["LastEvaluatedKey"]
            )
            count += int(answer["Count"])
        return count

    def _query(self, partition: str, before: int | None = None, **options: Any) -> Any:
        condition = "unsettled_shard = :shard"
        values: dict[str, Any] = {":shard": {"S": partition}}
        if before is not None:
            condition += " AND unsettled_since <= :before"
            values[":before"] = {"N": str(before)}
        return self._client.query(
            TableName=self._table_name,
            IndexName=INDEX_NAME,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            **options,
        )


def _is_resend_of(stored: Order, order: Order, now: int) -> bool:
    return (
        stored.attempt == order.attempt
        and stored.claim_epoch == order.claim_epoch
        and stored.status is order.status
        and stored.resend == order.resend + 1
        and stored.resent_at == now
    )


def _readable(item: dict[str, Any]) -> Order | None:
    """Return the order of an item; one that was damaged by hand must not hide the others."""
    try:
        return order_from_item(item)
    except (KeyError, TypeError, ValueError):
        extra = {"event": "order_unreadable", "order_id": item["pk"]["S"]}
        _log.exception("order_unreadable", extra=extra)
        return None
