"""Stripe as a payment service: what it may be given, and what its callers are told and allowed."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from cdk_nag import AwsSolutionsChecks, PCIDSS321Checks

from checkout_stack import CheckoutTiming, PaymentService
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from checkout_stack.policy import CheckoutPolicy
from tests.checkout_stack.synthesized import Synthesized, checkout, synthesize

seconds = cdk.Duration.seconds
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:stripe-AbCdEf"
LAYER = "arn:aws:lambda:us-east-1:111122223333:layer:stripe:1"
CALLERS = ("CheckoutConsumer", "CheckoutReconciler")


def stripe(stack: cdk.Stack, **changes: Any) -> PaymentService:
    number = len(stack.node.children)
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, f"Secret{number}", SECRET)
    layer = lambda_.LayerVersion.from_layer_version_arn(stack, f"Layer{number}", LAYER)
    return PaymentService.stripe(**{"secret": secret, "sdk_layer": layer, **changes})


def violated(stack: cdk.Stack, timing: CheckoutTiming | None = None, **changes: Any) -> list[str]:
    rows = stripe(stack, **changes).requirements(timing or CheckoutTiming())
    return [each.property for each in rows if not each.holds]


def charging(stack: cdk.Stack, **changes: Any) -> Synthesized:
    checkout(stack, payment_service=stripe(stack, **changes))
    return synthesize(stack)


def test_a_secret_is_all_that_has_to_be_given(stack: cdk.Stack) -> None:
    assert violated(stack) == []


@pytest.mark.parametrize("caller", CALLERS)
def test_those_who_call_stripe_are_told_where_it_is_and_how_long_to_try(
    caller: str, stack: cdk.Stack
) -> None:
    template = charging(
        stack,
        return_url="https://shop.example.com/back?from=bank",
        timeout=seconds(7),
        charge_within=cdk.Duration.hours(2),
    )
    told = template.environment(caller)
    assert {name: told[name] for name in told if name.startswith("PAYMENT_")} == {
        "PAYMENT_QUEUE_URL": told["PAYMENT_QUEUE_URL"],
        "PAYMENT_SERVICE_KIND": "stripe",
        "PAYMENT_SERVICE_URL": "https://api.stripe.com",
        "PAYMENT_SERVICE_RETURN_URL": "https://shop.example.com/back?from=bank",
        "PAYMENT_SERVICE_SECRET_ARN": SECRET,
        "PAYMENT_SERVICE_TIMEOUT_SECONDS": "7",
        "PAYMENT_KEY_RETENTION_SECONDS": "7200",
    }


def test_the_consumer_may_do_no_more_than_for_any_other_service(stack: cdk.Stack) -> None:
    """Opening before the claim reads no order: a refused claim returns the stored order."""
    permissions = charging(stack).permissions("CheckoutConsumer")
    assert {
        each for each in permissions if each[0].startswith(("dynamodb:", "secrets", "kms"))
    } == {
        ("dynamodb:UpdateItem", "CheckoutOrdersTable.Arn"),
        ("secretsmanager:GetSecretValue", SECRET),
    }


def test_the_rule_packs_find_nothing(stack: cdk.Stack) -> None:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    cdk.Validations.of(app).add_plugins(
        CheckoutPolicy(), AwsSolutionsChecks(app), PCIDSS321Checks(app)
    )
    charging(stack)


@pytest.mark.parametrize(
    "url",
    [
        *("http://shop.example.com", "shop", "https://a@b/", "https://b/#x", "https://b:0/"),
        *("https://b:99999/", "https://b/a page", "https://bä/", "https://", "https://b\\c/"),
    ],
)
def test_a_page_that_is_not_safe_is_refused(url: str, stack: cdk.Stack) -> None:
    assert violated(stack, return_url=url) == ["payment_service.return_url"]


@pytest.mark.parametrize(
    "url", ["http://stripe.example.com", "https://b/?x=1", "https://b:0/", "https://stripe käse/"]
)
def test_a_stripe_that_a_secret_may_not_be_sent_to_is_refused(url: str, stack: cdk.Stack) -> None:
    assert violated(stack, api_url=url) == ["payment_service.api_url"]


def test_a_stripe_on_this_machine_is_accepted(stack: cdk.Stack) -> None:
    assert violated(stack, api_url="http://127.0.0.1:8420") == []


def test_a_page_known_only_at_deployment_is_let_through(stack: cdk.Stack) -> None:
    page = cdk.CfnParameter(stack, "Page").value_as_string
    template = charging(stack, return_url=page)
    assert template.environment("CheckoutConsumer")["PAYMENT_SERVICE_RETURN_URL"] == {"Ref": "Page"}


def test_two_steps_fit_one_turn_of_the_consumer(stack: cdk.Stack) -> None:
    fits = CheckoutTiming(consumer_timeout=seconds(2 * 20 + 8))
    too_short = CheckoutTiming(consumer_timeout=seconds(2 * 20 + 7))
    assert violated(stack, fits, timeout=seconds(20)) == []
    assert violated(stack, too_short, timeout=seconds(20)) == ["timing.consumer_timeout"]


def test_a_buyer_may_be_charged_for_longer_than_the_first_try_takes(stack: cdk.Stack) -> None:
    timing = CheckoutTiming(tolerated_outage=seconds(1))
    first_try = timing.lease.to_seconds() + 10
    assert violated(stack, timing, charge_within=seconds(first_try + 1)) == []
    assert violated(stack, timing, charge_within=seconds(first_try)) == [
        "payment_service.charge_within"
    ]


def test_a_buyer_may_still_be_charged_when_an_outage_has_ended(stack: cdk.Stack) -> None:
    timing = CheckoutTiming(tolerated_outage=cdk.Duration.hours(2))
    assert violated(stack, timing, charge_within=cdk.Duration.hours(3)) == []
    assert violated(stack, timing, charge_within=cdk.Duration.hours(2)) == [
        "timing.tolerated_outage"
    ]


def test_an_account_may_have_a_name(stack: cdk.Stack) -> None:
    told = charging(stack, name="stripe-eu").environment("CheckoutConsumer")
    assert told["PAYMENT_SERVICE_NAME"] == "stripe-eu"
    assert violated(stack, name="two words") == ["payment_service.name"]


def test_all_violations_are_told_at_once(stack: cdk.Stack) -> None:
    service = stripe(
        stack,
        api_url="http://x",
        return_url="x",
        timeout=cdk.Duration.millis(1500),
        charge_within=seconds(1),
    )
    with pytest.raises(CheckoutMisconfiguredError) as problem:
        checkout(stack, payment_service=service)
    assert [each.property for each in problem.value.violations] == [
        "payment_service.api_url",
        "payment_service.return_url",
        "payment_service.timeout",
        "payment_service.charge_within",
    ]
