"""The checkout as a whole: what it exposes, grants, refuses, and lets stand beside it."""

from datetime import UTC, datetime
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_runtime.domain.order import MOST_ATTEMPTS
from checkout_stack import CheckoutTiming, FunctionSettings
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from checkout_stack.pipeline.checkout_requirements import MOST_PAYMENT_ATTEMPTS
from tests.checkout_stack.synthesized import (
    METRIC_FILTER,
    QUEUE,
    Synthesized,
    checkout,
    payment_service,
    synthesize,
)


def refused(stack: cdk.Stack, **changes: Any) -> list[str]:
    with pytest.raises(CheckoutMisconfiguredError) as misconfigured:
        checkout(stack, **changes)
    return [each.property for each in misconfigured.value.violations]


@pytest.mark.parametrize("charges", [0, 10, 15, 25, 10_010, -20])
def test_concurrent_charges_that_no_mapping_can_have_are_refused(
    stack: cdk.Stack, charges: int
) -> None:
    assert refused(stack, concurrent_charges=charges) == ["concurrent_charges"]


def test_concurrent_charges_not_known_at_synth_are_refused(stack: cdk.Stack) -> None:
    charges = cdk.CfnParameter(stack, "Charges", type="Number").value_as_number
    assert refused(stack, concurrent_charges=charges) == ["concurrent_charges"]


@pytest.mark.parametrize("namespace", ["", "   "])
def test_an_empty_namespace_is_refused(stack: cdk.Stack, namespace: str) -> None:
    assert refused(stack, namespace=namespace) == ["namespace"]


@pytest.mark.parametrize("attempts", [0, 21])
def test_no_attempt_at_all_and_attempts_without_end_are_refused(
    stack: cdk.Stack, attempts: int
) -> None:
    assert refused(stack, max_payment_attempts=attempts) == ["max_payment_attempts"]


def test_of_a_restored_order_every_attempt_is_asked_about_that_a_setting_allows() -> None:
    assert MOST_ATTEMPTS == MOST_PAYMENT_ATTEMPTS


@pytest.mark.parametrize("shards", [0, 1001])
def test_a_number_of_shards_out_of_range_is_refused(stack: cdk.Stack, shards: int) -> None:
    assert refused(stack, unsettled_index_shards=shards) == ["unsettled_index_shards"]


def test_all_violations_are_reported_at_once_each_with_all_that_helps(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError) as misconfigured:
        checkout(
            stack,
            payment_service=payment_service(stack, url="http://pay.example.com"),
            timing=CheckoutTiming(consumer_timeout=cdk.Duration.seconds(20)),
            concurrent_charges=15,
            namespace="",
        )
    lines = str(misconfigured.value).splitlines()
    assert [each.property for each in misconfigured.value.violations] == [
        "payment_service.url",
        "timing.consumer_timeout",
        "namespace",
        "concurrent_charges",
    ]
    for line in lines:
        assert line.startswith("Shop/Checkout: ")
        assert " is " in line
        assert "; allowed: " in line
        assert "; fix: " in line
    assert "concurrent_charges is 15; allowed: a multiple of 10 from 20 to 10000" in lines[-1]


def test_tokens_are_let_through_where_nothing_is_computed_from_them(stack: cdk.Stack) -> None:
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    text = cdk.CfnParameter(stack, "Text").value_as_string
    made = checkout(
        stack, namespace=text, max_payment_attempts=number, unsettled_index_shards=number
    )
    template = synthesize(stack)
    assert template.environment("CheckoutConsumer")["UNSETTLED_SHARDS"] == {"Ref": "Number"}
    assert stack.resolve(made.max_payment_attempts) == {"Ref": "Number"}
    assert stack.resolve(made.namespace) == {"Ref": "Text"}


def test_the_default_namespace_is_account_region_stack_and_path(example: Synthesized) -> None:
    namespace = example.environment("ApiPlaceOrder")["CHECKOUT_NAMESPACE"]
    assert namespace["Fn::Join"] == [
        "",
        [{"Ref": "AWS::AccountId"}, "/", {"Ref": "AWS::Region"}, "/CheckoutStack/Checkout"],
    ]


