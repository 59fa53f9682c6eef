"""A table of one's own holds the orders if it has what they need, and is refused if it has not."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb

from checkout_stack import CheckoutMisconfiguredError, OrderTable
from tests.checkout_stack.synthesized import MAPPING, TABLE, checkout, synthesize

STRING, NUMBER = dynamodb.AttributeType.STRING, dynamodb.AttributeType.NUMBER
UNSETTLED: dict[str, Any] = {
    "index_name": "unsettled",
    "partition_key": dynamodb.Attribute(name="unsettled_shard", type=STRING),
    "sort_key": dynamodb.Attribute(name="unsettled_since", type=NUMBER),
}


def own_table(stack: cdk.Stack, **changes: Any) -> dynamodb.TableV2:
    properties: dict[str, Any] = {
        "partition_key": dynamodb.Attribute(name="pk", type=STRING),
        "dynamo_stream": dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        "global_secondary_indexes": [dynamodb.GlobalSecondaryIndexPropsV2(**UNSETTLED)],
    }
    return dynamodb.TableV2(stack, "Own", **{**properties, **changes})


def violated(stack: cdk.Stack, table: dynamodb.ITable) -> list[str]:
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        checkout(stack, order_table=table)
    return [each.property for each in refused.value.violations]


def test_it_is_used_and_no_other_is_made(stack: cdk.Stack) -> None:
    own = own_table(stack)
    made = checkout(stack, order_table=own)
    assert made.order_table is own
    template = synthesize(stack)
    [table] = template.of_type(TABLE)
    sources = [each["EventSourceArn"] for each in template.of_type(MAPPING).values()]
    assert {"Fn::GetAtt": [table, "StreamArn"]} in sources
    assert template.environment("CheckoutConsumer")["ORDER_TABLE_NAME"] == {"Ref": table}


def test_a_table_of_the_first_generation_is_as_good(stack: cdk.Stack) -> None:
    own = dynamodb.Table(
        stack,
        "Own",
        partition_key=dynamodb.Attribute(name="pk", type=STRING),
        stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    )
    own.add_global_secondary_index(**UNSETTLED)
    checkout(stack, order_table=own)
    synthesize(stack)


@pytest.mark.parametrize(
    ("changes", "prop"),
    [
        (
            {"partition_key": dynamodb.Attribute(name="id", type=STRING)},
            "order_table.key_schema",
        ),
        (
            {"partition_key": dynamodb.Attribute(name="pk", type=NUMBER)},
            "order_table.key_schema",
        ),
        (
            {"sort_key": dynamodb.Attribute(name="sk", type=STRING)},
            "order_table.key_schema",
        ),
        ({"global_secondary_indexes": []}, "order_table.unsettled"),
        ({"dynamo_stream": dynamodb.StreamViewType.NEW_IMAGE}, "order_table.stream"),
        ({"dynamo_stream": None}, "order_table.stream"),
        ({"time_to_live_attribute": "expires"}, "order_table.time_to_live"),
    ],
)
def test_what_orders_need_is_asked_for(
    changes: dict[str, Any], prop: str, stack: cdk.Stack
) -> None:
    assert violated(stack, own_table(stack, **changes)) == [prop]


def test_everything_that_is_wrong_is_said_at_once(stack: cdk.Stack) -> None:
    wrong = own_table(stack, dynamo_stream=None, global_secondary_indexes=[])
    assert violated(stack, wrong) == ["order_table.unsettled", "order_table.stream"]


def test_a_table_of_ones_own_keeps_its_billing(stack: cdk.Stack) -> None:
    own, billing = own_table(stack), dynamodb.Billing.on_demand()
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        checkout(stack, order_table=own, billing=billing)
    assert [each.property for each in refused.value.violations] == ["billing"]
    with pytest.raises(CheckoutMisconfiguredError, match="billing is given"):
        OrderTable(stack, "Alone", existing=own, billing=billing)


def in_ireland() -> cdk.Stack:
    env = cdk.Environment(account="111122223333", region="eu-west-1")
    return cdk.Stack(cdk.App(), "Shop", env=env)


def test_two_regions_that_each_accept_orders_are_refused() -> None:
    stack = in_ireland()
    replicas = [dynamodb.ReplicaTableProps(region="eu-central-1")]
    assert violated(stack, own_table(stack, replicas=replicas)) == ["order_table.replicas"]


def test_regions_that_agree_before_they_answer_are_one() -> None:
    stack = in_ireland()
    replicas = [dynamodb.ReplicaTableProps(region=each) for each in ("eu-west-2", "eu-west-3")]
    strong = own_table(
        stack, replicas=replicas, multi_region_consistency=dynamodb.MultiRegionConsistency.STRONG
    )
    assert checkout(stack, order_table=strong).order_table is strong


def test_of_an_imported_table_the_stream_is_asked_for(stack: cdk.Stack) -> None:
    imported = dynamodb.Table.from_table_name(stack, "Imported", "orders")
    assert violated(stack, imported) == ["order_table.table_stream_arn"]


def test_an_imported_table_with_its_stream_is_used(stack: cdk.Stack) -> None:
    stream = "arn:aws:dynamodb:us-east-1:111122223333:table/orders/stream/2026"
    imported = dynamodb.Table.from_table_attributes(
        stack, "Imported", table_name="orders", table_stream_arn=stream
    )
    checkout(stack, order_table=imported)
    template = synthesize(stack)
    assert template.of_type(TABLE) == {}
    assert stream in {str(each["EventSourceArn"]) for each in template.of_type(MAPPING).values()}


@pytest.mark.parametrize(
    "stream",
    [
        "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026",
        "arn:aws:dynamodb:us-east-1:444455556666:table/orders/stream/2026",
        "arn:aws:dynamodb:us-east-1:111122223333:table/others/stream/2026",
        "arn:aws:dynamodb:us-east-1:111122223333:table/orders",
        "arn:aws:kinesis:us-east-1:111122223333:stream/orders",
        "2026",
    ],
)
def test_a_stream_of_another_table_is_refused(stream: str, stack: cdk.Stack) -> None:
    table = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
    imported = dynamodb.Table.from_table_attributes(
        stack, "Imported", table_arn=table, table_stream_arn=stream
    )
    assert violated(stack, imported) == ["order_table.table_stream_arn"]
