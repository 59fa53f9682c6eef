"""DynamoDB, SQS and Secrets Manager behind their JSON protocols, counted.

DynamoDB is the simulator's model, which evaluates expressions as AWS does, so a program that gets
a condition wrong fails here. The queue only takes what it is sent: the programs are handed their
messages by the bench, as Lambda hands them over.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bench.stubs.write_units import write_units
from checkout_runtime.adapters.aws import AwsRefusedError
from simulator.deployment import ORDER_TABLE, make_table
from simulator.models.dynamodb import DynamoDbModel

IDEMPOTENCY_TABLE = "idempotency"
"""Powertools' own, keyed by ``id``."""
PEER_ORDER_TABLE = "peer-orders"
"""Of a program that has no index to write to."""
SECRET = "token-of-the-payment-service"  # noqa: S105 - of a stub
_INDEXES = {ORDER_TABLE: {"unsettled": ("unsettled_shard", "unsettled_since")}}
_OPERATIONS = ("PutItem", "UpdateItem", "DeleteItem", "GetItem")


class _TimeOfDay:
    def now(self) -> int:
        return time.time_ns() // 1_000_000


class AwsStub:
    """Answers calls by their ``X-Amz-Target`` and counts them."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._dynamodb = DynamoDbModel(_TimeOfDay())
        make_table(self._dynamodb)
        for name, key in ((IDEMPOTENCY_TABLE, "id"), (PEER_ORDER_TABLE, "pk")):
            self._dynamodb.create_table(name, key=key, indexes={}, stream_shards=1)

    def answer(self, target: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to one call.

        Raises:
            ValueError: an operation that no program of the bench should need.
        """
        service, _, operation = target.partition(".")
        asked = json.loads(body)
        if service == "DynamoDB_20120810":
            return self._answer_of_table(operation, asked)
        self.counts["calls"] += 1
        self.counts[f"{service}.{operation}"] += 1
        if target == "AmazonSQS.SendMessage":
            return 200, _taken(asked)
        if target == "AmazonSQS.SendMessageBatch":
            entries = [{"Id": entry["Id"], **_taken(entry)} for entry in asked["Entries"]]
            self.counts["messages"] += len(entries)
            return 200, {"Successful": entries, "Failed": []}
        if target == "secretsmanager.GetSecretValue":
            return 200, {"ARN": asked["SecretId"], "SecretString": SECRET}
        raise ValueError(f"the stub does not know {target}")

    def _answer_of_table(
        self, operation: str, asked: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        if operation not in _OPERATIONS:
            raise ValueError(f"the stub does not know {operation}")
        self.counts["calls"] += 1
        self.counts[f"dynamodb.{operation}"] += 1
        if operation == "GetItem":
            return 200, self._dynamodb.call(operation, asked)
        table = asked["TableName"]
        key = asked.get("Key") or {name: asked["Item"][name] for name in self._key_of(table)}
        old = self._item(table, key)
        try:
            return 200, self._dynamodb.call(operation, asked)
        except AwsRefusedError as error:
            # As on the wire: the item of a failed condition stands beside its type.
            found = {} if error.item is None else {"Item": error.item}
            kind = f"com.amazonaws.dynamodb.v20120810#{error.code}"
            return 400, {"__type": kind, "message": error.message, **found}
        finally:
            new = self._item(table, key)
            self.counts["write_units"] += write_units(old, new, _INDEXES.get(table, {}))
            self._dynamodb.take_changes(table)

    def _item(self, table: str, key: Mapping[str, Any]) -> dict[str, Any] | None:
        return self._dynamodb.call("GetItem", {"TableName": table, "Key": key}).get("Item")

    @staticmethod
    def _key_of(table: str) -> tuple[str]:
        return ("id",) if table == IDEMPOTENCY_TABLE else ("pk",)


def _taken(message: Mapping[str, Any]) -> dict[str, str]:
    digest = hashlib.md5(message["MessageBody"].encode(), usedforsecurity=False).hexdigest()
    return {"MessageId": digest, "MD5OfMessageBody": digest, "SequenceNumber": "1"}
