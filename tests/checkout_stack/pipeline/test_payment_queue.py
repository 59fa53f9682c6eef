"""The payment queue and its dead-letter queue are wired to each other and to nothing else."""

import aws_cdk as cdk
import pytest

from checkout_stack import CheckoutTiming
from checkout_stack.pipeline.payment_queue import LONGEST_QUEUE_NAME
from tests.checkout_stack.synthesized import (
    FUNCTION,
    QUEUE,
    Properties,
    Synthesized,
    checkout,
    synthesize,
)


@pytest.fixture
def queue(example: Synthesized) -> Properties:
    return example.one(QUEUE, "CheckoutPaymentsQueue")


@pytest.fixture
def dead_letters(example: Synthesized) -> Properties:
    return example.one(QUEUE, "CheckoutPaymentsDeadLetters")


def test_the_logical_ids_of_the_queues_never_change(example: Synthesized) -> None:
    assert {each for each in example.of_type(QUEUE) if "Payments" in each} == {
        "CheckoutPaymentsQueue62254EF3",
        "CheckoutPaymentsDeadLettersC05BD934",
    }


def test_the_same_body_sent_twice_is_queued_once(queue: Properties) -> None:
    assert queue["FifoQueue"] is True
    assert queue["ContentBasedDeduplication"] is True


def test_orders_do_not_limit_one_another(queue: Properties) -> None:
    assert queue["DeduplicationScope"] == "messageGroup"
    assert queue["FifoThroughputLimit"] == "perMessageGroupId"


def test_a_message_stays_hidden_for_at_least_six_consumer_timeouts(
    queue: Properties, example: Synthesized
) -> None:
    timeout = example.one(FUNCTION, "CheckoutConsumer")["Timeout"]
    assert queue["VisibilityTimeout"] >= 6 * timeout


def test_the_visibility_timeout_follows_the_consumer_timeout(stack: cdk.Stack) -> None:
    checkout(stack, timing=CheckoutTiming(consumer_timeout=cdk.Duration.seconds(120)))
    template = synthesize(stack)
    assert template.one(FUNCTION, "CheckoutConsumer")["Timeout"] == 120
    assert template.one(QUEUE, "CheckoutPaymentsQueue")["VisibilityTimeout"] >= 6 * 120


def test_the_dead_letter_queue_is_fifo_like_its_source(dead_letters: Properties) -> None:
    assert dead_letters["FifoQueue"] is True


def test_dead_letters_are_kept_longer_than_payments(
    queue: Properties, dead_letters: Properties
) -> None:
    assert dead_letters["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_a_payment_that_cannot_be_made_moves_to_the_dead_letter_queue(
    queue: Properties, example: Synthesized
) -> None:
    target = queue["RedrivePolicy"]["deadLetterTargetArn"]
    assert target == example.arn(QUEUE, "CheckoutPaymentsDeadLetters")


def test_a_message_is_received_as_often_as_the_promised_outage_takes(queue: Properties) -> None:
    receives = queue["RedrivePolicy"]["maxReceiveCount"]
    assert receives == CheckoutTiming().max_receive_count
    assert receives >= 5


def test_only_the_payment_queue_may_redrive_into_the_dead_letter_queue(
    queue: Properties, dead_letters: Properties
) -> None:
    policy = dead_letters["RedriveAllowPolicy"]
    assert policy["redrivePermission"] == "byQueue"
    (source,) = policy["sourceQueueArns"]
    region_and_account = [{"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}]
    assert source["Fn::Join"][1] == [
        "arn:",
        {"Ref": "AWS::Partition"},
        ":sqs:",
        *region_and_account,
        f":{queue['QueueName']}",
    ]


def test_the_name_of_the_payment_queue_fits_sqs(stack: cdk.Stack) -> None:
    checkout(stack, "C" * 120)
    name = synthesize(stack).one(QUEUE, f"{'C' * 120}PaymentsQueue")["QueueName"]
    assert len(name) <= LONGEST_QUEUE_NAME == 80
    assert name.endswith(".fifo")


@pytest.mark.parametrize("queue_id", ["PaymentsQueue", "PaymentsDeadLetters", "RelayFailures"])
def test_every_queue_is_encrypted_and_takes_tls_only(queue_id: str, example: Synthesized) -> None:
    assert example.one(QUEUE, f"Checkout{queue_id}")["SqsManagedSseEnabled"] is True
    policy = example.one("AWS::SQS::QueuePolicy", f"Checkout{queue_id}")
    assert policy["Queues"] == [{"Ref": example.logical_id(QUEUE, f"Checkout{queue_id}")}]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Action"] == "sqs:*"
    assert statement["Principal"] == {"AWS": "*"}
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
