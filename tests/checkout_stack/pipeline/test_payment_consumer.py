"""The consumer deletes a message on success only, and charges no more at a time than allowed."""

import aws_cdk as cdk
import pytest

from checkout_stack import CheckoutTiming
from tests.checkout_stack.synthesized import (
    FUNCTION,
    MAPPING,
    QUEUE,
    Properties,
    Synthesized,
    checkout,
    synthesize,
)


@pytest.fixture
def mapping(example: Synthesized) -> Properties:
    return example.one(MAPPING, "CheckoutConsumer")


def test_the_consumer_takes_the_payment_queue(mapping: Properties, example: Synthesized) -> None:
    assert mapping["EventSourceArn"] == example.arn(QUEUE, "CheckoutPaymentsQueue")
    assert mapping["FunctionName"] == {"Ref": example.logical_id(FUNCTION, "CheckoutConsumer")}


def test_a_message_is_deleted_only_when_it_is_not_reported_as_failed(mapping: Properties) -> None:
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_fifo_mapping_has_ten_messages_at_most_and_no_batching_window(
    mapping: Properties,
) -> None:
    assert mapping["BatchSize"] <= 10
    assert "MaximumBatchingWindowInSeconds" not in mapping


@pytest.mark.parametrize("charges", [20, 100, 10_000])
def test_batches_at_a_time_times_messages_in_a_batch_is_the_number_of_concurrent_charges(
    stack: cdk.Stack, charges: int
) -> None:
    checkout(stack, concurrent_charges=charges)
    mapping = synthesize(stack).one(MAPPING, "CheckoutConsumer")
    assert mapping["ScalingConfig"]["MaximumConcurrency"] * mapping["BatchSize"] == charges


def test_the_lease_outlasts_the_consumer_by_the_clock_skew(example: Synthesized) -> None:
    environment = example.environment("CheckoutConsumer")
    timeout = example.one(FUNCTION, "CheckoutConsumer")["Timeout"]
    skew = CheckoutTiming().clock_skew.to_seconds()
    assert skew > 0
    assert int(environment["LEASE_SECONDS"]) == timeout + skew


def test_the_consumer_is_told_all_it_needs(example: Synthesized) -> None:
    assert set(example.environment("CheckoutConsumer")) == {
        "ORDER_TABLE_NAME",
        "UNSETTLED_SHARDS",
        "PAYMENT_QUEUE_URL",
        "LEASE_SECONDS",
        "ACTION_SECONDS",
        "PROCESSING_PATIENCE_SECONDS",
        "QUARANTINE_BEFORE_MS",
        "FIRST_RETRY_SECONDS",
        "LONGEST_RETRY_SECONDS",
        "PAYMENT_SERVICE_KIND",
        "PAYMENT_SERVICE_URL",
        "PAYMENT_SERVICE_LOOK_UP_URL",
        "PAYMENT_SERVICE_SECRET_ARN",
        "PAYMENT_SERVICE_TIMEOUT_SECONDS",
        "PAYMENT_KEY_RETENTION_SECONDS",
    }


def test_the_consumer_may_consume_update_orders_and_read_one_secret(example: Synthesized) -> None:
    queue = "CheckoutPaymentsQueue.Arn"
    assert example.permissions("CheckoutConsumer") == {
        ("logs:CreateLogStream", "CheckoutConsumerLogs.Arn"),
        ("logs:PutLogEvents", "CheckoutConsumerLogs.Arn"),
        ("sqs:ReceiveMessage", queue),
        ("sqs:DeleteMessage", queue),
        ("sqs:GetQueueAttributes", queue),
        ("sqs:GetQueueUrl", queue),
        ("sqs:ChangeMessageVisibility", queue),
        ("dynamodb:UpdateItem", "CheckoutOrdersTable.Arn"),
        ("secretsmanager:GetSecretValue", "PaymentSecret"),
    }
