"""What an API has besides whose buyers may cancel their orders."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from checkout_stack import CheckoutApi, OrderEvents, PaymentWebhook
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.api.test_payment_webhook import asked, secret
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


def test_who_stores_declines_is_told_when_orders_expire(stack: cdk.Stack) -> None:
    orders = asked(stack, expires_after=cdk.Duration.days(2))
    PaymentWebhook(stack, "Webhook", checkout=orders, secret=secret(stack))
    template = synthesize(stack)
    for function in ("CheckoutConsumer", "CheckoutReconciler", "WebhookReceive"):
        assert template.environment(function)["EXPIRES_AFTER_SECONDS"] == str(2 * 24 * 60 * 60)


def test_by_default_no_order_expires(stack: cdk.Stack) -> None:
    checkout(stack)
    assert "EXPIRES_AFTER_SECONDS" not in json.dumps(synthesize(stack).template)


@pytest.mark.parametrize(
    "expires_after",
    [
        cdk.Duration.minutes(5),
        cdk.Duration.days(400),
        cdk.Duration.millis(86_400_500),
        cdk.Duration.seconds(cdk.Token.as_number({"Ref": "Patience"})),
    ],
)
def test_a_time_in_which_the_queue_may_still_bring_the_order_is_refused(
    expires_after: cdk.Duration, stack: cdk.Stack
) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="expires_after"):
        checkout(stack, expires_after=expires_after)
