"""The payment queue on a real FIFO queue that deduplicates by content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checkout_runtime.adapters.sqs_payment_queue import MAX_VISIBILITY_SECONDS, SqsPaymentQueue
from checkout_runtime.domain.message import PaymentMessage
from tests.checkout_runtime.making import new_order

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@pytest.fixture
def queue(sqs: SQSClient, payment_queue_url: str) -> SqsPaymentQueue:
    return SqsPaymentQueue(sqs, payment_queue_url)


def received(sqs: SQSClient, url: str) -> list[Any]:
    """Everything that is visible now."""
    found: list[Any] = []
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], VisibilityTimeout=600
    ).get("Messages", []):
        found += messages
    return found


def message(number: int, attempt: int = 1, resend: int = 0) -> PaymentMessage:
    return PaymentMessage(new_order(str(number)).order_id, attempt, resend)


def test_more_messages_than_a_batch_holds_arrive_each_in_its_orders_group(
    queue: SqsPaymentQueue, sqs: SQSClient, payment_queue_url: str
) -> None:
    messages = [message(number) for number in range(23)]
    assert queue.send(messages) == []
    found = received(sqs, payment_queue_url)
    assert sorted(each["Body"] for each in found) == sorted(each.to_body() for each in messages)
    for each in found:
        order_id = PaymentMessage.from_body(each["Body"]).order_id
        assert each["Attributes"]["MessageGroupId"] == order_id


def test_the_same_message_sent_again_is_swallowed_even_after_it_was_deleted(
    queue: SqsPaymentQueue, sqs: SQSClient, payment_queue_url: str
) -> None:
    queue.send([message(1)])
    queue.send([message(1)])
    [first] = received(sqs, payment_queue_url)
    sqs.delete_message(QueueUrl=payment_queue_url, ReceiptHandle=first["ReceiptHandle"])
    queue.send([message(1)])
    assert received(sqs, payment_queue_url) == []


def test_another_attempt_and_a_resend_are_not_swallowed(
    queue: SqsPaymentQueue, sqs: SQSClient, payment_queue_url: str
) -> None:
    wanted = [message(1), message(1, attempt=2), message(1, attempt=2, resend=1)]
    for each in wanted:
        queue.send([each])
    found = received(sqs, payment_queue_url)
    assert [PaymentMessage.from_body(each["Body"]) for each in found] == wanted


def test_messages_handed_back_are_visible_when_they_were_said_to_be(
    queue: SqsPaymentQueue, sqs: SQSClient, payment_queue_url: str
) -> None:
    queue.send([message(number) for number in range(12)])
    handles = [each["ReceiptHandle"] for each in received(sqs, payment_queue_url)]
    queue.make_visible_after(dict.fromkeys(handles[:11], 0) | {handles[11]: 900})
    assert len(received(sqs, payment_queue_url)) == 11


class Recording:
    """Stands for a client of SQS that takes no message and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return {"Failed": [{"Id": each["Id"]} for each in request["Entries"][1:]]}

    def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return {}


def test_the_messages_that_sqs_did_not_take_are_returned() -> None:
    messages = [message(number) for number in range(12)]
    assert SqsPaymentQueue(Recording(), "url").send(messages) == [*messages[1:10], messages[11]]


def test_no_deduplication_id_is_sent_so_that_the_content_counts() -> None:
    client = Recording()
    SqsPaymentQueue(client, "url").send([message(1)])
    [entry] = client.asked[0]["Entries"]
    assert set(entry) == {"Id", "MessageBody", "MessageGroupId"}


def test_no_delay_is_longer_than_sqs_takes() -> None:
    client = Recording()
    SqsPaymentQueue(client, "url").make_visible_after({"r": MAX_VISIBILITY_SECONDS + 1})
    assert client.asked[0]["Entries"][0]["VisibilityTimeout"] == MAX_VISIBILITY_SECONDS
