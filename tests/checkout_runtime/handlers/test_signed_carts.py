"""With signed carts the buyer carries the shop's price, and cannot change it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.domain.signed_cart import sign_cart
from checkout_runtime.handlers import parts
from checkout_stack.local.aws import LocalAws
from tests.checkout_runtime.handlers.conftest import Functions, clear_caches
from tests.checkout_runtime.handlers.http_requests import body_of, request
from tests.checkout_runtime.making import submitted

SECRET = "0123456789abcdef0123456789abcdef"
PRICED = submitted(payment_method=...)


@pytest.fixture
def shop(
    functions: Functions,
    local_aws: LocalAws,
    fresh_name: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Functions:
    secret = local_aws.secrets_manager().create_secret(
        Name=fresh_name("cart-secret"), SecretString=SECRET
    )
    monkeypatch.setenv("CART_SECRET_ARN", secret["ARN"])
    clear_caches()
    parts.dynamodb().meta.events.register(
        "before-call.*.*", lambda model, **_: functions.calls.append(model.name)
    )
    return functions


def cart(cart_id: str, order: dict[str, Any] = PRICED, secret: str = SECRET) -> str:
    return sign_cart(cart_id, order, expires_at=int(time.time()) + 600, secret=secret.encode())


def place(shop: Functions, token: str, key: str | None = None, **more: Any) -> dict[str, Any]:
    body = {"cart": token, "payment_method": "pm_ok", **more}
    answer: dict[str, Any] = shop.place_order(request(body, key=key))
    return answer


def wrong_fields(answer: dict[str, Any]) -> list[str]:
    assert answer["statusCode"] == 422
    return [each["field"] for each in body_of(answer)["errors"]]


def test_the_order_is_what_the_shop_signed(shop: Functions) -> None:
    order = body_of(place(shop, cart("c-1")))
    assert (order["amount"], order["currency"]) == (PRICED["amount"], PRICED["currency"])


def test_the_carts_id_is_the_key_where_none_is_sent(shop: Functions) -> None:
    first, second = place(shop, cart("c-1")), place(shop, cart("c-1"))
    assert body_of(first) == body_of(second)
    assert second["headers"]["Idempotent-Replayed"] == "true"


def test_a_key_that_is_sent_is_taken(shop: Functions) -> None:
    first, second = place(shop, cart("c-1"), key="k1"), place(shop, cart("c-1"), key="k2")
    assert body_of(first)["order_id"] != body_of(second)["order_id"]


@pytest.mark.parametrize("name", ["amount", "currency", "lines"])
def test_a_price_beside_the_cart_is_refused(name: str, shop: Functions) -> None:
    assert wrong_fields(place(shop, cart("c-1"), **{name: PRICED[name]})) == [name]


def test_a_price_without_a_cart_is_refused(shop: Functions) -> None:
    assert wrong_fields(shop.place_order(request(submitted()))) == ["cart"]


def test_a_cart_that_another_signed_is_refused(shop: Functions) -> None:
    assert wrong_fields(place(shop, cart("c-1", secret=SECRET[::-1]))) == ["cart"]


def test_what_the_shop_signed_is_checked_all_the_same(shop: Functions) -> None:
    assert wrong_fields(place(shop, cart("c-1", {**PRICED, "amount": 0}))) == ["amount"]


def test_a_secret_that_is_not_there_asks_to_come_back(
    shop: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CART_SECRET_ARN", "no-such-secret")
    answer = place(shop, cart("c-1"))
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")


def test_a_guarded_cart_under_a_fresh_key_is_a_conflict_that_names_no_order(
    shop: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARDS_CARTS", "true")
    first = place(shop, cart("c-1"), key="k1")
    again = place(shop, cart("c-1"), key="k2")
    assert (first["statusCode"], again["statusCode"]) == (202, 409)
    assert body_of(first)["order_id"] not in again["body"]
    assert place(shop, cart("c-1"), key="k1")["headers"]["Idempotent-Replayed"] == "true"


def test_an_unguarded_order_takes_one_call_of_aws_beside_the_secret(shop: Functions) -> None:
    place(shop, cart("c-1"))
    assert shop.calls == ["PutItem"]
