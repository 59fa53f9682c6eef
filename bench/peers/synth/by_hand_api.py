"""The HTTP API and the five functions behind it, written out with L2s."""

from __future__ import annotations

import json
from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

ROUTES = {
    "PlaceOrder": ("POST", "/orders", "place_order", "dynamodb:PutItem"),
    "GetOrder": ("GET", "/orders/{order_id}", "get_order", "dynamodb:GetItem"),
    "StartPaymentAttempt": (
        "POST",
        "/orders/{order_id}/payment-attempts",
        "start_payment_attempt",
        "dynamodb:UpdateItem",
    ),
    "ResumePayment": (
        "POST",
        "/orders/{order_id}/resume",
        "resume_payment",
        "dynamodb:UpdateItem",
    ),
    "FindOrder": ("GET", "/orders", "find_order", "dynamodb:GetItem"),
}
"""By function: method, path, handler module, the one action on the table."""
ACCESS_LOG = json.dumps(
    {
        "requestId": "$context.requestId",
        "requestTime": "$context.requestTime",
        "sourceIp": "$context.identity.sourceIp",
        "routeKey": "$context.routeKey",
        "status": "$context.status",
        "responseLatency": "$context.responseLatency",
    }
)


def intake_environment(table_name: str, namespace: str) -> dict[str, dict[str, str]]:
    """Environment of each function."""
    scoped = {
        "MAX_PAYMENT_ATTEMPTS": "5",
        "ORDER_TABLE_NAME": table_name,
        "SCOPE_FROM": '[["jwt","claims","iss"],["jwt","claims","sub"]]',
    }
    sharded = {**scoped, "UNSETTLED_SHARDS": "16"}
    return {
        "PlaceOrder": {**sharded, "CHECKOUT_NAMESPACE": namespace},
        "GetOrder": scoped,
        "StartPaymentAttempt": sharded,
        "ResumePayment": sharded,
        "FindOrder": {**scoped, "CHECKOUT_NAMESPACE": namespace},
    }


def http_api(
    scope: Construct,
    functions: Mapping[str, lambda_.Function],
    pool: cognito.UserPool,
    client: cognito.UserPoolClient,
) -> apigwv2.HttpApi:
    """The API with its stage, access log, authorizer and routes."""
    api = apigwv2.HttpApi(
        scope,
        "Http",
        description="Places orders that resubmission does not double.",
        create_default_stage=False,
    )
    access_log = logs.LogGroup(
        scope,
        "AccessLog",
        retention=logs.RetentionDays.ONE_MONTH,
        removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    )
    stage = apigwv2.HttpStage(scope, "Stage", http_api=api, stage_name="$default", auto_deploy=True)
    template = stage.node.default_child
    assert isinstance(template, apigwv2.CfnStage)
    template.access_log_settings = apigwv2.CfnStage.AccessLogSettingsProperty(
        destination_arn=access_log.log_group_arn, format=ACCESS_LOG
    )
    authorizer = authorizers.HttpUserPoolAuthorizer("Buyers", pool, user_pool_clients=[client])
    for name, (method, path, _, _) in ROUTES.items():
        api.add_routes(
            path=path,
            methods=[apigwv2.HttpMethod[method]],
            integration=integrations.HttpLambdaIntegration(
                f"{name}Integration",
                functions[name],
                payload_format_version=apigwv2.PayloadFormatVersion.VERSION_2_0,
            ),
            authorizer=authorizer,
        )
    return api


def outputs(scope: Construct, values: Mapping[str, str]) -> None:
    """What the stack tells."""
    for name, value in values.items():
        cdk.CfnOutput(scope, name, value=value)
