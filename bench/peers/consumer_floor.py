"""The physical floor: a write, a payment and a write, one after the other, and nothing else.

For one message, over connections that stay open, with bytes that are ready. No SDK, no signature.
"""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Callable
from urllib.parse import urlsplit

from bench.peers.invocations import ORDER


def program() -> Callable[[str], None]:
    """Writes, pays and writes for one message."""
    url = urlsplit(os.environ["PAYMENT_SERVICE_URL"])
    stub = http.client.HTTPConnection(url.hostname or "", url.port)
    payment = json.dumps(ORDER).encode()
    # The token is read before the clock starts, as the other programs do.
    stub.request(
        "POST",
        "/",
        json.dumps({"SecretId": "token"}),
        {"X-Amz-Target": "secretsmanager.GetSecretValue"},
    )
    token = json.loads(stub.getresponse().read())["SecretString"]

    def exchange(path: str, body: bytes, headers: dict[str, str]) -> None:
        stub.request("POST", path, body, headers)
        answer = stub.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} was answered with {answer.status}")

    def pay(name: str) -> None:
        item = {"pk": {"S": name}}
        write = json.dumps({"TableName": os.environ["PEER_ORDER_TABLE"], "Item": item}).encode()
        target = {"X-Amz-Target": "DynamoDB_20120810.PutItem"}
        exchange("/", write, target)
        paid = {"Authorization": f"Bearer {token}", "Idempotency-Key": name}
        exchange(url.path, payment, paid)
        exchange("/", write, target)

    return pay
