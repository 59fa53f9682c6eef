"""One message with Powertools ``idempotent_function``, as lean as it goes.

The message carries the order, so that nothing is read; one low-level client serves everything.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import urllib3
from aws_lambda_powertools.utilities.idempotency import (  # type: ignore[import-not-found]
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

from bench.peers.invocations import ORDER
from bench.peers.tuned_clients import tuned_client

ORDER_TABLE = os.environ["PEER_ORDER_TABLE"]
PAYMENTS = os.environ["PAYMENT_SERVICE_URL"]
dynamodb = tuned_client("dynamodb")
persistence = DynamoDBPersistenceLayer(
    table_name=os.environ["IDEMPOTENCY_TABLE"], boto3_client=dynamodb
)
config = IdempotencyConfig(
    event_key_jmespath="order_id", use_local_cache=True, local_cache_max_items=4096
)
http = urllib3.PoolManager(maxsize=10, retries=False, timeout=10.0)
secret = tuned_client("secretsmanager").get_secret_value(
    SecretId=os.environ["PAYMENT_SERVICE_SECRET_ARN"]
)["SecretString"]


def store(order_id: str) -> None:
    """What the intake did before."""
    dynamodb.put_item(TableName=ORDER_TABLE, Item={"pk": {"S": order_id}})


def message(order_id: str) -> dict[str, Any]:
    """The body of its message."""
    return {"order_id": order_id, **{name: ORDER[name] for name in ORDER if name != "lines"}}


@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="order", config=config, persistence_store=persistence
)
def charge(order: Mapping[str, Any]) -> dict[str, str]:
    """Charge one order, and store that it is paid."""
    order_id = order["order_id"]
    answer = http.request(
        "POST",
        PAYMENTS,
        body=json.dumps(order),
        headers={
            "Authorization": f"Bearer {secret}",
            "Content-Type": "application/json",
            "Idempotency-Key": order_id,
        },
    )
    if answer.status != 200:
        raise RuntimeError(f"the payment service answered {answer.status}")
    charge_id: str = json.loads(answer.data)["charge_id"]
    dynamodb.update_item(
        TableName=ORDER_TABLE,
        Key={"pk": {"S": order_id}},
        UpdateExpression="SET #status = :paid, charge_id = :charge_id",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":paid": {"S": "PAID"}, ":charge_id": {"S": charge_id}},
    )
    return {"charge_id": charge_id}
