"""The payment queue on a real FIFO queue that deduplicates by content."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.adapters.sqs_payment_queue import (
    MAX_DELAY_SECONDS,
    MAX_RECEIVE_SECONDS,
    SqsPaymentQueue,
)
from checkout_runtime.domain.message import PaymentMessage
from tests.checkout_runtime.factories import new_order

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@pytest.fixture
def queue(sqs: SQSClient, payment_queue_url: str) -> SqsPaymentQueue:
    return SqsPaymentQueue(BotocoreService(sqs), payment_queue_url)


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


def test_messages_returned_to_the_queue_are_visible_when_they_were_said_to_be(
    queue: SqsPaymentQueue, sqs: SQSClient, payment_queue_url: str
) -> None:
    queue.send([message(number) for number in range(12)])
    handles = [each["ReceiptHandle"] for each in received(sqs, payment_queue_url)]
    queue.make_visible_after(dict.fromkeys(handles[:11], 0) | {handles[11]: 900})
    assert len(received(sqs, payment_queue_url)) == 11


class Recording:
    """Stands for SQS, takes no message and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []
        self.refuses: list[str] = []
        """Codes of the entries that a change of visibility does not change."""

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(parameters)
        if operation == "SendMessageBatch":
            return {"Failed": [{"Id": each["Id"]} for each in parameters["Entries"][1:]]}
        assert operation == "ChangeMessageVisibilityBatch"
        return {"Failed": [{"Id": str(i), "Code": code} for i, code in enumerate(self.refuses)]}


def test_the_messages_that_sqs_did_not_take_are_returned() -> None:
    messages = [message(number) for number in range(12)]
    assert SqsPaymentQueue(Recording(), "url").send(messages) == [*messages[1:10], messages[11]]


def test_no_deduplication_id_is_sent_so_that_the_content_counts() -> None:
    client = Recording()
    SqsPaymentQueue(client, "url").send([message(1)])
    [entry] = client.asked[0]["Entries"]
    assert set(entry) == {"Id", "MessageBody", "MessageGroupId"}


def delay_asked_of_sqs(delay: int, random_below: Callable[[int], int] | None = None) -> int:
    client = Recording()
    SqsPaymentQueue(client, "url", random_below=random_below).make_visible_after({"r": delay})
    [request] = client.asked
    [entry] = request["Entries"]
    return int(entry["VisibilityTimeout"])


def most(limit: int) -> int:
    return limit - 1


def least(limit: int) -> int:
    return 0


@pytest.mark.parametrize("delay", [MAX_DELAY_SECONDS, MAX_RECEIVE_SECONDS, 10**6])
def test_no_delay_is_longer_than_sqs_takes_from_a_worker_that_held_the_message(delay: int) -> None:
    assert delay_asked_of_sqs(delay, most) == MAX_DELAY_SECONDS
    longest_visibility_timeout = 6 * 15 * 60
    assert MAX_DELAY_SECONDS + longest_visibility_timeout <= 12 * 60 * 60


@pytest.mark.parametrize("delay", [0, 1, 2, 5, 6, 120, 3600])
def test_a_delay_is_never_shortened_and_grows_by_a_fifth_at_most(delay: int) -> None:
    assert delay_asked_of_sqs(delay, least) == delay
    assert delay_asked_of_sqs(delay, most) == delay + math.ceil(delay / 5)


def test_what_is_to_be_visible_at_once_is() -> None:
    assert {delay_asked_of_sqs(0) for _ in range(20)} == {0}


def test_orders_that_were_returned_together_do_not_come_back_together() -> None:
    client = Recording()
    handles = [str(number) for number in range(10_000)]
    SqsPaymentQueue(client, "url").make_visible_after(dict.fromkeys(handles, 120))
    delays = Counter(
        entry["VisibilityTimeout"] for request in client.asked for entry in request["Entries"]
    )
    # 25 delays at random: one that has twice its share of ten thousand is no accident.
    assert set(delays) == set(range(120, 145))
    assert max(delays.values()) < 2 * 10_000 / 25


def test_a_message_whose_delay_sqs_refused_is_logged_and_the_others_are_not_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = Recording()
    client.refuses = ["InvalidParameterValue", "MessageNotInflight", "MessageNotInflight"]
    SqsPaymentQueue(client, "url").make_visible_after(dict.fromkeys(map(str, range(11)), 5))
    assert [len(request["Entries"]) for request in client.asked] == [10, 1]
    first = caplog.records[0]
    assert (first.message, first.levelname) == ("retry_delay_refused", "WARNING")
    assert vars(first)["messages"] == 3
    assert vars(first)["codes"] == ["InvalidParameterValue", "MessageNotInflight"]


def test_nothing_is_logged_where_sqs_refused_nothing(caplog: pytest.LogCaptureFixture) -> None:
    SqsPaymentQueue(Recording(), "url").make_visible_after({"r": 5})
    assert caplog.records == []
