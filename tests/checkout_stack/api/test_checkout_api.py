"""The HTTP API has a few routes, each with an authorizer, a function and one permission."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack import GUESTS_BY_CART, OPEN_ACCESS, CheckoutApi, ScopeFrom
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import (
    FUNCTION,
    LOG_GROUP,
    Synthesized,
    checkout,
    synthesize,
)

ROUTE = "AWS::ApiGatewayV2::Route"
SECRET = "AWS::SecretsManager::Secret"
INTEGRATION = "AWS::ApiGatewayV2::Integration"
FUNCTION_OF_ROUTE = {
    "POST /orders": "ApiPlaceOrder",
    "GET /orders/{order_id}": "ApiGetOrder",
    "POST /orders/{order_id}/payment-attempts": "ApiStartPaymentAttempt",
    "POST /orders/{order_id}/resume": "ApiResumePayment",
    "GET /orders": "ApiFindOrder",
}


def api_of(stack: cdk.Stack, **properties: Any) -> Synthesized:
    CheckoutApi(stack, "Api", checkout=checkout(stack), **properties)
    return synthesize(stack)


def test_the_routes_are_these_and_no_others(example: Synthesized) -> None:
    routes = {each["RouteKey"] for each in example.of_type(ROUTE).values()}
    assert routes == set(FUNCTION_OF_ROUTE)


@pytest.mark.parametrize(("route", "function"), FUNCTION_OF_ROUTE.items())
def test_each_route_invokes_its_own_function_with_payload_2(
    route: str, function: str, example: Synthesized
) -> None:
    (found,) = (each for each in example.of_type(ROUTE).values() if each["RouteKey"] == route)
    integration_id = found["Target"]["Fn::Join"][1][1]["Ref"]
    integration = example.of_type(INTEGRATION)[integration_id]
    assert integration["IntegrationUri"] == example.arn(FUNCTION, function)
    assert integration["PayloadFormatVersion"] == "2.0"


def test_every_route_of_the_example_needs_a_token_of_its_user_pool(example: Synthesized) -> None:
    authorizer = example.logical_id("AWS::ApiGatewayV2::Authorizer", "ApiHttp")
    for route in example.of_type(ROUTE).values():
        assert route["AuthorizationType"] == "JWT"
        assert route["AuthorizerId"] == {"Ref": authorizer}


def test_without_an_authorizer_there_is_no_api(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="Shop/Api: authorizer is missing"):
        CheckoutApi(stack, "Api", checkout=checkout(stack))


def test_open_access_has_routes_without_authorizer_and_one_scope_for_all(stack: cdk.Stack) -> None:
    template = api_of(stack, authorizer=OPEN_ACCESS)
    assert {each["AuthorizationType"] for each in template.of_type(ROUTE).values()} == {"NONE"}
    for function in FUNCTION_OF_ROUTE.values():
        assert template.environment(function)["SCOPE_FROM"] == "[]"


def test_the_scope_is_issuer_and_subject_by_default(example: Synthesized) -> None:
    for function in FUNCTION_OF_ROUTE.values():
        assert json.loads(example.environment(function)["SCOPE_FROM"]) == [
            ["jwt", "claims", "iss"],
            ["jwt", "claims", "sub"],
        ]


def test_a_scope_that_is_given_reaches_every_function(stack: cdk.Stack) -> None:
    authorizer = authorizers.HttpJwtAuthorizer("Jwt", "https://id.example.com", jwt_audience=["a"])
    template = api_of(stack, authorizer=authorizer, scope_from=ScopeFrom.jwt_claims("account"))
    for function in FUNCTION_OF_ROUTE.values():
        scope = json.loads(template.environment(function)["SCOPE_FROM"])
        assert scope == [["jwt", "claims", "account"]]


def test_each_intake_function_is_told_all_it_needs(example: Synthesized) -> None:
    shared = {"ORDER_TABLE_NAME", "SCOPE_FROM", "MAX_PAYMENT_ATTEMPTS"}
    assert {each: set(example.environment(each)) for each in FUNCTION_OF_ROUTE.values()} == {
        "ApiPlaceOrder": {
            "ORDER_TABLE_NAME",
            "SCOPE_FROM",
            "CHECKOUT_NAMESPACE",
            "UNSETTLED_SHARDS",
            "MAX_PAYMENT_ATTEMPTS",
        },
        "ApiGetOrder": shared,
        "ApiStartPaymentAttempt": {*shared, "UNSETTLED_SHARDS"},
        "ApiResumePayment": {*shared, "UNSETTLED_SHARDS"},
        "ApiFindOrder": {*shared, "CHECKOUT_NAMESPACE"},
    }


@pytest.mark.parametrize(
    ("function", "action"),
    [
        ("ApiPlaceOrder", "dynamodb:PutItem"),
        ("ApiGetOrder", "dynamodb:GetItem"),
        ("ApiStartPaymentAttempt", "dynamodb:UpdateItem"),
        ("ApiResumePayment", "dynamodb:UpdateItem"),
        ("ApiFindOrder", "dynamodb:GetItem"),
    ],
)
def test_each_intake_function_may_do_one_thing_to_the_table_and_nothing_to_its_index(
    function: str, action: str, example: Synthesized
) -> None:
    assert example.permissions(function) == {
        ("logs:CreateLogStream", f"{function}Logs.Arn"),
        ("logs:PutLogEvents", f"{function}Logs.Arn"),
        (action, "CheckoutOrdersTable.Arn"),
    }


def test_the_function_gives_up_before_the_gateway_does(example: Synthesized) -> None:
    gateway_timeout = 30
    for function in FUNCTION_OF_ROUTE.values():
        assert example.one(FUNCTION, function)["Timeout"] < gateway_timeout


def test_there_is_one_stage_at_the_root_that_logs_access(example: Synthesized) -> None:
    (stage,) = example.of_type("AWS::ApiGatewayV2::Stage").values()
    assert stage["StageName"] == "$default"
    assert stage["AutoDeploy"] is True
    log = stage["AccessLogSettings"]
    assert log["DestinationArn"] == example.arn(LOG_GROUP, "ApiStageAccessLog")
    assert json.loads(log["Format"])["requestId"] == "$context.requestId"


def test_the_access_log_keeps_no_token_and_no_body(example: Synthesized) -> None:
    (stage,) = example.of_type("AWS::ApiGatewayV2::Stage").values()
    written = stage["AccessLogSettings"]["Format"].lower()
    assert "authorization" not in written
    assert "body" not in written
    assert "claims" not in written


def test_no_page_may_call_unless_it_is_named(example: Synthesized, stack: cdk.Stack) -> None:
    (without,) = example.of_type("AWS::ApiGatewayV2::Api").values()
    assert "CorsConfiguration" not in without
    template = api_of(
        stack,
        authorizer=OPEN_ACCESS,
        cors=apigwv2.CorsPreflightOptions(
            allow_origins=["https://shop.example.com"],
            allow_headers=["content-type", "idempotency-key"],
        ),
    )
    (with_cors,) = template.of_type("AWS::ApiGatewayV2::Api").values()
    assert with_cors["CorsConfiguration"]["AllowOrigins"] == ["https://shop.example.com"]


def test_all_violations_of_an_api_are_reported_at_once(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        CheckoutApi(
            stack,
            "Api",
            checkout=checkout(stack),
            scope_from=ScopeFrom.jwt_claims("jti"),
            cors=apigwv2.CorsPreflightOptions(allow_origins=["https://shop.example.com"]),
        )
    assert [each.property for each in refused.value.violations] == [
        "authorizer",
        "scope_from",
        "cors.allow_headers",
    ]


def test_a_cart_secret_is_read_by_intake_alone(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret(stack, "CartSecret")
    CheckoutApi(
        stack,
        "Api",
        checkout=checkout(stack),
        authorizer=OPEN_ACCESS,
        cart_secret=secret,
        guards_carts=True,
    )
    template = synthesize(stack)
    environment = template.environment("ApiPlaceOrder")
    assert environment["GUARDS_CARTS"] == "true"
    assert environment["CART_SECRET_ARN"] == {"Ref": template.logical_id(SECRET, "CartSecret")}
    readers = [
        function
        for function in ("ApiPlaceOrder", "ApiGetOrder", "ApiStartPaymentAttempt")
        if any(action.startswith("secretsmanager:") for action, _ in template.permissions(function))
    ]
    assert readers == ["ApiPlaceOrder"]


def test_a_guard_of_carts_that_nobody_signed_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="a cart id that nobody signed is a guess"):
        CheckoutApi(
            stack, "Api", checkout=checkout(stack), authorizer=OPEN_ACCESS, guards_carts=True
        )


def test_an_authorizer_of_another_api_is_refused(stack: cdk.Stack) -> None:
    made = checkout(stack)
    authorizer = authorizers.HttpJwtAuthorizer(
        "Buyers", "https://login.example.com/", jwt_audience=["shop"]
    )
    CheckoutApi(stack, "One", checkout=made, authorizer=authorizer)
    with pytest.raises(CheckoutMisconfiguredError, match="make an authorizer for each") as refused:
        CheckoutApi(stack, "Two", checkout=made, authorizer=authorizer)
    assert [each.property for each in refused.value.violations] == ["authorizer"]


def test_an_authorizer_of_an_api_that_is_no_checkouts_is_refused(stack: cdk.Stack) -> None:
    authorizer = authorizers.HttpJwtAuthorizer(
        "Buyers", "https://login.example.com/", jwt_audience=["shop"]
    )
    apigwv2.HttpApi(stack, "Own").add_routes(
        path="/",
        integration=integrations.HttpUrlIntegration("Url", "https://example.com"),
        authorizer=authorizer,
    )
    with pytest.raises(
        CheckoutMisconfiguredError, match="authorizer is an authorizer that another"
    ):
        CheckoutApi(stack, "Api", checkout=checkout(stack), authorizer=authorizer)


def test_where_buyers_are_guests_every_function_reads_carts_and_no_other_permission_is_new(
    stack: cdk.Stack,
) -> None:
    secret = secretsmanager.Secret(stack, "CartSecret")
    CheckoutApi(
        stack,
        "Api",
        checkout=checkout(stack),
        authorizer=GUESTS_BY_CART,
        cart_secret=secret,
        guards_carts=True,
    )
    template = synthesize(stack)
    assert {each["AuthorizationType"] for each in template.of_type(ROUTE).values()} == {"NONE"}
    for function in FUNCTION_OF_ROUTE.values():
        environment = template.environment(function)
        assert (environment["GUESTS"], environment["SCOPE_FROM"]) == ("by_signed_cart", "[]")
        assert environment["CART_SECRET_ARN"] == {"Ref": template.logical_id(SECRET, "CartSecret")}
        assert "CHECKOUT_NAMESPACE" in environment
        assert ("GUARDS_CARTS" in environment) == (function == "ApiPlaceOrder")
        services = {action.partition(":")[0] for action, _ in template.permissions(function)}
        assert services == {"dynamodb", "secretsmanager", "logs"}


def test_guests_whose_carts_nobody_signs_are_refused(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="a cart that nobody signed names nobody"):
        CheckoutApi(
            stack,
            "Api",
            checkout=checkout(stack),
            authorizer=GUESTS_BY_CART,
            guards_carts=True,
        )


def test_guests_of_whom_each_key_would_be_another_order_are_refused(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret(stack, "CartSecret")
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        CheckoutApi(
            stack,
            "Api",
            checkout=checkout(stack),
            authorizer=GUESTS_BY_CART,
            cart_secret=secret,
        )
    [violation] = refused.value.violations
    assert violation.property == "guards_carts"
    assert violation.fix.startswith("give guards_carts=True")
