"""A buyer's request as API Gateway hands it over (HTTP API, payload format 2.0)."""

from __future__ import annotations

import json
from typing import Any

ORDER: dict[str, Any] = {
    "amount": 4200,
    "currency": "EUR",
    "customer": "cus_1",
    "lines": [{"sku": "mug", "quantity": 2}, {"sku": "tea", "quantity": 1}],
    "payment_method": "pm_ok",
}
_BODY = json.dumps(ORDER)


def request(key: str) -> dict[str, Any]:
    """``POST /orders`` under an idempotency key."""
    return {
        "version": "2.0",
        "routeKey": "POST /orders",
        "rawPath": "/orders",
        "rawQueryString": "",
        "headers": {
            "accept": "application/json",
            "content-type": "application/json",
            "host": "shop.example.com",
            "idempotency-key": key,
            "user-agent": "Mozilla/5.0",
        },
        "requestContext": {
            "authorizer": {"jwt": {"claims": {"iss": "https://id.example.com", "sub": "alice"}}},
            "http": {"method": "POST", "path": "/orders", "protocol": "HTTP/1.1"},
            "requestId": "request",
            "stage": "$default",
        },
        "body": _BODY,
        "isBase64Encoded": False,
    }
