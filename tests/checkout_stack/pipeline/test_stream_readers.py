"""A third reader of the order table's stream is warned of, wherever in the app it is."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_pipes as pipes

from tests.checkout_stack.synthesized import checkout, root_of, synthesize, warnings_of

WARNING = "readers of the order table's stream"


def warnings(stack: cdk.Stack) -> list[str]:
    synthesize(stack)
    return [each for each in warnings_of(stack) if WARNING in each]


def function(stack: cdk.Stack, name: str) -> lambda_.Function:
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    return lambda_.Function(
        stack, name, runtime=lambda_.Runtime.PYTHON_3_12, code=code, handler="index.handler"
    )


def mapping(stack: cdk.Stack, table: dynamodb.ITable, name: str) -> None:
    function(stack, name).add_event_source(
        event_sources.DynamoEventSource(
            table, starting_position=lambda_.StartingPosition.TRIM_HORIZON
        )
    )


def pipe(stack: cdk.Stack, table: dynamodb.ITable, name: str) -> None:
    pipes.CfnPipe(
        stack, name, role_arn="arn:role", source=str(table.table_stream_arn), target="arn:target"
    )


def test_one_reader_beside_the_relay_is_no_third(stack: cdk.Stack) -> None:
    pipe(stack, checkout(stack).order_table, "Audit")
    assert warnings(stack) == []


def test_a_third_reader_is_warned_of_wherever_it_is_and_whatever_it_is(stack: cdk.Stack) -> None:
    made = checkout(stack)
    mapping(stack, made.order_table, "Audit")
    other = cdk.Stack(root_of(stack), "Other")
    pipe(other, made.order_table, "Search")
    mapping(other, made.order_table, "Copy")
    [warning] = warnings(stack)
    assert warning.startswith("4 readers")
    for path in ("Shop/Checkout/Relay", "Shop/Audit", "Other/Search", "Other/Copy"):
        assert path in warning


def test_readers_of_another_stream_do_not_count(stack: cdk.Stack) -> None:
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    view = dynamodb.StreamViewType.NEW_IMAGE
    other = dynamodb.TableV2(stack, "Other", partition_key=key, dynamo_stream=view)
    one, two = (checkout(stack, each).order_table for each in ("One", "Two"))
    for table, names in ((other, "ABC"), (one, "D"), (two, "EF")):
        for name in names:
            pipe(stack, table, name)
    [warning] = warnings(stack)
    assert "Shop/Two/Relay" in warning
    assert "Shop/One/" not in warning


def test_a_table_that_was_imported_is_known_by_the_arn_of_its_stream(stack: cdk.Stack) -> None:
    arn = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
    orders, again = (
        dynamodb.Table.from_table_attributes(
            stack, name, table_arn=arn, table_stream_arn=f"{arn}/stream/1"
        )
        for name in ("Orders", "Again")
    )
    checkout(stack, order_table=orders)
    for name in ("Audit", "Search"):
        pipe(stack, again, name)
    assert len(warnings(stack)) == 1
