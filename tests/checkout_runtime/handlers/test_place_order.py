"""Placing an order, as two buyers at the same instant and one after everything do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from tests.checkout_runtime.factories import submitted
from tests.checkout_runtime.handlers.conftest import Functions
from tests.checkout_runtime.handlers.http_requests import CLAIMS, body_of, placement, request
from tests.checkout_runtime.handlers.simultaneous_requests import all_at_once
from tests.checkout_runtime.handlers.stored_outcomes import decline, pay

AT_ONCE = 8


def count(dynamodb: BotocoreService, table: str) -> int:
    scan = {"TableName": table, "Select": "COUNT", "ConsistentRead": True}
    return int(dynamodb.call("Scan", scan)["Count"])


def test_requests_at_the_same_instant_make_one_order(
    functions: Functions, dynamodb: BotocoreService, order_table: str
) -> None:
    before = count(dynamodb, order_table)
    answers = all_at_once(
        functions,
        functions.place_order,
        [placement(payment_method=f"p{n}") for n in range(AT_ONCE)],
    )
    assert [answer["statusCode"] for answer in answers] == [202] * AT_ONCE
    assert len({body_of(answer)["order_id"] for answer in answers}) == 1
    [first] = [answer for answer in answers if "Idempotent-Replayed" not in answer["headers"]]
    # All others brought another card, and are told that it is not used.
    ignored = [answer for answer in answers if "payment_method_ignored" in body_of(answer)]
    assert len(ignored) == AT_ONCE - 1
    assert first not in ignored
    assert count(dynamodb, order_table) == before + 1
    assert functions.calls == ["PutItem"] * AT_ONCE


def test_of_two_contents_at_the_same_instant_one_is_the_order_and_the_other_422(
    functions: Functions, dynamodb: BotocoreService, order_table: str
) -> None:
    before = count(dynamodb, order_table)
    answers = all_at_once(functions, functions.place_order, [placement(amount=n) for n in (1, 2)])
    [order] = [answer for answer in answers if answer["statusCode"] == 202]
    [other] = [answer for answer in answers if answer["statusCode"] == 422]
    stored = functions.orders.get(body_of(order)["order_id"])
    assert stored is not None
    assert stored.amount == body_of(order)["amount"] == answers.index(order) + 1
    assert stored.order_id not in other["body"]
    assert count(dynamodb, order_table) == before + 1


@pytest.mark.parametrize(
    ("settle", "status", "field", "value"),
    [
        (pay, "PAID", "charge_id", "ch_1"),
        (decline, "DECLINED", "decline_code", "no_funds"),
    ],
)
def test_a_resubmission_once_settled_is_200_and_tells_what_came_of_it(
    settle: Callable[[BotocoreService, str, str], None],
    status: str,
    field: str,
    value: str,
    functions: Functions,
    dynamodb: BotocoreService,
    order_table: str,
) -> None:
    order_id = body_of(functions.place_order(placement()))["order_id"]
    settle(dynamodb, order_table, order_id)
    answer = functions.place_order(placement())
    assert answer["statusCode"] == 200
    assert answer["headers"]["Idempotent-Replayed"] == "true"
    assert answer["headers"]["Location"] == f"/orders/{order_id}"
    assert "Retry-After" not in answer["headers"]
    shown = body_of(answer)
    assert (shown["status"], shown[field]) == (status, value)
    assert functions.place_order(placement(amount=1))["statusCode"] == 422


@pytest.mark.parametrize(
    "claims",
    [{**CLAIMS, "sub": "ben"}, {**CLAIMS, "iss": "https://other.example.com"}],
    ids=["another subject", "another issuer"],
)
def test_the_same_key_of_another_principal_is_another_order(
    claims: dict[str, str], functions: Functions
) -> None:
    mine = functions.place_order(placement(amount=1))
    other = functions.place_order(request(submitted(amount=2), claims=claims))
    assert other["statusCode"] == 202
    assert "Idempotent-Replayed" not in other["headers"]
    assert body_of(mine)["order_id"] != body_of(other)["order_id"]


def test_other_claims_of_a_fresh_token_make_no_other_principal(functions: Functions) -> None:
    first = functions.place_order(request(submitted(), claims={**CLAIMS, "jti": "1", "exp": "5"}))
    again = functions.place_order(request(submitted(), claims={**CLAIMS, "jti": "2", "exp": "9"}))
    assert again["headers"]["Idempotent-Replayed"] == "true"
    assert body_of(first) == body_of(again)


def test_another_deployed_checkout_makes_another_order(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkout_runtime.handlers import place_order

    first = functions.place_order(placement())
    monkeypatch.setenv("CHECKOUT_NAMESPACE", "another")
    place_order._place_order.cache_clear()
    other = functions.place_order(placement())
    assert body_of(first)["order_id"] != body_of(other)["order_id"]


def test_nothing_of_who_asks_or_under_which_key_is_shown_or_stored(
    functions: Functions, dynamodb: BotocoreService, order_table: str
) -> None:
    answer = functions.place_order(placement("key-of-mine", payment_method="pm_mine"))
    pk = {"pk": {"S": body_of(answer)["order_id"]}}
    item = str(dynamodb.client.get_item(TableName=order_table, Key=pk, ConsistentRead=True)["Item"])
    for private in ("key-of-mine", "alice", CLAIMS["iss"]):
        assert private not in str(answer)
        assert private not in item
    assert "pm_mine" not in str(answer)


def named(key: str, *, header: str | None = None, request_id: str | None = None) -> dict[str, Any]:
    """A request that its caller, or API Gateway, gave a name."""
    event = placement(key)
    if header is not None:
        event["headers"]["x-correlation-id"] = header
    event["requestContext"]["requestId"] = request_id
    return event


def test_an_order_keeps_the_correlation_id_that_its_first_request_named(
    functions: Functions,
) -> None:
    first = functions.place_order(named("k1", header="trace-1", request_id="JKJaXmPLvHcESHA="))
    again = functions.place_order(named("k1", header="trace-2"))
    stored = functions.orders.get(body_of(first)["order_id"])
    assert stored is not None
    assert stored.correlation_id == "trace-1"
    assert [answer["headers"]["X-Correlation-Id"] for answer in (first, again)] == ["trace-1"] * 2


@pytest.mark.parametrize("header", [None, "", "two words", "line\nbreak", "ä", "x" * 65])
def test_what_is_no_correlation_id_gives_way_to_api_gateways_request_id(
    header: str | None, functions: Functions
) -> None:
    answer = functions.place_order(named("k1", header=header, request_id="JKJaXmPLvHcESHA="))
    assert answer["statusCode"] == 202
    assert answer["headers"]["X-Correlation-Id"] == "JKJaXmPLvHcESHA="


def test_without_any_name_an_order_is_taken_all_the_same(functions: Functions) -> None:
    answer = functions.place_order(placement("k1"))
    assert answer["statusCode"] == 202
    assert "X-Correlation-Id" not in answer["headers"]


def test_a_resubmission_is_logged_under_its_orders_name_and_its_own_and_the_first_under_one(
    functions: Functions, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="checkout_runtime")
    functions.place_order(named("k1", header="trace-1"))
    functions.place_order(named("k1", header="trace-2"))
    logged = [vars(each) for each in caplog.records if each.name.startswith("checkout_runtime")]
    assert [(each["event"], each["correlation_id"], each["request_id"]) for each in logged] == [
        ("order_accepted", "trace-1", None),
        ("order_replayed", "trace-1", "trace-2"),
    ]
