"""The form without scripts: the same form sent again is the same order."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from checkout_runtime.domain.order import Order
from checkout_runtime.intake import OrderIntake
from examples.fastapi_form import shop
from examples.fastapi_shop import intake, price_order
from tests.checkout_runtime.in_memory_ports import InMemoryOrders


@pytest.fixture
def orders() -> InMemoryOrders:
    return InMemoryOrders()


@pytest.fixture
def web(orders: InMemoryOrders) -> Iterator[TestClient]:
    made = OrderIntake(orders, namespace="examples", price_order=price_order)
    shop.dependency_overrides[intake] = lambda: made
    yield TestClient(shop, headers={"X-Buyer": "ada"}, follow_redirects=False)
    shop.dependency_overrides.clear()


def fields_of(web: TestClient) -> dict[str, str]:
    """The form as a browser would send it."""
    page = web.get("/checkout")
    assert "no-store" not in page.headers.get("cache-control", "")
    inputs = dict(re.findall(r'<input[^>]*name="(\w+)" value="([^"]*)"', page.text))
    return {**inputs, "payment_method": re.findall(r'<option value="(\w+)"', page.text)[0]}


def send(web: TestClient, fields: dict[str, str]) -> Response:
    answer: Response = web.post("/checkout", data=fields)
    return answer


def test_the_same_form_sent_again_is_the_same_order(web: TestClient) -> None:
    fields = fields_of(web)
    first, again = send(web, fields), send(web, fields)

    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["location"] == again.headers["location"]


def test_another_form_is_another_order(web: TestClient) -> None:
    places = {send(web, fields_of(web)).headers["location"] for _ in range(2)}

    assert len(places) == 2


def test_a_form_whose_content_was_changed_after_it_was_sent_is_refused(web: TestClient) -> None:
    fields = fields_of(web)
    send(web, fields)

    assert send(web, {**fields, "quantity": "2"}).status_code == 422


@pytest.mark.parametrize("quantity", ["", "0", "many", "9" * 5000])
def test_a_quantity_that_is_none_is_refused(web: TestClient, quantity: str) -> None:
    assert "quantity" in send(web, {**fields_of(web), "quantity": quantity}).text


def test_a_form_without_its_key_is_refused(web: TestClient) -> None:
    fields = fields_of(web)
    del fields["idempotency_key"]

    assert "idempotency_key" in send(web, fields).text


def test_the_orders_page_looks_again_until_it_is_settled_and_is_the_buyers_own(
    web: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = send(web, fields_of(web)).headers["location"]

    page = web.get(place)
    assert "PENDING" in page.text
    assert "refresh" in page.text
    assert web.get(place, headers={"X-Buyer": "ben"}).status_code == 404
    monkeypatch.setattr(Order, "is_settled", True)
    assert "refresh" not in web.get(place).text
