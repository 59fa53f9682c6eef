"""What a checkout that captures later has besides, and who may ask for held money."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest

from checkout_stack import CheckoutApi, RefundAccess
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import (
    ALARM,
    MAPPING,
    Synthesized,
    checkout,
    payment_service,
    synthesize,
    unchecked_app,
)
from tests.checkout_stack.test_refunds import jwt

ROUTE = "AWS::ApiGatewayV2::Route"
CAPTURE = "POST /orders/{order_id}/capture"
SCOPE = "checkout/capture"
LATER: dict[str, Any] = {
    "capture": "later",
    "capture_url": "https://pay.example.com/captures",
    "look_up_url": "https://pay.example.com/charges",
    "cancel_url": "https://pay.example.com/cancellations",
}


@pytest.fixture(scope="module")
def capturing(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    stack = cdk.Stack(unchecked_app(tmp_path_factory.mktemp("cdk.out")), "Shop")
    orders = checkout(stack, payment_service=payment_service(stack, **LATER))
    access = RefundAccess.scopes(SCOPE)
    CheckoutApi(stack, "Api", checkout=orders, authorizer=jwt(), captures=access)
    cdk.CfnOutput(stack, "Told", value=stack.to_json_string(orders.intake_environment))
    return synthesize(stack)


def test_nobody_is_let_in_without_the_captures_own_scope(capturing: Synthesized) -> None:
    routes = {each["RouteKey"]: each for each in capturing.of_type(ROUTE).values()}
    assert routes[CAPTURE]["AuthorizationScopes"] == [SCOPE]
    assert [key for key, each in routes.items() if "AuthorizationScopes" in each] == [CAPTURE]


def test_the_function_may_read_and_update_an_order_and_nothing_else(
    capturing: Synthesized,
) -> None:
    table = "CheckoutOrdersTable.Arn"
    asked = {action for action, where in capturing.permissions("ApiCaptureOrder") if where == table}
    assert asked == {"dynamodb:GetItem", "dynamodb:UpdateItem"}
    assert not any("secret" in each for each, _ in capturing.permissions("ApiCaptureOrder"))


def test_an_order_that_waited_for_its_capture_invokes_the_relay(capturing: Synthesized) -> None:
    patterns = json.dumps(
        [each.get("FilterCriteria") for each in capturing.of_type(MAPPING).values()]
    )
    assert "AUTHORIZED" in patterns


def test_holds_that_are_about_to_lapse_have_an_alarm(capturing: Synthesized) -> None:
    assert "HoldsLapsing" in " ".join(capturing.of_type(ALARM))


def test_without_holds_nothing_of_this_is_there(stack: cdk.Stack) -> None:
    checkout(stack)
    template = json.dumps(synthesize(stack).template)
    assert "HoldsLapsing" not in template
    assert "AUTHORIZED" not in template


def test_an_application_of_your_own_is_told(capturing: Synthesized) -> None:
    assert "CAPTURE" in json.dumps(capturing.template["Outputs"]["Told"])


def test_without_it_there_is_no_such_route(stack: cdk.Stack) -> None:
    api = CheckoutApi(stack, "Api", checkout=checkout(stack), authorizer=jwt())
    assert api.capture_order is None
    assert "/capture" not in json.dumps(synthesize(stack).of_type(ROUTE))


def test_captures_need_a_payment_service_that_holds_first(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="captures"):
        CheckoutApi(
            stack,
            "Api",
            checkout=checkout(stack),
            authorizer=jwt(),
            captures=RefundAccess.scopes(SCOPE),
        )