def test_a_namespace_that_is_given_is_taken_as_it_is(stack: cdk.Stack) -> None:
    assert checkout(stack, namespace="shop-1").namespace == "shop-1"


def test_two_checkouts_in_one_stack_do_not_clash(stack: cdk.Stack) -> None:
    one, other = checkout(stack, "One"), checkout(stack, "Other")
    template = synthesize(stack)
    names = [each["QueueName"] for each in template.of_type(QUEUE).values() if "QueueName" in each]
    namespaces = {
        each["MetricTransformations"][0]["MetricNamespace"]
        for each in template.of_type(METRIC_FILTER).values()
    }
    assert len(set(names)) == len(names) == 2
    assert len(namespaces) == 2
    assert one.namespace != other.namespace


def test_each_grant_allows_one_action_on_the_table(stack: cdk.Stack) -> None:
    made = checkout(stack)
    role = iam.Role(stack, "WebShop", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    made.grant_place_orders(role)
    made.grant_read_orders(role)
    made.grant_start_payment_attempts(role)
    eraser = iam.Role(stack, "Eraser", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    made.grant_erase_buyers(eraser)
    template = synthesize(stack)
    assert template.permissions("WebShop") == {
        ("dynamodb:PutItem", "CheckoutOrdersTable.Arn"),
        ("dynamodb:GetItem", "CheckoutOrdersTable.Arn"),
        ("dynamodb:UpdateItem", "CheckoutOrdersTable.Arn"),
    }
    assert template.permissions("Eraser") == {("dynamodb:UpdateItem", "CheckoutOrdersTable.Arn")}


def test_the_parts_are_exposed(stack: cdk.Stack) -> None:
    made = checkout(stack)
    paths = {
        name: getattr(made, name).node.path
        for name in (
            "order_table",
            "payment_queue",
            "dead_letter_queue",
            "relay_failure_queue",
            "relay",
            "payment_consumer",
            "reconciler",
            "alarm_topic",
        )
    }
    assert all(path.startswith("Shop/Checkout/") for path in paths.values())
    assert len(set(paths.values())) == len(paths)
    assert made.alarms


def test_no_role_has_a_wildcard(example: Synthesized) -> None:
    for role in example.of_type("AWS::IAM::Role"):
        for action, resource in example.permissions(role[:-8]):
            assert "*" not in (resource, action)


def test_orders_older_than_a_restore_are_quarantined_by_worker_and_reconciler(
    stack: cdk.Stack,
) -> None:
    checkout(stack, quarantine_before=datetime(2026, 11, 1, tzinfo=UTC))
    template = synthesize(stack)
    for function in ("CheckoutConsumer", "CheckoutReconciler"):
        assert template.environment(function)["QUARANTINE_BEFORE_MS"] == "1793491200000"


def test_without_a_restore_nothing_is_quarantined(stack: cdk.Stack) -> None:
    checkout(stack)
    assert synthesize(stack).environment("CheckoutConsumer")["QUARANTINE_BEFORE_MS"] == "0"


def test_a_quarantine_without_a_time_zone_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="quarantine_before is 2026-11-01"):
        checkout(stack, quarantine_before=datetime(2026, 11, 1))  # noqa: DTZ001


def test_a_quarantine_that_cannot_be_meant_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="before the year 2100"):
        checkout(stack, quarantine_before=datetime(2100, 1, 1, tzinfo=UTC))


def test_a_key_that_encrypts_no_table_is_refused(stack: cdk.Stack) -> None:
    signing = kms.Key(
        stack, "Signing", key_spec=kms.KeySpec.RSA_2048, key_usage=kms.KeyUsage.SIGN_VERIFY
    )
    settings = FunctionSettings(log_encryption_key=signing)
    assert sorted(refused(stack, encryption_key=signing, functions=settings)) == [
        "encryption_key",
        "functions.log_encryption_key",
    ]


def test_a_secret_is_not_called_by_an_arn(stack: cdk.Stack) -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/key-AbCdEf"
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "ByArn", arn)
    service = payment_service(stack, secret=secret)
    assert refused(stack, payment_service=service) == ["payment_service.secret"]
