"""A later version updates a deployed checkout in place: its table and its queues stay.

CloudFormation replaces a resource whose logical id changes, or a property of it that cannot be
updated. What is written here is deployed somewhere; a change of it is a new major version.
"""

from __future__ import annotations

import pytest

from checkout_stack import CheckoutMisconfigured, CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import Synthesized

TABLE = "CheckoutOrdersTableBE782D26"
PAYMENT_QUEUE = "CheckoutPaymentsQueue62254EF3"
STATEFUL = {
    TABLE: "AWS::DynamoDB::GlobalTable",
    PAYMENT_QUEUE: "AWS::SQS::Queue",
    "CheckoutPaymentsDeadLettersC05BD934": "AWS::SQS::Queue",
    "CheckoutRelayFailures305C4B73": "AWS::SQS::Queue",
    "CheckoutAlarmTopicBCEDBD69": "AWS::SNS::Topic",
    "CheckoutConsumerLogs4EB3EE74": "AWS::Logs::LogGroup",
    "CheckoutReconcilerLogsF8887C54": "AWS::Logs::LogGroup",
    "CheckoutRelayLogs2761028C": "AWS::Logs::LogGroup",
    "ApiStageAccessLog1C3A7224": "AWS::Logs::LogGroup",
    "ApiFindOrderLogsBC5A17C0": "AWS::Logs::LogGroup",
    "ApiGetOrderLogsC6277D43": "AWS::Logs::LogGroup",
    "ApiPlaceOrderLogs19920B93": "AWS::Logs::LogGroup",
    "ApiResumePaymentLogs06D8F115": "AWS::Logs::LogGroup",
    "ApiStartPaymentAttemptLogs5A8612AF": "AWS::Logs::LogGroup",
}


@pytest.mark.parametrize(("logical_id", "resource_type"), STATEFUL.items())
def test_what_holds_data_keeps_its_logical_id(
    logical_id: str, resource_type: str, example: Synthesized
) -> None:
    assert example.resources[logical_id]["Type"] == resource_type


def test_nothing_else_of_the_checkout_holds_data(example: Synthesized) -> None:
    found = {
        logical_id
        for logical_id, resource in example.resources.items()
        if resource["Type"] in STATEFUL.values() and logical_id.startswith(("Checkout", "Api"))
    }
    assert found == set(STATEFUL)


def test_the_order_table_keeps_its_key_its_index_and_its_stream(example: Synthesized) -> None:
    table = example.resources[TABLE]["Properties"]
    assert "TableName" not in table
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    [index] = table["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["KeySchema"], index["Projection"]) == (
        "unsettled",
        [
            {"AttributeName": "unsettled_shard", "KeyType": "HASH"},
            {"AttributeName": "unsettled_since", "KeyType": "RANGE"},
        ],
        {"ProjectionType": "KEYS_ONLY"},
    )
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_payment_queue_keeps_its_name(example: Synthesized) -> None:
    queue = example.resources[PAYMENT_QUEUE]["Properties"]
    assert (queue["QueueName"], queue["FifoQueue"]) == (
        "CheckoutStack-Checkout-Payments-1915793f.fifo",
        True,
    )


def test_a_misconfigured_checkout_is_caught_by_the_errors_earlier_name_too() -> None:
    assert CheckoutMisconfigured is CheckoutMisconfiguredError
