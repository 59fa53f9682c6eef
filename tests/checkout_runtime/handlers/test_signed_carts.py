"""With signed carts the buyer carries the shop's price, and cannot change it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.domain.signed_cart import sign_cart
from checkout_runtime.handlers import dependencies
from checkout_stack.local.aws import LocalAws
from tests.checkout_runtime.factories import submitted
from tests.checkout_runtime.handlers.conftest import Functions, clear_caches
from tests.checkout_runtime.handlers.http_requests import CLAIMS, body_of, request

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
    return functions


def cart(
    cart_id: str,
    order: dict[str, Any] = PRICED,
    secret: str = SECRET,
    *,
    expires_in: int = 600,
    audience: str | None = None,
) -> str:
    return sign_cart(
        cart_id,
        order,
        expires_at=int(time.time()) + expires_in,
        secret=secret.encode(),
        audience=audience or os.environ["CHECKOUT_NAMESPACE"],
    )


def expired(cart_id: str, order: dict[str, Any] = PRICED, secret: str = SECRET) -> str:
    return cart(cart_id, order, secret, expires_in=-1)


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


def test_a_cart_that_was_signed_for_another_checkout_is_refused(shop: Functions) -> None:
    """Also with one secret for both: the cart would be an order in each."""
    assert wrong_fields(place(shop, cart("c-1", audience="another-checkout"))) == ["cart"]


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


def test_a_secret_that_is_not_there_is_for_an_operator(
    shop: Functions, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CART_SECRET_ARN", "no-such-secret")
    answer = place(shop, cart("c-1"))
    assert answer["statusCode"] == 500
    assert body_of(answer)["type"].endswith(":misconfigured")
    assert "Retry-After" not in answer["headers"]
    assert [(each.levelname, vars(each)["event"]) for each in caplog.records] == [
        ("ERROR", "misconfigured")
    ]


def test_a_secrets_manager_that_does_not_answer_asks_to_come_back(
    shop: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9")
    dependencies.cart_secrets.cache_clear()
    answer = place(shop, cart("c-1"))
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")
    assert body_of(answer)["type"].endswith(":try-again")


def test_a_cart_that_was_signed_before_the_secret_was_rotated_is_taken(
    shop: Functions, local_aws: LocalAws
) -> None:
    assert place(shop, cart("c-1"))["statusCode"] == 202
    local_aws.secrets_manager().put_secret_value(
        SecretId=os.environ["CART_SECRET_ARN"], SecretString=SECRET[::-1]
    )
    dependencies.cart_secrets.cache_clear()
    assert place(shop, cart("c-2", secret=SECRET[::-1]))["statusCode"] == 202
    assert place(shop, cart("c-3"))["statusCode"] == 202
    assert wrong_fields(place(shop, cart("c-4", secret="x" * 32))) == ["cart"]


# Carts whose time has run out ------------------------------------------------------------------


def test_a_resubmission_whose_cart_has_expired_is_the_same_order(shop: Functions) -> None:
    """The answer was lost; a refusal would send the buyer to buy a second time."""
    first = place(shop, cart("c-1"))
    shop.calls.clear()
    again = place(shop, expired("c-1"))
    assert body_of(again) == body_of(first)
    assert again["headers"]["Idempotent-Replayed"] == "true"
    assert shop.calls == ["PutItem"]


def test_an_expired_cart_that_is_no_order_is_refused_and_makes_none(
    shop: Functions, dynamodb: BotocoreService, order_table: str
) -> None:
    before = dynamodb.client.scan(TableName=order_table, Select="COUNT", ConsistentRead=True)[
        "Count"
    ]
    answer = place(shop, expired("c-1"))
    assert wrong_fields(answer) == ["cart"]
    assert "run out" in body_of(answer)["errors"][0]["detail"]
    after = dynamodb.client.scan(TableName=order_table, Select="COUNT", ConsistentRead=True)[
        "Count"
    ]
    assert after == before


def test_an_expired_cart_with_other_content_is_a_mismatch(shop: Functions) -> None:
    place(shop, cart("c-1"))
    answer = place(shop, expired("c-1", {**PRICED, "amount": 1}))
    assert body_of(answer)["type"].endswith(":idempotency-key-reused")


def test_an_expired_cart_of_another_buyer_is_not_answered_by_this_ones_order(
    shop: Functions,
) -> None:
    place(shop, cart("c-1"))
    body = {"cart": expired("c-1"), "payment_method": "pm_ok"}
    answer = shop.place_order(request(body, key=None, claims={**CLAIMS, "sub": "ben"}))
    assert wrong_fields(answer) == ["cart"]


def test_a_made_up_signature_finds_no_order(shop: Functions) -> None:
    place(shop, cart("c-1"))
    shop.calls.clear()
    assert wrong_fields(place(shop, expired("c-1", secret=SECRET[::-1]))) == ["cart"]
    assert shop.calls == []


def test_an_expired_cart_that_is_an_order_under_another_key_is_a_conflict(
    shop: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARDS_CARTS", "true")
    first = place(shop, cart("c-1"), key="k1")
    again = place(shop, expired("c-1"), key="k2")
    assert again["statusCode"] == 409
    assert body_of(first)["order_id"] not in again["body"]
    assert wrong_fields(place(shop, expired("c-2"), key="k3")) == ["cart"]


# What a cart is called -------------------------------------------------------------------------


@pytest.mark.parametrize("cart_id", ["a\nb", "\x00", " ", "\ufffd"], ids=ascii)
def test_a_cart_id_that_names_no_cart_is_refused(cart_id: str, shop: Functions) -> None:
    answer = place(shop, cart(cart_id), key="k1")
    assert (answer["statusCode"], wrong_fields(answer)) == (422, ["cart"])


@pytest.mark.parametrize("cart_id", ["a,b", "a b", 'a"b', "ö"], ids=ascii)
def test_a_cart_id_that_cannot_be_a_key_says_so_in_its_own_words(
    cart_id: str, shop: Functions
) -> None:
    answer = place(shop, cart(cart_id))
    assert wrong_fields(answer) == ["cart.cart_id"]
    [error] = body_of(answer)["errors"]
    assert "255 printable ASCII characters without spaces, commas" in error["detail"]
    assert place(shop, cart(cart_id), key="k1")["statusCode"] == 202


def test_unknown_fields_beside_a_cart_are_named_up_to_a_number(shop: Functions) -> None:
    more: dict[str, Any] = {f"{number:x}" * 200: 1 for number in range(1, 10)}
    names = wrong_fields(place(shop, cart("c-1"), **more))
    assert len(names) == 5
    assert {len(name) for name in names} == {128}


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
