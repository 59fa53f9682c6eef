"""The page of scale is what the models say."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb

from bench.scale.limits import AS_DEPLOYED, LIMITS, breaking
from bench.scale.page import PAGE, RATES, page
from bench.scale.quotas import QUOTAS
from checkout_stack import CheckoutMisconfiguredError
from checkout_stack.policy.rules import ALL_RULES
from tests.checkout_stack.synthesized import checkout

WRITTEN = PAGE.read_text()


def test_the_page_is_up_to_date() -> None:
    assert page() == WRITTEN, "run: python -m bench.scale.page"


def test_the_page_says_what_is_assumed() -> None:
    assert f"to AWS takes {1000 * AS_DEPLOYED.aws_call_seconds:.0f} ms" in WRITTEN
    assert f"one charge {1000 * AS_DEPLOYED.payment_seconds:.0f} ms" in WRITTEN
    assert f"{AS_DEPLOYED.table_writes} write units on the table" in WRITTEN
    assert f"and {AS_DEPLOYED.index_writes} on its index" in WRITTEN


def test_each_rate_names_what_breaks_first() -> None:
    lines = WRITTEN.splitlines()
    for rate in RATES:
        row = next(line for line in lines if line.startswith(f"| {rate:,} |"))
        broken = breaking(AS_DEPLOYED, orders_per_second=rate)
        first = row.split(" | ")[1]
        assert first.startswith(f"**{broken[0].name} (") if broken else first == "nothing"


def test_every_limit_and_every_quota_is_on_the_page() -> None:
    assert all(f"| {limit.name} |" in WRITTEN for limit in LIMITS)
    assert all(quota.source in WRITTEN for quota in QUOTAS)


def test_what_the_page_says_is_refused_at_synth_is_refused() -> None:
    env = cdk.Environment(account="111122223333", region="eu-west-1")
    stack = cdk.Stack(cdk.App(), "Shop", env=env)
    string, number = dynamodb.AttributeType.STRING, dynamodb.AttributeType.NUMBER
    table = dynamodb.TableV2(
        stack,
        "Own",
        partition_key=dynamodb.Attribute(name="pk", type=string),
        dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        replicas=[dynamodb.ReplicaTableProps(region="eu-central-1")],
        global_secondary_indexes=[
            dynamodb.GlobalSecondaryIndexPropsV2(
                index_name="unsettled",
                partition_key=dynamodb.Attribute(name="unsettled_shard", type=string),
                sort_key=dynamodb.Attribute(name="unsettled_since", type=number),
            )
        ],
    )
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        checkout(stack, order_table=table)
    for violation in refused.value.violations:
        assert f"`{violation.property}`" in WRITTEN


def test_the_rule_that_the_page_names_exists() -> None:
    assert "order-table-strong-consistency" in {rule.id for rule in ALL_RULES}
    assert "`order-table-strong-consistency`" in WRITTEN


def test_the_default_namespace_has_the_region_in_it_as_the_page_warns() -> None:
    names = []
    for region in ("eu-west-1", "eu-central-1"):
        env = cdk.Environment(account="111122223333", region=region)
        names.append(checkout(cdk.Stack(cdk.App(), "Shop", env=env)).namespace)
    assert names[0] != names[1]
