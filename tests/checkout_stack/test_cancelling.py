"""What an API has besides whose buyers may cancel their orders."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from checkout_stack import CheckoutApi, OrderEvents
from tests.checkout_stack.synthesized import Synthesized, checkout, synthesize, unchecked_app
from tests.checkout_stack.test_refunds import jwt

ROUTE = "AWS::ApiGatewayV2::Route"
CANCEL = "POST /orders/{order_id}/cancel"


@pytest.fixture(scope="module")
def cancelling(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    stack = cdk.Stack(unchecked_app(tmp_path_factory.mktemp("cdk.out")), "Shop")
    orders = checkout(stack, order_events=OrderEvents.to_event_bus())
    CheckoutApi(stack, "Api", checkout=orders, authorizer=jwt(), buyers_may_cancel=True)
    shop = iam.Role(stack, "Shop", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    orders.grant_cancel_orders(shop)
    cdk.CfnOutput(stack, "Told", value=stack.to_json_string(orders.cancel_environment))
    return synthesize(stack)


def test_buyers_are_let_in_as_everywhere(cancelling: Synthesized) -> None:
    routes = {each["RouteKey"]: each for each in cancelling.of_type(ROUTE).values()}
    other = routes["POST /orders/{order_id}/resume"]
    assert routes[CANCEL]["AuthorizationType"] == other["AuthorizationType"] == "JWT"
    assert routes[CANCEL]["AuthorizerId"] == other["AuthorizerId"]


def test_the_function_may_read_and_update_an_order_and_nothing_else(
    cancelling: Synthesized,
) -> None:
    assert cancelling.permissions("ApiCancelOrder") == {
        ("logs:CreateLogStream", "ApiCancelOrderLogs.Arn"),
        ("logs:PutLogEvents", "ApiCancelOrderLogs.Arn"),
        ("dynamodb:GetItem", "CheckoutOrdersTable.Arn"),
        ("dynamodb:UpdateItem", "CheckoutOrdersTable.Arn"),
    }


def test_the_function_is_told_what_it_needs(cancelling: Synthesized) -> None:
    assert set(cancelling.environment("ApiCancelOrder")) == {
        *("ORDER_TABLE_NAME", "SCOPE_FROM", "MAX_PAYMENT_ATTEMPTS", "UNSETTLED_SHARDS"),
        *("QUARANTINE_BEFORE_MS", "EVENT_BUS_NAME"),
    }


def test_an_application_of_your_own_is_told_the_same(cancelling: Synthesized) -> None:
    told = json.dumps(cancelling.template["Outputs"]["Told"])
    assert "QUARANTINE_BEFORE_MS" in told
    assert "EVENT_BUS_NAME" in told


def test_without_it_there_is_no_such_route(stack: cdk.Stack) -> None:
    api = CheckoutApi(stack, "Api", checkout=checkout(stack), authorizer=jwt())
    assert api.cancel_order is None
    assert "/cancel" not in json.dumps(synthesize(stack).of_type(ROUTE))
