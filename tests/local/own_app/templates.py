"""A template with a checkout and its API, as small as one that the local run takes."""

from __future__ import annotations

import json
from typing import Any

from checkout_stack.local.own_app.local_template import LocalPlaces, local_template

HANDLERS = "checkout_runtime.handlers."
PLACES = LocalPlaces(
    charges_url="http://127.0.0.1:9000/charges", issuer="https://issuer/pool", audience="client"
)


def function(module: str, **variables: object) -> dict[str, Any]:
    """A function of a checkout."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Handler": f"{HANDLERS}{module}.handler",
            "Timeout": 30,
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Environment": {"Variables": {"ORDER_TABLE_NAME": {"Ref": "Table"}, **variables}},
        },
    }


def template(kind: str = "http") -> dict[str, Any]:
    """A checkout whose payment service is of a kind."""
    return {
        "Resources": {
            "Table": {"Type": "AWS::DynamoDB::GlobalTable", "DeletionPolicy": "Retain"},
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 180}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
            "Consumer": function(
                "process_payments",
                PAYMENT_SERVICE_KIND=kind,
                PAYMENT_SERVICE_URL="https://payments.example.com/charges",
                PAYMENT_SERVICE_CANCEL_URL="https://payments.example.com/cancel",
                PAYMENT_SERVICE_TIMEOUT_SECONDS="10",
                LEASE_SECONDS="40",
                FIRST_RETRY_SECONDS="5",
                LONGEST_RETRY_SECONDS="2",
            ),
            "Mapping": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "FunctionName": {"Ref": "Consumer"},
                    "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                },
            },
            "PlaceOrder": function(
                "place_order",
                SCOPE_FROM=json.dumps([["jwt", "claims", "sub"], ["jwt", "claims", "shop_id"]]),
            ),
            "Authorizer": {
                "Type": "AWS::ApiGatewayV2::Authorizer",
                "Properties": {
                    "AuthorizerType": "JWT",
                    "JwtConfiguration": {"Issuer": "https://login.example.com/"},
                },
            },
        },
        "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>"}},
        "Rules": {"CheckBootstrapVersion": {}},
    }


def localized(
    given: dict[str, Any], environment: str = "aws://unknown-account/unknown-region"
) -> tuple[dict[str, Any], list[str]]:
    """The template for the local AWS, and what was said about it."""
    said: list[str] = []
    return local_template(given, environment, PLACES, said.append), said


def variables(local: dict[str, Any], logical_id: str) -> dict[str, Any]:
    """The environment variables of a function."""
    found: dict[str, Any] = local["Resources"][logical_id]["Properties"]["Environment"]["Variables"]
    return found
