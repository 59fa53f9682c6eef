"""What a checkout that captures later has besides, and who may ask for held money."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from checkout_stack import CheckoutApi, CheckoutStack, RefundAccess
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


def test_a_capture_of_another_amount_than_was_asked_for_has_an_alarm(
    capturing: Synthesized,
) -> None:
    assert "CapturedMoreThanAsked" in " ".join(capturing.of_type(ALARM))
    assert "captured_another_amount" in json.dumps(capturing.template)


def test_a_hold_that_could_not_be_let_go_has_an_alarm(capturing: Synthesized) -> None:
    assert "HoldsNotVoided" in " ".join(capturing.of_type(ALARM))
    assert "hold_not_voided" in json.dumps(capturing.template)


def test_without_holds_nothing_of_this_is_there(stack: cdk.Stack) -> None:
    checkout(stack)
    template = json.dumps(synthesize(stack).template)
    assert "HoldsLapsing" not in template
    assert "CapturedMore" not in template
    assert "HoldsNotVoided" not in template
    assert "AUTHORIZED" not in template


def test_an_application_of_your_own_is_told(capturing: Synthesized) -> None:
    assert "CAPTURE" in json.dumps(capturing.template["Outputs"]["Told"])


def test_without_it_there_is_no_such_route(stack: cdk.Stack) -> None:
    api = CheckoutApi(stack, "Api", checkout=checkout(stack), authorizer=jwt())
    assert api.capture_order is None
    assert "/capture" not in json.dumps(synthesize(stack).of_type(ROUTE))


def test_the_example_holds_first_and_only_its_back_office_may_capture(tmp_path: Path) -> None:
    example = synthesize(
        CheckoutStack(
            unchecked_app(tmp_path / "cdk.out"),
            "Example",
            payment_service_url="https://pay.example.com/charges",
            key_retention=cdk.Duration.hours(24),
            **{name: value for name, value in LATER.items() if name != "capture"},
        )
    )
    told = example.environment("CheckoutConsumer")
    assert (told["CAPTURE"], told["PAYMENT_SERVICE_CAPTURE_URL"]) == ("later", LATER["capture_url"])
    routes = {each["RouteKey"]: each for each in example.of_type(ROUTE).values()}
    [scope] = routes[CAPTURE]["AuthorizationScopes"]
    clients = example.of_type("AWS::Cognito::UserPoolClient")
    [back_office] = [name for name in clients if clients[name].get("AllowedOAuthScopes")]
    assert "BackOffice" in back_office
    assert scope == "checkout/refund"
    assert not any("refunds" in key for key in routes)


def test_the_route_stays_while_holds_of_before_are_open(stack: cdk.Stack) -> None:
    back = {**LATER, "capture": "now", "captures_holds": True}
    orders = checkout(stack, payment_service=payment_service(stack, **back))
    access = RefundAccess.scopes(SCOPE)
    api = CheckoutApi(stack, "Api", checkout=orders, authorizer=jwt(), captures=access)
    assert api.capture_order is not None
    assert "AUTHORIZED" in json.dumps(synthesize(stack).of_type(MAPPING))


def test_captures_need_a_payment_service_that_holds_first(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="captures_holds=True while holds"):
        CheckoutApi(
            stack,
            "Api",
            checkout=checkout(stack),
            authorizer=jwt(),
            captures=RefundAccess.scopes(SCOPE),
        )
