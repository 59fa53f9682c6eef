"""Another payment method after a decline: once for each click, a few times at most."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from tests.checkout_runtime.handlers.conftest import Functions
from tests.checkout_runtime.handlers.http_requests import body_of, placement, request
from tests.checkout_runtime.handlers.simultaneous_requests import all_at_once
from tests.checkout_runtime.handlers.stored_outcomes import decline, pay

Answer = dict[str, Any]


@pytest.fixture
def declined(functions: Functions, dynamodb: BotocoreService, order_table: str) -> str:
    """An order whose first attempt was declined."""
    order_id: str = body_of(functions.place_order(placement()))["order_id"]
    decline(dynamodb, order_table, order_id)
    functions.calls.clear()
    return order_id


def attempt(functions: Functions, order_id: str, replaces: int = 1, method: str = "pm_2") -> Answer:
    body = {"replaces": replaces, "payment_method": method}
    answer: Answer = functions.start_payment_attempt(request(body, order_id=order_id))
    return answer


def test_a_declined_attempt_is_replaced_by_exactly_one_call_of_aws(
    functions: Functions, declined: str
) -> None:
    answer = attempt(functions, declined)
    assert functions.calls == ["UpdateItem"]
    assert answer["statusCode"] == 202
    assert (body_of(answer)["status"], body_of(answer)["attempt"]) == ("PENDING", 2)
    headers = answer["headers"]
    assert (headers["Location"], headers["Retry-After"]) == (f"/orders/{declined}", "1")
    assert "Idempotent-Replayed" not in headers
    assert "decline_code" not in body_of(answer)


def test_a_second_click_is_the_same_attempt_marked_as_a_replay(
    functions: Functions, declined: str
) -> None:
    first, second = attempt(functions, declined), attempt(functions, declined)
    assert body_of(second) == body_of(first)
    assert (second["statusCode"], second["headers"]["Idempotent-Replayed"]) == (202, "true")


def test_clicks_at_the_same_instant_start_one_attempt(functions: Functions, declined: str) -> None:
    wish = request({"replaces": 1, "payment_method": "pm_2"}, order_id=declined)
    answers = all_at_once(functions, functions.start_payment_attempt, [wish] * 4)
    assert [answer["statusCode"] for answer in answers] == [202] * 4
    assert sum("Idempotent-Replayed" not in answer["headers"] for answer in answers) == 1
    order = functions.orders.get(declined)
    assert order is not None
    assert order.attempt == 2


def test_another_method_for_the_same_attempt_is_409(functions: Functions, declined: str) -> None:
    attempt(functions, declined)
    answer = attempt(functions, declined, method="pm_3")
    assert answer["statusCode"] == 409
    assert body_of(answer)["current_attempt"] == 2


@pytest.mark.parametrize("replaces", [2, 1_000_000])
def test_an_attempt_that_is_not_the_current_one_is_409_and_changes_nothing(
    replaces: int, functions: Functions, declined: str
) -> None:
    before = functions.orders.get(declined)
    answer = attempt(functions, declined, replaces)
    assert answer["statusCode"] == 409
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert functions.orders.get(declined) == before


def test_after_the_last_attempt_there_is_no_other(
    functions: Functions, declined: str, dynamodb: BotocoreService, order_table: str
) -> None:
    for replaces in (1, 2):
        assert attempt(functions, declined, replaces)["statusCode"] == 202
        decline(dynamodb, order_table, declined)
    answer = attempt(functions, declined, 3)
    assert answer["statusCode"] == 409
    assert body_of(answer)["detail"] == "all 3 payment attempts are used"
    assert body_of(answer)["order_status"] == "DECLINED"


def test_a_paid_order_is_shown_as_200_to_a_late_second_click_and_409_to_a_new_attempt(
    functions: Functions, declined: str, dynamodb: BotocoreService, order_table: str
) -> None:
    attempt(functions, declined)
    pay(dynamodb, order_table, declined)
    late = attempt(functions, declined)
    assert (late["statusCode"], body_of(late)["status"]) == (200, "PAID")
    refused = attempt(functions, declined, 2)
    assert (refused["statusCode"], body_of(refused)["order_status"]) == (409, "PAID")
