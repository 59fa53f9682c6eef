"""Requests as API Gateway hands them over (HTTP API, payload format 2.0)."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.checkout_runtime.factories import submitted

CLAIMS = {"iss": "https://issuer.example.com", "sub": "alice"}


def request(
    body: Any = None,
    *,
    key: str | None = "k1",
    claims: dict[str, Any] | None = CLAIMS,
    order_id: str | None = None,
    content_type: str | None = "application/json",
    encoded: bool = False,
) -> dict[str, Any]:
    """An event; ``body`` is sent as JSON unless it is text or bytes already."""
    raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
    headers = {"idempotency-key": key, "content-type": content_type}
    event: dict[str, Any] = {
        "version": "2.0",
        "headers": {name: value for name, value in headers.items() if value is not None},
        "requestContext": {} if claims is None else {"authorizer": {"jwt": {"claims": claims}}},
        "isBase64Encoded": encoded,
        "body": raw,
    }
    if encoded:
        data = raw if isinstance(raw, bytes) else raw.encode()
        event["body"] = base64.b64encode(data).decode()
    if order_id is not None:
        event["pathParameters"] = {"order_id": order_id}
    return event


def placement(key: str | None = "k1", **changes: Any) -> dict[str, Any]:
    """A request to place an order, valid but for the changes."""
    return request(submitted(**changes), key=key)


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The decoded body of an answer."""
    decoded: dict[str, Any] = json.loads(answer["body"])
    return decoded
