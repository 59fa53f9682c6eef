"""Size, network and logs of the functions are the team's to decide."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms

from checkout_stack import OPEN_ACCESS, CheckoutApi, CheckoutMisconfiguredError, FunctionSettings
from checkout_stack.foundation.runtime_function import NETWORK_INTERFACE_ACTIONS
from tests.checkout_stack.synthesized import FUNCTION, LOG_GROUP, checkout, synthesize

PARTS = ("CheckoutRelay", "CheckoutConsumer", "CheckoutReconciler")


def violated(stack: cdk.Stack, **changes: Any) -> list[str]:
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        checkout(stack, **changes)
    return [each.property for each in refused.value.violations]


def test_all_functions_have_them_and_those_of_the_api_too(stack: cdk.Stack) -> None:
    made = checkout(stack, functions=FunctionSettings(memory_mebibytes=1024))
    CheckoutApi(stack, "Api", checkout=made, authorizer=OPEN_ACCESS)
    functions = synthesize(stack).of_type(FUNCTION).values()
    assert {each["MemorySize"] for each in functions} == {1024}


def test_the_way_back_to_botocore_is_a_variable_of_every_function(stack: cdk.Stack) -> None:
    made = checkout(stack, functions=FunctionSettings(aws_client="botocore"))
    CheckoutApi(stack, "Api", checkout=made, authorizer=OPEN_ACCESS)
    functions = synthesize(stack).of_type(FUNCTION).values()
    clients = [each["Environment"]["Variables"]["CHECKOUT_AWS_CLIENT"] for each in functions]
    assert set(clients) == {"botocore"}


def test_the_lean_client_needs_no_variable(stack: cdk.Stack) -> None:
    checkout(stack)
    for each in synthesize(stack).of_type(FUNCTION).values():
        assert "CHECKOUT_AWS_CLIENT" not in each["Environment"]["Variables"]


def test_the_payment_consumer_may_have_its_own(stack: cdk.Stack) -> None:
    checkout(stack, payment_consumer_settings=FunctionSettings(reserved_concurrency=10))
    template = synthesize(stack)
    reserved = {
        part: template.one(FUNCTION, part).get("ReservedConcurrentExecutions") for part in PARTS
    }
    assert reserved == {
        "CheckoutRelay": None,
        "CheckoutConsumer": 10,
        "CheckoutReconciler": None,
    }


def test_a_consumer_that_would_be_throttled_by_its_own_queue_is_refused(stack: cdk.Stack) -> None:
    assert violated(
        stack,
        concurrent_charges=100,
        payment_consumer_settings=FunctionSettings(reserved_concurrency=9),
    ) == ["payment_consumer_settings.reserved_concurrency"]


@pytest.mark.parametrize(
    ("settings", "prop"),
    [
        (FunctionSettings(memory_mebibytes=127), "memory_mebibytes"),
        (FunctionSettings(memory_mebibytes=10_241), "memory_mebibytes"),
        (FunctionSettings(reserved_concurrency=0), "reserved_concurrency"),
        (FunctionSettings(vpc_subnets=ec2.SubnetSelection()), "vpc"),
        (FunctionSettings(aws_client="boto3"), "aws_client"),  # type: ignore[arg-type]
    ],
)
def test_what_lambda_would_not_take_is_refused(
    settings: FunctionSettings, prop: str, stack: cdk.Stack
) -> None:
    assert f"functions.{prop}" in violated(stack, functions=settings)


def test_a_mistake_in_the_settings_of_all_functions_is_reported_once(stack: cdk.Stack) -> None:
    settings = FunctionSettings(memory_mebibytes=64, reserved_concurrency=0)
    assert violated(stack, functions=settings) == [
        "functions.memory_mebibytes",
        "functions.reserved_concurrency",
    ]


def test_what_throttles_the_consumer_is_reported_where_it_was_given(stack: cdk.Stack) -> None:
    settings = FunctionSettings(reserved_concurrency=9)
    assert violated(stack, functions=settings) == ["functions.reserved_concurrency"]


def test_in_a_vpc_each_function_may_make_network_interfaces_and_nothing_else(
    stack: cdk.Stack,
) -> None:
    network = ec2.Vpc(stack, "Network")
    group = ec2.SecurityGroup(stack, "Group", vpc=network)
    checkout(stack, functions=FunctionSettings(vpc=network, security_groups=[group]))
    template = synthesize(stack)
    for part in PARTS:
        properties = template.one(FUNCTION, part)
        assert properties["VpcConfig"]["SubnetIds"]
        assert len(properties["VpcConfig"]["SecurityGroupIds"]) == 1
        granted = {action for action, _ in template.permissions(part) if action.startswith("ec2:")}
        assert granted == set(NETWORK_INTERFACE_ACTIONS)


def test_logs_are_encrypted_by_the_key_that_is_given(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    checkout(stack, functions=FunctionSettings(log_encryption_key=key))
    groups = synthesize(stack).of_type(LOG_GROUP).values()
    assert groups
    assert all("KmsKeyId" in each for each in groups)
