"""The relay passes on each order that became PENDING, and reports what it cannot pass on."""

import json

import pytest

from checkout_stack.pipeline.order_relay import STREAM_RETENTION
from tests.checkout_stack.synthesized import (
    FUNCTION,
    MAPPING,
    QUEUE,
    TABLE,
    Properties,
    Synthesized,
)


@pytest.fixture
def mapping(example: Synthesized) -> Properties:
    return example.one(MAPPING, "CheckoutRelay")


def test_the_relay_reads_the_tables_stream_from_its_beginning(
    mapping: Properties, example: Synthesized
) -> None:
    table = example.logical_id(TABLE, "CheckoutOrders")
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": [table, "StreamArn"]}
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["FunctionName"] == {"Ref": example.logical_id(FUNCTION, "CheckoutRelay")}


def test_only_orders_that_want_a_message_invoke_the_relay(mapping: Properties) -> None:
    patterns = [json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"]]
    assert patterns == [
        {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PENDING"]}}}},
        {
            "eventName": ["MODIFY"],
            "dynamodb": {
                "NewImage": {"status": {"S": ["PENDING"]}},
                "OldImage": {"status": {"S": [{"anything-but": ["PENDING"]}]}},
            },
        },
        {
            "eventName": ["MODIFY"],
            "dynamodb": {
                "NewImage": {"status": {"S": ["UNKNOWN"]}},
                "OldImage": {"status": {"S": ["ACTION_REQUIRED", "NEEDS_REVIEW"]}},
            },
        },
    ]


def test_the_relay_reports_which_records_it_failed_to_pass_on(mapping: Properties) -> None:
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_failing_batch_is_halved_until_the_poison_record_is_alone(mapping: Properties) -> None:
    assert mapping["BisectBatchOnFunctionError"] is True


def test_a_poison_record_holds_up_its_shard_for_a_bounded_time(mapping: Properties) -> None:
    assert 0 < mapping["MaximumRetryAttempts"] <= 100
    assert 0 < mapping["MaximumRecordAgeInSeconds"] < STREAM_RETENTION.to_seconds()


def test_a_record_that_is_abandoned_is_reported_to_the_failure_queue(
    mapping: Properties, example: Synthesized
) -> None:
    destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]
    assert destination == example.arn(QUEUE, "CheckoutRelayFailures")


def test_the_failure_queue_is_a_standard_queue_that_outlasts_the_stream(
    example: Synthesized,
) -> None:
    queue = example.one(QUEUE, "CheckoutRelayFailures")
    assert "FifoQueue" not in queue
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600 > STREAM_RETENTION.to_seconds()


def test_many_orders_are_relayed_at_a_time(mapping: Properties) -> None:
    assert mapping["BatchSize"] == 100
    assert mapping["ParallelizationFactor"] == 10


def test_the_relay_knows_the_payment_queue_and_nothing_else(example: Synthesized) -> None:
    queue = example.logical_id(QUEUE, "CheckoutPaymentsQueue")
    assert example.environment("CheckoutRelay") == {"PAYMENT_QUEUE_URL": {"Ref": queue}}


def test_the_relay_may_read_the_stream_and_send_to_two_queues(example: Synthesized) -> None:
    stream = "CheckoutOrdersTable.StreamArn"
    assert example.permissions("CheckoutRelay") == {
        ("logs:CreateLogStream", "CheckoutRelayLogs.Arn"),
        ("logs:PutLogEvents", "CheckoutRelayLogs.Arn"),
        ("dynamodb:ListStreams", stream),
        ("dynamodb:DescribeStream", stream),
        ("dynamodb:GetRecords", stream),
        ("dynamodb:GetShardIterator", stream),
        ("sqs:SendMessage", "CheckoutPaymentsQueue.Arn"),
        ("sqs:SendMessage", "CheckoutRelayFailures.Arn"),
    }
