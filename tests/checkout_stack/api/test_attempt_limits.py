"""Limits against card testing: asked for by name, told to one function, with an alarm."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.aws_apigatewayv2_authorizers import HttpJwtAuthorizer

from checkout_stack import (
    GUESTS_BY_CART,
    OPEN_ACCESS,
    AttemptLimits,
    CheckoutApi,
    IdempotentCheckout,
    ScopeFrom,
)
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import Synthesized, checkout, synthesize, unchecked_app

ALARM = "AWS::CloudWatch::Alarm"
VARIABLES = {"ATTEMPTS_PER_BUYER", "ATTEMPTS_PER_CHECKOUT", "ATTEMPTS_WINDOW_SECONDS"}
FUNCTIONS = ("PlaceOrder", "GetOrder", "StartPaymentAttempt", "ResumePayment", "FindOrder")


@pytest.fixture(scope="module")
def one_checkout() -> IdempotentCheckout:
    """A checkout for APIs that are refused."""
    return checkout(cdk.Stack(unchecked_app(), "Shop"))


def api_with(stack: cdk.Stack, limits: AttemptLimits | None) -> tuple[CheckoutApi, Synthesized]:
    api = CheckoutApi(
        stack, "Api", checkout=checkout(stack), authorizer=sign_in(), attempt_limits=limits
    )
    return api, synthesize(stack)


def sign_in() -> HttpJwtAuthorizer:
    return HttpJwtAuthorizer("Buyers", "https://issuer", jwt_audience=["shop"])


def violations(stack: cdk.Stack, **properties: Any) -> list[tuple[str, str]]:
    """What is said of an API with these properties: property and what was given."""
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        CheckoutApi(stack, "Api", checkout=checkout(stack), **properties)
    return [(each.property, str(each.given)) for each in refused.value.violations]


def test_only_the_function_that_starts_attempts_knows_them(stack: cdk.Stack) -> None:
    _, template = api_with(stack, AttemptLimits(per_checkout=1000))
    told = {each: VARIABLES & set(template.environment(f"Api{each}")) for each in FUNCTIONS}
    assert {each: names for each, names in told.items() if names} == {
        "StartPaymentAttempt": VARIABLES
    }
    environment = template.environment("ApiStartPaymentAttempt")
    assert [environment[name] for name in sorted(VARIABLES)] == ["10", "1000", "3600"]


def test_its_permission_stays_the_one_that_it_has(stack: cdk.Stack) -> None:
    _, template = api_with(stack, AttemptLimits())
    actions = {action for action, _ in template.permissions("ApiStartPaymentAttempt")}
    assert {each for each in actions if each.startswith("dynamodb:")} == {"dynamodb:UpdateItem"}


def test_the_alarm_is_on_the_share_of_declines_and_only_where_it_is_asked_for(
    stack: cdk.Stack,
) -> None:
    api, template = api_with(stack, AttemptLimits(decline_rate=0.7, fewest_payments=50))
    assert len(api.alarms) > 1
    [alarm] = [each for each in template.of_type(ALARM).values() if "decline-rate" in str(each)]
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (0.7, "notBreaching")
    [expression] = [each["Expression"] for each in alarm["Metrics"] if "Expression" in each]
    decided = "(FILL(paid, 0) + FILL(declined, 0))"
    assert expression == f"IF({decided} >= 50, FILL(declined, 0) / {decided}, 0)"
    counted = {
        each["MetricStat"]["Metric"]["MetricName"]
        for each in alarm["Metrics"]
        if "MetricStat" in each
    }
    assert counted == {"OrdersPaid", "OrdersDeclined"}


def test_without_limits_nothing_of_them_is_in_the_template(stack: cdk.Stack) -> None:
    _, template = api_with(stack, None)
    assert "ATTEMPTS_PER" not in str(template.resources)
    assert "decline-rate" not in str(template.resources)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"per_buyer": 1}, "per_buyer"),
        ({"per_buyer": 20, "per_checkout": 19}, "per_checkout"),
        ({"per_buyer": None, "per_checkout": 1}, "per_checkout"),
        ({"window": cdk.Duration.seconds(59)}, "window"),
        ({"window": cdk.Duration.millis(60_500)}, "window"),
        ({"window": cdk.Duration.days(2)}, "window"),
        ({"window": 60}, "window"),
        ({"per_buyer": "10"}, "per_buyer"),
        ({"orders_per_buyer": 0}, "orders_per_buyer"),
        ({"orders_per_buyer": "20"}, "orders_per_buyer"),
        ({"decline_rate": 0}, "decline_rate"),
        ({"decline_rate": 1.1}, "decline_rate"),
        ({"fewest_payments": 0}, "fewest_payments"),
    ],
)
def test_limits_that_mean_nothing_are_refused(
    wrong: dict[str, Any], named: str, one_checkout: IdempotentCheckout
) -> None:
    stack = cdk.Stack.of(one_checkout)
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        CheckoutApi(
            stack,
            f"Api{len(stack.node.children)}",
            checkout=one_checkout,
            authorizer=sign_in(),
            attempt_limits=AttemptLimits(**wrong),
        )
    assert [each.property for each in refused.value.violations] == [f"attempt_limits.{named}"]


def test_first_payments_are_counted_by_the_function_that_places_orders(stack: cdk.Stack) -> None:
    made = checkout(stack)
    CheckoutApi(
        stack,
        "Api",
        checkout=made,
        authorizer=sign_in(),
        attempt_limits=AttemptLimits(orders_per_buyer=20),
    )
    template = synthesize(stack)
    told = template.environment("ApiPlaceOrder")
    assert (told["ORDERS_PER_BUYER"], told["ATTEMPTS_WINDOW_SECONDS"]) == ("20", "3600")
    assert "ORDERS_PER_BUYER" not in template.environment("ApiStartPaymentAttempt")
    actions = {action for action, _ in template.permissions("ApiPlaceOrder")}
    writes = {each for each in actions if each.startswith("dynamodb:")}
    assert writes == {"dynamodb:PutItem", "dynamodb:UpdateItem"}


def test_no_limit_of_a_buyer_is_taken_where_all_buyers_are_one(stack: cdk.Stack) -> None:
    limits = AttemptLimits(orders_per_buyer=20)
    assert violations(stack, authorizer=OPEN_ACCESS, attempt_limits=limits) == [
        ("attempt_limits.per_buyer", "10, with OPEN_ACCESS"),
        ("attempt_limits.orders_per_buyer", "20, with OPEN_ACCESS"),
    ]


def test_the_error_says_what_to_give_where_all_buyers_are_one(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="give per_buyer=None"):
        CheckoutApi(
            stack,
            "Api",
            checkout=checkout(stack),
            authorizer=OPEN_ACCESS,
            attempt_limits=AttemptLimits(),
        )


@pytest.mark.parametrize("claims", [["client_id"], ["iss", "azp"], ["AUD"]])
def test_no_limit_of_a_buyer_is_taken_where_the_scope_names_a_program(
    claims: list[str], stack: cdk.Stack
) -> None:
    said = violations(
        stack,
        authorizer=sign_in(),
        scope_from=ScopeFrom.jwt_claims(*claims),
        attempt_limits=AttemptLimits(),
    )
    assert [name for name, _ in said] == ["attempt_limits.per_buyer"]


def test_a_scope_of_nothing_is_said_to_be_that_and_no_program(stack: cdk.Stack) -> None:
    said = violations(
        stack,
        authorizer=sign_in(),
        scope_from=ScopeFrom.jwt_claims(),
        attempt_limits=AttemptLimits(),
    )
    assert {name for name, _ in said} == {"scope_from"}


@pytest.mark.parametrize(
    "scope_from",
    [
        ScopeFrom.jwt_claims("client_id", "sub"),
        ScopeFrom.lambda_context("client_id"),
    ],
)
def test_a_scope_that_may_name_a_buyer_takes_their_limit(scope_from: ScopeFrom) -> None:
    kind = {"jwt": sign_in(), "lambda": None}[scope_from.paths[0][0]]
    requirements = AttemptLimits().requirements("3", authorizer=kind, scope_from=scope_from)
    assert all(each.holds for each in requirements)


def test_where_all_buyers_are_one_all_of_them_may_have_a_limit_and_the_alarm(
    stack: cdk.Stack,
) -> None:
    CheckoutApi(
        stack,
        "Api",
        checkout=checkout(stack),
        authorizer=OPEN_ACCESS,
        attempt_limits=AttemptLimits(per_buyer=None, per_checkout=1000),
    )
    template = synthesize(stack)
    environment = template.environment("ApiStartPaymentAttempt")
    assert environment["ATTEMPTS_PER_CHECKOUT"] == "1000"
    assert "ATTEMPTS_PER_BUYER" not in environment
    assert "decline-rate" in str(template.resources)


def test_limits_of_nothing_are_the_alarm_alone(stack: cdk.Stack) -> None:
    _, template = api_with(stack, AttemptLimits(per_buyer=None))
    assert VARIABLES.isdisjoint(template.environment("ApiStartPaymentAttempt"))
    assert "decline-rate" in str(template.resources)


def test_a_guest_is_limited_by_the_cart_and_needs_no_limit_of_orders(stack: cdk.Stack) -> None:
    limits = AttemptLimits(orders_per_buyer=20)
    requirements = limits.requirements("3", authorizer=GUESTS_BY_CART, scope_from=None)
    refused = [each for each in requirements if not each.holds]
    assert [each.property for each in refused] == ["attempt_limits.orders_per_buyer"]


def test_a_window_that_only_the_deployment_knows_is_refused(stack: cdk.Stack) -> None:
    seconds = cdk.CfnParameter(stack, "Window", type="Number").value_as_number
    limits = AttemptLimits(window=cdk.Duration.seconds(seconds))
    with pytest.raises(CheckoutMisconfiguredError, match=r"attempt_limits\.window is 0 s"):
        CheckoutApi(
            stack,
            "Api",
            checkout=checkout(stack),
            authorizer=sign_in(),
            attempt_limits=limits,
        )
