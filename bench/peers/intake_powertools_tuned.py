"""Powertools idempotency around put and send, as lean as its options and boto3 allow.

One low-level client for both tables, no resource layer, the local cache, no payload validation,
items written in DynamoDB's own JSON.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.idempotency import (  # type: ignore[import-not-found]
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent,
)

from bench.peers.invocations import LambdaContext, placing
from bench.peers.tuned_clients import tuned_client

ORDER_TABLE = os.environ["PEER_ORDER_TABLE"]
QUEUE_URL = os.environ["PAYMENT_QUEUE_URL"]
dynamodb = tuned_client("dynamodb")
sqs = tuned_client("sqs")
persistence = DynamoDBPersistenceLayer(
    table_name=os.environ["IDEMPOTENCY_TABLE"], boto3_client=dynamodb
)
config = IdempotencyConfig(
    event_key_jmespath='headers."idempotency-key"',
    raise_on_no_idempotency_key=True,
    use_local_cache=True,
    local_cache_max_items=4096,
)


@idempotent(config=config, persistence_store=persistence)  # type: ignore[untyped-decorator]
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Store the order, send its number."""
    order = json.loads(event["body"])
    order_id = uuid.uuid4().hex
    dynamodb.put_item(
        TableName=ORDER_TABLE,
        Item={
            "pk": {"S": order_id},
            "status": {"S": "PENDING"},
            "amount": {"N": str(order["amount"])},
            "currency": {"S": order["currency"]},
            "customer": {"S": order["customer"]},
            "lines": {"S": json.dumps(order["lines"])},
            "payment_method": {"S": order["payment_method"]},
        },
    )
    sqs.send_message(QueueUrl=QUEUE_URL, MessageBody=order_id, MessageGroupId=order_id)
    return {"statusCode": 202, "body": json.dumps({"order_id": order_id})}


def program() -> Callable[[str], None]:
    """Places one order under a key."""
    return placing(handler)
