"""One message with Powertools ``idempotent_function``, as its documentation shows it.

The message carries the order's number, as the queue of the question does, so the order is read.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import boto3
import urllib3
from aws_lambda_powertools.utilities.idempotency import (  # type: ignore[import-not-found]
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

from bench.peers.invocations import ORDER

persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"])
config = IdempotencyConfig(event_key_jmespath="order_id")
http = urllib3.PoolManager(maxsize=10)
secret = boto3.client("secretsmanager").get_secret_value(
    SecretId=os.environ["PAYMENT_SERVICE_SECRET_ARN"]
)["SecretString"]
_of_this_thread = threading.local()


def _table() -> Any:
    """The order table; resources of boto3 must not be shared by threads."""
    if not hasattr(_of_this_thread, "table"):
        session = boto3.session.Session()
        _of_this_thread.table = session.resource("dynamodb").Table(os.environ["PEER_ORDER_TABLE"])
    return _of_this_thread.table


def store(order_id: str) -> None:
    """What the intake did before."""
    _table().put_item(Item={"pk": order_id, "status": "PENDING", **ORDER})


def message(order_id: str) -> dict[str, Any]:
    """The body of its message."""
    return {"order_id": order_id}


@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="order", config=config, persistence_store=persistence
)
def charge(order: Mapping[str, Any]) -> dict[str, str]:
    """Charge one order, and store that it is paid."""
    order_id = order["order_id"]
    stored = _table().get_item(Key={"pk": order_id}, ConsistentRead=True)["Item"]
    answer = http.request(
        "POST",
        os.environ["PAYMENT_SERVICE_URL"],
        json={
            "order_id": order_id,
            "amount": int(Decimal(stored["amount"])),
            "currency": stored["currency"],
            "customer": stored["customer"],
            "payment_method": stored["payment_method"],
        },
        headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": order_id},
        timeout=10.0,
        retries=False,
    )
    if answer.status != 200:
        raise RuntimeError(f"the payment service answered {answer.status}")
    charge_id: str = answer.json()["charge_id"]
    _table().update_item(
        Key={"pk": order_id},
        UpdateExpression="SET #status = :paid, charge_id = :charge_id",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":paid": "PAID", ":charge_id": charge_id},
    )
    return {"charge_id": charge_id}
