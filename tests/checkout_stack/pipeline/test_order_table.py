"""The order table keeps what money depends on."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from checkout_stack.pipeline.order_table_requirements import UNSETTLED_INDEX
from tests.checkout_stack.synthesized import TABLE, Synthesized, checkout, synthesize


def test_the_logical_id_of_the_table_never_changes(stack: cdk.Stack, example: Synthesized) -> None:
    checkout(stack)
    assert list(synthesize(stack).of_type(TABLE)) == ["CheckoutOrdersTableBE782D26"]
    assert list(example.of_type(TABLE)) == ["CheckoutOrdersTableBE782D26"]


def test_an_order_is_found_by_its_id_alone(example: Synthesized) -> None:
    table = example.one(TABLE, "CheckoutOrders")
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert {"AttributeName": "pk", "AttributeType": "S"} in table["AttributeDefinitions"]


def test_the_table_is_paid_by_request(example: Synthesized) -> None:
    assert example.one(TABLE, "CheckoutOrders")["BillingMode"] == "PAY_PER_REQUEST"


def test_table_and_index_are_paid_as_the_shop_chooses(stack: cdk.Stack) -> None:
    fixed = dynamodb.Capacity.fixed(100)
    writes = dynamodb.Capacity.autoscaled(min_capacity=10, max_capacity=100)
    billing = dynamodb.Billing.provisioned(read_capacity=fixed, write_capacity=writes)
    checkout(stack, billing=billing)
    table = synthesize(stack).one(TABLE, "CheckoutOrdersTableBE782D26")
    assert table["BillingMode"] == "PROVISIONED"
    [index] = table["GlobalSecondaryIndexes"]
    for part in (table, index):
        scaled = part["WriteProvisionedThroughputSettings"]["WriteCapacityAutoScalingSettings"]
        assert (scaled["MinCapacity"], scaled["MaxCapacity"]) == (10, 100)


def test_the_stream_carries_both_images_because_the_relay_compares_them(
    example: Synthesized,
) -> None:
    stream = example.one(TABLE, "CheckoutOrders")["StreamSpecification"]
    assert stream == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_table_can_be_restored_to_any_second_in_every_region(example: Synthesized) -> None:
    replicas = example.one(TABLE, "CheckoutOrders")["Replicas"]
    assert replicas
    for replica in replicas:
        assert replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_the_table_is_protected_from_deletion_in_every_region(example: Synthesized) -> None:
    for replica in example.one(TABLE, "CheckoutOrders")["Replicas"]:
        assert replica["DeletionProtectionEnabled"] is True


def test_the_table_outlives_its_stack(example: Synthesized) -> None:
    table = example.resources[example.logical_id(TABLE, "CheckoutOrders")]
    assert table["DeletionPolicy"] == "Retain"
    assert table["UpdateReplacePolicy"] == "Retain"


def test_the_table_is_in_one_region_where_its_conditions_are_evaluated(
    example: Synthesized,
) -> None:
    assert len(example.one(TABLE, "CheckoutOrders")["Replicas"]) == 1


def test_no_order_expires(example: Synthesized) -> None:
    assert "TimeToLiveSpecification" not in example.one(TABLE, "CheckoutOrders")


def test_encryption_is_with_dynamodbs_own_key(example: Synthesized) -> None:
    assert example.one(TABLE, "CheckoutOrders")["SSESpecification"] == {"SSEEnabled": False}


def test_the_index_of_unsettled_orders_holds_keys_only_in_shards_by_age(
    example: Synthesized,
) -> None:
    table = example.one(TABLE, "CheckoutOrders")
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == UNSETTLED_INDEX == "unsettled"
    assert index["KeySchema"] == [
        {"AttributeName": "unsettled_shard", "KeyType": "HASH"},
        {"AttributeName": "unsettled_since", "KeyType": "RANGE"},
    ]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert {"AttributeName": "unsettled_since", "AttributeType": "N"} in (
        table["AttributeDefinitions"]
    )
