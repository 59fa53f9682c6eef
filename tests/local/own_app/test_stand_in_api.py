"""The API in place of one that cannot be called: the handlers' own answers, for a named buyer."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from checkout_stack.local.own_app.assembly import OUR_HANDLERS
from checkout_stack.local.own_app.stand_in_api import SCOPE_FROM, answer

ADA = {"authorization": "Bearer ada"}
ROUTES = [
    ("POST", "/orders", "place_order", None),
    ("GET", "/orders/ord_1", "get_order", "ord_1"),
    ("POST", "/orders/ord_1/payment-attempts", "start_payment_attempt", "ord_1"),
    ("POST", "/orders/ord_1/resume", "resume_payment", "ord_1"),
]


@pytest.mark.parametrize(("method", "path", "module", "order_id"), ROUTES)
def test_each_route_is_answered_by_its_handler(
    monkeypatch: pytest.MonkeyPatch, method: str, path: str, module: str, order_id: str | None
) -> None:
    events: list[dict[str, Any]] = []

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        events.append(event)
        return {"statusCode": 200}

    monkeypatch.setattr(import_module(f"{OUR_HANDLERS}{module}"), "handler", handler)

    assert answer(method, path, ADA, "{}") == {"statusCode": 200}
    [event] = events
    assert event["pathParameters"].get("order_id") == order_id
    found = event["requestContext"]["authorizer"]
    for part in SCOPE_FROM[0]:
        found = found[part]
    assert found == "ada"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer "}, {"authorization": "ada"}])
def test_nobody_is_served_without_a_name(headers: dict[str, str]) -> None:
    assert answer("POST", "/orders", headers, "{}")["statusCode"] == 401


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("PUT", "/orders"), ("GET", "/other")])
def test_other_routes_are_not_found(method: str, path: str) -> None:
    assert answer(method, path, ADA, "")["statusCode"] == 404
