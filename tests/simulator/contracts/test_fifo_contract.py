"""A FIFO queue orders, hides, deduplicates and dead-letters alike on the model and on SQS."""

from __future__ import annotations

import contextlib

import pytest

from checkout_runtime.adapters.aws import AwsRefusedError
from tests.simulator.contracts.backends import DEAD_LETTER_RECEIVES, PaymentQueue


def bodies(queue: PaymentQueue, most: int = 10) -> list[str]:
    return [message["Body"] for message in queue.receive(most)]


def test_a_group_is_received_in_the_order_of_sending(queue: PaymentQueue) -> None:
    for body in "abc":
        queue.send(body)
    assert bodies(queue) == ["a", "b", "c"]


def test_one_receive_takes_messages_of_several_groups(queue: PaymentQueue) -> None:
    queue.send("a", "one")
    queue.send("b", "two")
    assert sorted(bodies(queue)) == ["a", "b"]


def test_a_group_with_a_message_in_flight_waits(queue: PaymentQueue) -> None:
    queue.send("a")
    queue.send("b")
    [first] = queue.receive(1)
    assert queue.receive() == []
    queue.delete(first)
    assert bodies(queue) == ["b"]


def test_other_groups_do_not_wait(queue: PaymentQueue) -> None:
    queue.send("a", "one")
    queue.receive()
    queue.send("b", "two")
    assert bodies(queue) == ["b"]


def test_a_duplicate_is_answered_with_the_first_message_and_not_queued(queue: PaymentQueue) -> None:
    first = queue.send("a")
    assert queue.send("a")["MessageId"] == first["MessageId"]
    assert bodies(queue) == ["a"]


def test_a_duplicate_is_swallowed_after_the_first_was_deleted(queue: PaymentQueue) -> None:
    queue.send("a")
    [message] = queue.receive()
    queue.delete(message)
    queue.send("a")
    assert queue.receive() == []


def test_the_same_body_in_another_group_is_no_duplicate(queue: PaymentQueue) -> None:
    queue.send("a", "one")
    queue.send("a", "two")
    assert bodies(queue) == ["a", "a"]


def test_a_message_that_was_returned_comes_again_and_is_counted(queue: PaymentQueue) -> None:
    queue.send("a")
    [first] = queue.receive()
    assert first["Attributes"]["ApproximateReceiveCount"] == "1"
    assert len(queue.return_to_queue([first])["Successful"]) == 1
    [again] = queue.receive()
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    assert again["MessageId"] == first["MessageId"]
    assert again["ReceiptHandle"] != first["ReceiptHandle"]


def test_a_message_that_is_not_in_flight_cannot_be_returned(queue: PaymentQueue) -> None:
    queue.send("a")
    taken = queue.receive()
    queue.return_to_queue(taken)
    answer = queue.return_to_queue(taken, 30)
    assert answer.get("Successful", []) == []
    assert [each["Id"] for each in answer["Failed"]] == ["0"]
    assert bodies(queue) == ["a"]


def test_an_old_receipt_does_not_delete_a_message_that_was_received_again(
    queue: PaymentQueue,
) -> None:
    queue.send("a")
    [old] = queue.receive()
    queue.return_to_queue([old])
    [new] = queue.receive()
    with contextlib.suppress(AwsRefusedError):
        queue.delete(old)
    queue.return_to_queue([new])
    # The next receive is one too many, so the message turns up among the dead letters.
    assert queue.receive() == []
    assert [each["Body"] for each in queue.receive(url=queue.dead_letters)] == ["a"]


def test_deleting_under_a_receipt_that_expired_is_refused(queue: PaymentQueue) -> None:
    """re:Post, "ReceiptHandleIsInvalid or InvalidParameterValue": FIFO handles expire."""
    queue.send("a")
    [message] = queue.receive()
    queue.return_to_queue([message])
    with pytest.raises(AwsRefusedError) as refused:
        queue.delete(message)
    assert refused.value.code.endswith("InvalidParameterValue")


def test_a_message_received_too_often_moves_under_a_new_deduplication_id(
    queue: PaymentQueue,
) -> None:
    queue.send("a")
    for _ in range(DEAD_LETTER_RECEIVES):
        [message] = queue.receive()
        queue.return_to_queue([message])
    assert queue.receive() == []
    [dead] = queue.receive(url=queue.dead_letters)
    assert (dead["Body"], dead["Attributes"]["MessageGroupId"]) == ("a", "g")
    before = message["Attributes"]["MessageDeduplicationId"]
    assert dead["Attributes"]["MessageDeduplicationId"] != before


def test_the_rest_of_a_group_goes_on_when_its_head_is_dead_lettered(queue: PaymentQueue) -> None:
    queue.send("a")
    for _ in range(DEAD_LETTER_RECEIVES):
        queue.return_to_queue(queue.receive(1))
    queue.send("b")
    assert bodies(queue) == ["b"]


def test_a_receive_can_ask_for_its_own_visibility_timeout(queue: PaymentQueue) -> None:
    queue.send("a")
    queue.call("ReceiveMessage", VisibilityTimeout=0)
    assert bodies(queue) == ["a"]


@pytest.mark.parametrize("most", [0, 11])
def test_a_receive_takes_one_to_ten_messages(most: int, queue: PaymentQueue) -> None:
    with pytest.raises(AwsRefusedError):
        queue.receive(most)


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ("", "EmptyBatchRequest"),
        ("aa", "BatchEntryIdsNotDistinct"),
        ("abcdefghijk", "TooManyEntriesInBatchRequest"),
    ],
)
def test_a_batch_has_one_to_ten_entries_with_distinct_ids(
    ids: str, code: str, queue: PaymentQueue
) -> None:
    entries = [{"Id": each, "MessageBody": "a", "MessageGroupId": "g"} for each in ids]
    with pytest.raises(AwsRefusedError) as refused:
        queue.call("SendMessageBatch", Entries=entries)
    assert refused.value.code.endswith(code)
