"""The buyer acted, says so as often as they like, and the payment service is asked."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from tests.checkout_runtime.handlers.conftest import Functions
from tests.checkout_runtime.handlers.http_requests import CLAIMS, body_of, placement, request
from tests.checkout_runtime.handlers.stored_outcomes import pay, require_action

Answer = dict[str, Any]


@pytest.fixture
def waiting(functions: Functions, dynamodb: BotocoreService, order_table: str) -> str:
    """An order whose buyer has to act."""
    order_id: str = body_of(functions.place_order(placement()))["order_id"]
    require_action(dynamodb, order_table, order_id)
    functions.calls.clear()
    return order_id


def resume(functions: Functions, order_id: str, **body: object) -> Answer:
    answer: Answer = functions.resume_payment(request(body, order_id=order_id))
    return answer


def test_the_buyers_word_is_stored_by_exactly_one_call_of_aws(
    functions: Functions, waiting: str
) -> None:
    answer = resume(functions, waiting, attempt=1)
    assert functions.calls == ["UpdateItem"]
    assert answer["statusCode"] == 202
    assert body_of(answer)["status"] == "UNKNOWN"
    assert "action_url" not in body_of(answer)
    assert answer["headers"]["Retry-After"] == "1"
    assert "Idempotent-Replayed" not in answer["headers"]


def test_a_second_word_changes_nothing_and_is_marked_as_a_replay(
    functions: Functions, waiting: str
) -> None:
    first = resume(functions, waiting, attempt=1)
    before = functions.orders.get(waiting)
    second = resume(functions, waiting, attempt=1)
    assert body_of(second) == body_of(first)
    assert second["headers"]["Idempotent-Replayed"] == "true"
    assert functions.orders.get(waiting) == before


def test_a_word_that_comes_after_the_money_is_200(
    functions: Functions, waiting: str, dynamodb: BotocoreService, order_table: str
) -> None:
    resume(functions, waiting, attempt=1)
    pay(dynamodb, order_table, waiting)
    answer = resume(functions, waiting, attempt=1)
    assert (answer["statusCode"], body_of(answer)["status"]) == (200, "PAID")


def test_another_attempt_than_the_current_one_is_409_and_changes_nothing(
    functions: Functions, waiting: str
) -> None:
    before = functions.orders.get(waiting)
    answer = resume(functions, waiting, attempt=2)
    body = body_of(answer)
    assert answer["statusCode"] == 409
    assert (body["order_status"], body["current_attempt"]) == ("ACTION_REQUIRED", 1)
    assert functions.orders.get(waiting) == before


@pytest.mark.parametrize(
    "body", [{}, {"attempt": "1"}, {"attempt": True}, {"attempt": 0}, {"attempt": 1.0}], ids=str
)
def test_a_wrong_attempt_is_named_before_aws_is_called(
    body: dict[str, object], functions: Functions, waiting: str
) -> None:
    answer = resume(functions, waiting, **body)
    assert answer["statusCode"] == 422
    assert [error["field"] for error in body_of(answer)["errors"]] == ["attempt"]
    assert functions.calls == []


def test_nobody_resumes_anothers_order_or_learns_that_it_is_there(
    functions: Functions, waiting: str
) -> None:
    before = functions.orders.get(waiting)
    ben = {**CLAIMS, "sub": "ben"}
    answers = [
        functions.resume_payment(request({"attempt": 1}, order_id=order_id, claims=ben))
        for order_id in (waiting, "ord_" + "a" * 52)
    ]
    assert answers[0] == answers[1]
    assert answers[0]["statusCode"] == 404
    assert functions.orders.get(waiting) == before
