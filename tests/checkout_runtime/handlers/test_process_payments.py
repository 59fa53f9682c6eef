"""A batch of payments: what Lambda is to deliver again, and how often money is asked for."""

from __future__ import annotations

import pytest

from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order, OrderStatus
from tests.checkout_runtime.adapters.answering_server import AnsweringServer
from tests.checkout_runtime.handlers.conftest import Functions
from tests.checkout_runtime.handlers.queue_events import CAPTURED, Context, placed, record

S = OrderStatus


def deliver(functions: Functions, *order_ids: str, attempt: int = 1) -> list[str]:
    """Deliver one message of each order; return whose are to be delivered again."""
    records = [
        record(PaymentMessage(order_id, attempt).to_body(), number, order_id)
        for number, order_id in enumerate(order_ids)
    ]
    answer = functions.process_payments({"Records": records}, Context())
    assert set(answer) == {"batchItemFailures"}
    assert all(set(failure) == {"itemIdentifier"} for failure in answer["batchItemFailures"])
    named = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    return [order_id for number, order_id in enumerate(order_ids) if f"m{number}" in named]


def stored_order(functions: Functions, order_id: str) -> Order:
    order: Order | None = functions.orders.get(order_id)
    assert order is not None
    return order


@pytest.mark.parametrize(
    ("status", "body", "stored"),
    [
        (201, CAPTURED, S.PAID),
        (402, {"status": "declined", "code": "no_funds"}, S.DECLINED),
        (400, {"status": "not_charged", "code": "no_such_card"}, S.DECLINED),
        (200, {"status": "action_required", "action_url": "https://u"}, S.ACTION_REQUIRED),
        (202, {"status": "processing"}, S.PROCESSING),
        (200, {**CAPTURED, "amount": 1}, S.NEEDS_REVIEW),
        (200, {**CAPTURED, "currency": "USD"}, S.NEEDS_REVIEW),
    ],
    ids=str,
)
def test_a_message_whose_outcome_is_stored_is_done_with(
    status: int,
    body: object,
    stored: OrderStatus,
    functions: Functions,
    service: AnsweringServer,
) -> None:
    service.say(status, body)
    order_id = placed(functions)
    assert deliver(functions, order_id) == []
    assert stored_order(functions, order_id).status is stored
    assert deliver(functions, order_id) == []
    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [202, 302, 401, 409, 429, 500])
def test_a_message_whose_outcome_is_unknown_is_delivered_again(
    status: int, functions: Functions, service: AnsweringServer
) -> None:
    service.say(status, CAPTURED, headers=[f"Location: {service.url}"])
    order_id = placed(functions)
    assert deliver(functions, order_id) == [order_id]
    assert stored_order(functions, order_id).status is S.UNKNOWN
    service.say(200, CAPTURED)
    assert deliver(functions, order_id) == []
    assert stored_order(functions, order_id).status is S.PAID
    keys = {request.lower().partition(b"idempotency-key: ")[2][:58] for request in service.requests}
    assert keys == {f"{order_id}:1".encode()}


def test_orders_of_a_batch_are_all_charged_and_no_message_twice(
    functions: Functions, service: AnsweringServer
) -> None:
    order_ids = [placed(functions, f"k{number}") for number in range(10)]
    assert deliver(functions, *order_ids) == []
    assert {stored_order(functions, order_id).status for order_id in order_ids} == {S.PAID}
    assert len(service.requests) == 10


def test_the_same_message_twice_in_a_batch_is_one_request(
    functions: Functions, service: AnsweringServer
) -> None:
    order_id = placed(functions)
    assert deliver(functions, order_id, order_id) == []
    assert len(service.requests) == 1


def test_what_follows_a_message_that_failed_in_its_group_fails_with_it(
    functions: Functions, service: AnsweringServer
) -> None:
    service.say(500)
    one, other = placed(functions, "one"), placed(functions, "other")
    assert deliver(functions, one, one, other) == [one, one, other]
    assert len(service.requests) == 2


def test_an_attempt_that_the_table_does_not_know_yet_is_not_charged(
    functions: Functions, service: AnsweringServer
) -> None:
    order_id = placed(functions)
    assert deliver(functions, order_id, attempt=2) == [order_id]
    assert service.requests == []
    assert stored_order(functions, order_id).status is S.PENDING


def test_without_the_secret_the_batch_fails_before_any_order_is_claimed(
    functions: Functions, service: AnsweringServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYMENT_SERVICE_SECRET_ARN", "no-such-secret")
    order_id = placed(functions)
    with pytest.raises(Exception, match="not read"):
        deliver(functions, order_id)
    assert stored_order(functions, order_id).attempt_claims == 0
    assert service.requests == []
