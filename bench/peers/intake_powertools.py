"""Powertools idempotency around put and send, as its documentation shows it."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from typing import Any

import boto3
from aws_lambda_powertools.utilities.idempotency import (  # type: ignore[import-not-found]
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent,
)

from bench.peers.invocations import LambdaContext, placing

table = boto3.resource("dynamodb").Table(os.environ["PEER_ORDER_TABLE"])
sqs = boto3.client("sqs")
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"])
config = IdempotencyConfig(
    event_key_jmespath='headers."idempotency-key"',
    payload_validation_jmespath="body",
    raise_on_no_idempotency_key=True,
)


@idempotent(config=config, persistence_store=persistence)  # type: ignore[untyped-decorator]
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Store the order, send its number."""
    order = json.loads(event["body"])
    order_id = str(uuid.uuid4())
    table.put_item(Item={"pk": order_id, "status": "PENDING", **order})
    sqs.send_message(
        QueueUrl=os.environ["PAYMENT_QUEUE_URL"],
        MessageBody=json.dumps({"order_id": order_id}),
        MessageGroupId=order_id,
    )
    return {"statusCode": 202, "body": json.dumps({"order_id": order_id})}


def program() -> Callable[[str], None]:
    """Places one order under a key."""
    return placing(handler)
