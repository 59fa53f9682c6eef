"""The handlers behind the queue, the stream and the schedule: the shape of what Lambda reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import OrderStatus
from tests.checkout_runtime.adapters.answering_server import AnsweringServer
from tests.checkout_runtime.factories import new_order
from tests.checkout_runtime.handlers.conftest import Functions
from tests.checkout_runtime.handlers.queue_events import SECRET, Context, placed, record

if TYPE_CHECKING:
    from checkout_stack.local.aws import LocalAws


def test_a_paid_order_is_named_in_no_failure(
    functions: Functions, service: AnsweringServer
) -> None:
    order_id = placed(functions)
    event = {"Records": [record(PaymentMessage(order_id, 1).to_body(), group=order_id)]}
    assert functions.process_payments(event, Context()) == {"batchItemFailures": []}
    order = functions.orders.get(order_id)
    assert order is not None
    assert (order.status, order.charge_id) == (OrderStatus.PAID, "ch_1")
    assert functions.calls == ["PutItem", "UpdateItem", "UpdateItem", "GetItem"]
    assert service.headers["authorization"] == f"Bearer {SECRET}"


def test_only_what_failed_is_named_as_failed(
    functions: Functions, service: AnsweringServer
) -> None:
    order_id = placed(functions)
    message = PaymentMessage(order_id, 1).to_body()
    event = {"Records": [record("{}", 1, "a"), record(message, 2, order_id), record("x", 3, "b")]}
    answer = functions.process_payments(event, Context())
    failures = answer["batchItemFailures"]
    assert sorted(failure["itemIdentifier"] for failure in failures) == ["m1", "m3"]


def test_without_time_nothing_is_started(functions: Functions, service: AnsweringServer) -> None:
    order_id = placed(functions)
    event = {"Records": [record(PaymentMessage(order_id, 1).to_body(), group=order_id)]}
    answer = functions.process_payments(event, Context(seconds=1))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert functions.calls == ["PutItem"]
    assert service.requests == []


def stream_record(order_id: str, number: int, attempt: int = 1, resend: int = 0) -> dict[str, Any]:
    image = {
        "pk": {"S": order_id},
        "attempt": {"N": str(attempt)},
        "resend": {"N": str(resend)},
        "status": {"S": "PENDING"},
    }
    return {"dynamodb": {"SequenceNumber": str(number), "NewImage": image}}


def bodies(aws: LocalAws, url: str) -> list[str]:
    messages = aws.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return sorted(message["Body"] for message in messages)


def test_stream_records_become_messages_and_repeated_ones_become_one(
    functions: Functions, local_aws: LocalAws, payment_queue_url: str
) -> None:
    one, two = new_order("one").order_id, new_order("two").order_id
    records = [stream_record(one, 1), stream_record(two, 2, 2, 3), stream_record(one, 3)]
    assert functions.relay_orders({"Records": records}) == {"batchItemFailures": []}
    assert functions.relay_orders({"Records": records[:1]}) == {"batchItemFailures": []}
    expected = [PaymentMessage(one, 1).to_body(), PaymentMessage(two, 2, 3).to_body()]
    assert bodies(local_aws, payment_queue_url) == sorted(expected)


@pytest.mark.parametrize(
    "image", [None, {}, {"pk": {"S": "x"}}, {"pk": {"S": "x"}, "attempt": {"N": "one"}}]
)
def test_an_unreadable_record_fails_alone(
    image: Any, functions: Functions, local_aws: LocalAws, payment_queue_url: str
) -> None:
    order_id = new_order("good").order_id
    poison = {"dynamodb": {"SequenceNumber": "7", "NewImage": image}}
    answer = functions.relay_orders({"Records": [stream_record(order_id, 6), poison]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "7"}]}
    assert bodies(local_aws, payment_queue_url) == [PaymentMessage(order_id, 1).to_body()]


def test_a_reconciler_run_tells_what_it_did(functions: Functions, service: AnsweringServer) -> None:
    answer = functions.reconcile_orders({}, Context(seconds=60))
    assert set(answer) == {"orders_seen", "orders_acted_on", "finished"}
    assert answer["finished"] is True
    assert json.dumps(answer)


def test_a_person_releases_only_orders_in_review(
    functions: Functions, service: AnsweringServer
) -> None:
    order_id = placed(functions)
    answer = functions.reconcile_orders({"release": [order_id, "nonsense"]}, Context())
    assert answer == {"released": [], "not_released": [order_id], "unknown": ["nonsense"]}


def test_an_adapter_that_the_asset_does_not_have_is_named(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYMENT_SERVICE_KIND", "carrier pigeon")
    with pytest.raises(ValueError, match=r"carrier pigeon.*http"):
        functions.process_payments({"Records": []}, Context())
