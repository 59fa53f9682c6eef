"""The FastAPI example, by real requests, over an order table on the model and on the local AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.intake import OrderIntake
from examples.fastapi_shop import PRICES, intake, price_order, shop
from tests.checkout_runtime.in_memory_ports import InMemoryOrders

ORDER = {
    "customer": "cus_1",
    "lines": [{"sku": "mug", "quantity": 2}],
    "payment_method": "pm_ok",
}


@pytest.fixture(params=["on the model", "on the local AWS"])
def web(request: pytest.FixtureRequest) -> Iterator[TestClient]:
    orders: DynamoDbOrders = InMemoryOrders()
    if request.param == "on the local AWS":
        table = request.getfixturevalue("order_table")
        orders = DynamoDbOrders(request.getfixturevalue("dynamodb"), table)
    made = OrderIntake(orders, namespace="examples", price_order=price_order)
    shop.dependency_overrides[intake] = lambda: made
    yield TestClient(shop)
    shop.dependency_overrides.clear()


@pytest.fixture
def key() -> str:
    return str(uuid4())


@pytest.fixture
def place(web: TestClient, key: str) -> Callable[..., Any]:
    headers = {"Idempotency-Key": key, "X-Buyer": "ada"}
    return lambda **changes: web.post("/orders", json={**ORDER, **changes}, headers=headers)


def test_a_resubmission_is_the_same_order(place: Callable[..., Any]) -> None:
    first, second = place(), place()
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()


def test_the_price_is_the_shops(place: Callable[..., Any]) -> None:
    assert place().json()["amount"] == 2500


def test_a_price_of_the_buyers_is_refused(place: Callable[..., Any]) -> None:
    assert place(amount=1).status_code == 422


def test_another_cart_under_the_same_key_is_refused(place: Callable[..., Any]) -> None:
    place()
    assert place(lines=[{"sku": "book", "quantity": 1}]).status_code == 422


def test_what_is_not_for_sale_is_refused(place: Callable[..., Any]) -> None:
    assert "yacht" in place(lines=[{"sku": "yacht", "quantity": 1}]).text


def test_an_article_that_is_sold_no_longer_does_not_hide_the_order_that_was_placed(
    place: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = place()
    monkeypatch.delitem(PRICES, "mug")
    again = place()
    assert (again.status_code, again.json()) == (first.status_code, first.json())
