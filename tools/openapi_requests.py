"""Requests that the examples of the HTTP API send, and the one order that they are about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from checkout_runtime.domain.identity import order_id_for, principal_of
from checkout_runtime.domain.signed_cart import sign_cart
from simulator.deployment import CART_SECRET, NAMESPACE
from simulator.http_api import NOW_MS, Answer, HttpApi

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
ORDER: dict[str, Any] = {
    "amount": 4200,
    "currency": "EUR",
    "customer": "cus_1",
    "lines": [{"sku": "mug", "quantity": 2}],
    "payment_method": "pm_card_visa_4242",
}
HOUR_MS = 60 * 60 * 1000


class Request(NamedTuple):
    """A request as a client sends it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None
    claims: dict[str, str] | None = {"sub": "ada"}  # noqa: RUF012 - nobody changes it


def send(api: HttpApi, request: Request) -> Answer:
    """Send a request."""
    return api.request(
        request.method,
        request.url,
        headers=request.headers,
        body=request.body,
        claims=request.claims,
    )


def json_bytes(value: object) -> bytes:
    return json.dumps(value).encode()


def place(body: Mapping[str, Any] = ORDER, key: str | None = KEY) -> Request:
    headers = {"Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    return Request("POST", "/orders", headers, json_bytes(body))


def cart(cart_id: str = "cart-1") -> dict[str, str]:
    order = {name: value for name, value in ORDER.items() if name != "payment_method"}
    token = sign_cart(
        cart_id,
        order,
        expires_at=(NOW_MS + HOUR_MS) // 1000,
        secret=CART_SECRET.encode(),
        audience=NAMESPACE,
    )
    return {"cart": token, "payment_method": ORDER["payment_method"]}


def order_id() -> str:
    return order_id_for(NAMESPACE, principal_of(["ada"]), KEY)


def post(path: str, body: Mapping[str, Any]) -> Request:
    return Request(
        "POST",
        f"/orders/{order_id()}{path}",
        {"Content-Type": "application/json"},
        json_bytes(body),
    )


ATTEMPT = post("/payment-attempts", {"replaces": 1, "payment_method": "pm_card_mc_4444"})
RESUME = post("/resume", {"attempt": 1})
READ = Request("GET", f"/orders/{order_id()}", {})
FIND = Request("GET", f"/orders?key={KEY}", {})
CANCEL = Request("POST", f"/orders/{order_id()}/cancel", {})
CAPTURE = post("/capture", {"amount": 3000})
REFUND_PATH = "/refunds"
REFUND = post(REFUND_PATH, {"amount": 1200, "reason": "one mug came broken"})
REFUND = REFUND._replace(headers={**REFUND.headers, "Idempotency-Key": "rma-17"})
LIST_REFUNDS = Request("GET", f"/orders/{order_id()}{REFUND_PATH}", {})
