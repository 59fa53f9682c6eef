"""What a buyer who polls is shown in every state, and what nobody else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.domain.identity import principal_of
from checkout_runtime.domain.order import OrderStatus
from tests.checkout_runtime.adapters.order_stores import IN_STATE, OnDynamoDb
from tests.checkout_runtime.factories import submitted
from tests.checkout_runtime.handlers.conftest import Functions, clear_caches
from tests.checkout_runtime.handlers.http_requests import CLAIMS, body_of, request

S = OrderStatus
PUBLIC = {
    *("order_id", "status", "next", "attempt", "attempts_left"),
    *("payment_method", "amount", "currency", "lines"),
}
MORE = {
    S.PAID: "charge_id",
    S.DECLINED: "decline_code",
    S.CANCELLED: "cancel_reason",
    S.ACTION_REQUIRED: "action_url",
}
Show = Callable[[OrderStatus], dict[str, Any]]


@pytest.fixture
def reads(functions: Functions) -> list[str]:
    """The operations of AWS that the function calls."""
    return functions.calls


@pytest.fixture
def show(
    functions: Functions,
    dynamodb: BotocoreService,
    order_table: str,
    fresh_name: Callable[[str], str],
) -> Show:
    """Bring an order into a state and ask for it as the buyer that placed it."""

    def prepare(state: OrderStatus) -> dict[str, Any]:
        order = IN_STATE[state](OnDynamoDb(dynamodb, order_table), fresh_name("shown"))
        dynamodb.client.update_item(
            TableName=order_table,
            Key={"pk": {"S": order.order_id}},
            UpdateExpression="SET #scope = :scope",
            ExpressionAttributeNames={"#scope": "scope"},
            ExpressionAttributeValues={":scope": {"S": principal_of(list(CLAIMS.values()))}},
        )
        answer: dict[str, Any] = functions.get_order(request(order_id=order.order_id))
        return answer

    return prepare


@pytest.mark.parametrize("state", S)
def test_every_state_is_shown_by_one_read_with_what_the_buyer_needs(
    state: OrderStatus, show: Show, reads: list[str]
) -> None:
    answer = show(state)
    assert reads == ["GetItem"]
    assert answer["statusCode"] == 200
    body = body_of(answer)
    assert body["status"] == (S.UNKNOWN if state is S.NEWER else state)
    assert set(body) == PUBLIC | ({MORE[state]} if state in MORE else set())
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert "Location" not in answer["headers"]


@pytest.mark.parametrize("state", S)
def test_a_buyer_is_told_to_come_back_until_the_order_is_settled(
    state: OrderStatus, show: Show
) -> None:
    headers = show(state)["headers"]
    assert ("Retry-After" in headers) == (
        state not in {S.PAID, S.DECLINED, S.AUTHORIZED, S.CANCELLED}
    )


def test_an_unknown_order_and_anothers_look_alike_byte_for_byte(
    show: Show, functions: Functions
) -> None:
    order_id = body_of(show(S.PAID))["order_id"]
    ben = {**CLAIMS, "sub": "ben"}
    others = functions.get_order(request(order_id=order_id, claims=ben))
    none = functions.get_order(request(order_id="ord_" + "a" * 52, claims=ben))
    no_id = functions.get_order(request(order_id="no id", claims=ben))
    assert others["statusCode"] == 404
    assert others == none == no_id
    assert order_id not in str(others)


@pytest.mark.parametrize(
    "name", ["place_order", "get_order", "start_payment_attempt", "resume_payment"]
)
def test_a_store_that_does_not_answer_is_503_for_each_of_the_functions(
    name: str, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    clear_caches()
    bodies: dict[str, object] = {
        "place_order": submitted(),
        "start_payment_attempt": {"replaces": 1, "payment_method": "p"},
        "resume_payment": {"attempt": 1},
    }
    answer = getattr(functions, name)(request(bodies.get(name), order_id="ord_" + "a" * 52))
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert "127.0.0.1" not in answer["body"]
