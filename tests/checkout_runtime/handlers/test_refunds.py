"""``/orders/{order_id}/refunds``: what a shop or an operator is answered, on orders in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkout_runtime.adapters.refund_item import refund_from_item, refund_to_item
from checkout_runtime.application.place_refund import PlaceRefund
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.operation_message import OperationMessage
from checkout_runtime.domain.order import Order
from checkout_runtime.handlers import refunds, relay_orders
from tests.checkout_runtime.adapters.order_stores import placed
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.factories import new_order


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch) -> RefundingCheckout:
    made = RefundingCheckout()
    monkeypatch.setenv("SCOPE_FROM", '[["jwt","claims","sub"]]')
    monkeypatch.setattr(refunds, "orders", lambda: made.orders)
    monkeypatch.setattr(refunds, "refunds", lambda: made.refunds)
    place = PlaceRefund(made.orders, made.refunds, made.clock)
    monkeypatch.setattr(refunds, "_place_refund", lambda: place)
    return made


@pytest.fixture
def order(checkout: RefundingCheckout) -> Order:
    return checkout.paid()


def request(
    method: str, order_id: str, body: object = None, key: str | None = "rma-17", sub: str = "shop"
) -> dict[str, Any]:
    event: dict[str, Any] = {
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "http": {"method": method},
            "authorizer": {"jwt": {"claims": {"sub": sub}}},
        },
        "pathParameters": {"order_id": order_id},
        "body": json.dumps(body),
    }
    if key is not None:
        event["headers"]["idempotency-key"] = key
    return event


def answered(*given: Any, **more: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
    answer = refunds.handler(request(*given, **more), None)
    return answer["statusCode"], json.loads(answer["body"]), answer["headers"]


def test_a_refund_is_accepted_replayed_and_listed(
    checkout: RefundingCheckout, order: Order
) -> None:
    status, body, _ = answered("POST", order.order_id, {"amount": 500, "reason": "broken"})
    assert (status, body["status"], body["amount"]) == (202, "REQUESTED", 500)
    again, replayed, headers = answered("POST", order.order_id, {"amount": 500})
    assert (again, replayed["refund_id"]) == (202, body["refund_id"])
    assert headers["Idempotent-Replayed"] == "true"
    status, listed, _ = answered("GET", order.order_id)
    assert (status, listed["refundable"]) == (200, 3700)
    assert [each["reason"] for each in listed["refunds"]] == ["broken"]
    stored = checkout.refunds.get(body["refund_id"])
    assert stored is not None
    checkout.work_on(stored)
    status, body, _ = answered("POST", order.order_id, {"amount": 500})
    assert (status, body["status"], body["reference"]) == (200, "REFUNDED", "re_1")


def test_who_asked_is_kept_as_a_digest(checkout: RefundingCheckout, order: Order) -> None:
    _, body, _ = answered("POST", order.order_id, {}, sub="ada@shop.example")
    stored = checkout.refunds.get(body["refund_id"])
    assert stored is not None
    assert "ada" not in stored.asked_by


@pytest.mark.parametrize(
    ("body", "key", "status", "slug"),
    [
        ({}, None, 400, "idempotency-key-missing"),
        ({}, "a,b", 400, "idempotency-key-malformed"),
        ({"amount": 0}, "k", 422, "invalid-fields"),
        ({"amount": "5"}, "k", 422, "invalid-fields"),
        ({"charge_id": 1}, "k", 422, "invalid-fields"),
        ({"reason": "4111 1111 1111 1111"}, "k", 422, "invalid-fields"),
        ({"currency": "EUR"}, "k", 422, "invalid-fields"),
        ([], "k", 422, "invalid-fields"),
        ({"amount": 4201}, "k", 409, "refund-refused"),
        ({"charge_id": "ch_none"}, "k", 409, "refund-refused"),
    ],
)
def test_what_is_not_accepted_stores_nothing(
    body: object, key: str | None, status: int, slug: str, checkout: RefundingCheckout, order: Order
) -> None:
    said, problem, _ = answered("POST", order.order_id, body, key=key)
    assert (said, problem["type"].rpartition(":")[2]) == (status, slug)
    assert checkout.now(order).refunds == frozenset()


def test_a_refusal_says_why_and_whether_to_come_again(
    checkout: RefundingCheckout, order: Order
) -> None:
    _, problem, headers = answered("POST", order.order_id, {"amount": 4201})
    assert (problem["why"], problem["refundable"]) == ("more_than_left", 4200)
    assert "Retry-After" not in headers
    pending = placed(checkout.orders, "k2")
    _, problem, headers = answered("POST", pending.order_id, {})
    assert (problem["why"], headers["Retry-After"]) == ("not_paid_yet", "60")


def test_another_refund_under_the_key_is_refused(order: Order, checkout: RefundingCheckout) -> None:
    answered("POST", order.order_id, {"amount": 1})
    status, problem, _ = answered("POST", order.order_id, {"amount": 2})
    assert (status, problem["type"].rpartition(":")[2]) == (422, "idempotency-key-reused")
    assert checkout.now(order).left_to_refund == 4199


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_order_is_not_there(method: str, checkout: RefundingCheckout) -> None:
    del checkout
    assert answered(method, "ord_" + "a" * 52, {})[0] == 404
    assert answered(method, "op_" + "a" * 52, {})[0] == 404


def test_the_relay_tells_a_refund_from_an_order(checkout: RefundingCheckout, order: Order) -> None:
    refund = checkout.asked(order)
    item = refund_to_item(refund, 1)
    assert refund_from_item(item) == refund
    assert relay_orders._message(item) == OperationMessage(order.order_id, refund.refund_id)
    from tests.checkout_runtime.full_item import item_of

    assert relay_orders._message(item_of(new_order())) == PaymentMessage(new_order().order_id, 1)
    with pytest.raises(ValueError, match="no operation id"):
        relay_orders._message({**item, "pk": {"S": "op_1"}})
