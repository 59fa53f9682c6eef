"""An order that is sent again has the same id, and another one has another."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.deduplication_id import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    shop,
    violation,
)

NAME = "MessageDeduplicationId"
URI = {
    "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:sqs:path/${AWS::AccountId}/"
    "${PaymentQueue.QueueName}"
}


def api(fields: str) -> Resources:
    """The shop with a method of a REST API that sends to its queue."""
    request = {"application/json": f"Action=SendMessage&MessageBody=$input.body&{fields}"}
    integration = {"Type": "AWS", "Uri": URI, "RequestTemplates": request}
    method = {"Type": "AWS::ApiGateway::Method", "Properties": {"Integration": integration}}
    return {**shop(), "Sender": method}


def pipe(value: object) -> Resources:
    """The shop with a pipe that sends to its queue."""
    properties = {
        "Source": {"Fn::GetAtt": ["OrderTable", "StreamArn"]},
        "Target": {"Fn::GetAtt": ["PaymentQueue", "Arn"]},
        "TargetParameters": {"SqsQueueParameters": {NAME: value}},
    }
    return {**shop(), "Sender": {"Type": "AWS::Pipes::Pipe", "Properties": properties}}


@pytest.mark.parametrize(
    "resources",
    [
        api(f"{NAME}=$input.path('$.orderId')"),
        api(f"{NAME}=$util.urlEncode($input.params('order'))&MessageGroupId=all"),
        api(f'{NAME}=$util.urlEncode($input.path("$.orderId"))&MessageGroupId=all'),
        pipe("$.dynamodb.Keys.order_id.S"),
    ],
)
def test_an_id_of_the_order_is_compliant(resources: Resources) -> None:
    assert outcomes(RULE, resources) == {"Sender": Outcome.COMPLIANT}


@pytest.mark.parametrize(
    "resources",
    [
        api(f"{NAME}=$context.requestId"),
        api(f"{NAME}=$id\n#set($id = $context.requestId)"),
        api(f'x=\n{{"{NAME}": "$context.requestId"}}'),
        api(f"{NAME}=${{context.extendedRequestId}}&MessageGroupId=a"),
        api(f"{NAME}=$context.requestTimeEpoch"),
        api(f"{NAME}=$context.xrayTraceId"),
        api(f"{NAME}=$context.integration.requestId"),
        api(f"{NAME}=$input.params('X-Amzn-Trace-Id')"),
        api(f'{NAME}=$input.params().header.get("X-Amzn-Trace-Id")&MessageGroupId=a'),
        pipe("<aws.pipes.event.ingestion-time>"),
        pipe("$.messageId"),
    ],
)
def test_an_id_that_is_new_at_each_try_is_violated(resources: Resources) -> None:
    found = violation(RULE, resources)
    assert says(found, "new at each request", "made of the order", "take the order's number")


@pytest.mark.parametrize("name", ["context.apiId", "context.stage", "stageVariables.queue"])
def test_what_all_requests_to_an_api_have_in_common_is_no_id(name: str) -> None:
    assert ", always" in violation(RULE, api(f"{NAME}=shop-${name}")).message


@pytest.mark.parametrize("resources", [api(f"{NAME}=payments"), pipe("payments")])
def test_an_id_that_is_always_the_same_is_violated(resources: Resources) -> None:
    assert "is payments, always" in violation(RULE, resources).message


def test_the_id_of_an_http_api_is_judged_too() -> None:
    properties = {
        "IntegrationSubtype": "SQS-SendMessage",
        "RequestParameters": {"QueueUrl": {"Ref": "PaymentQueue"}, NAME: "$context.requestId"},
    }
    integration = {"Type": "AWS::ApiGatewayV2::Integration", "Properties": properties}
    assert violation(RULE, {**shop(), "Sender": integration}).logical_id == "Sender"


def test_an_integration_in_an_openapi_document_is_found() -> None:
    request = {"application/json": f"{NAME}=$context.requestId"}
    integration = {"uri": URI, "requestTemplates": request}
    method = {"post": {"x-amazon-apigateway-integration": integration}}
    properties = {"Body": {"paths": {"/orders": method}}}
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": properties}
    found = violation(RULE, {**shop(), "Sender": api})
    assert (found.logical_id, found.path) == ("Sender", ("Body",))


def test_a_queue_in_the_request_is_found() -> None:
    resources = api("")
    uri = "arn:aws:apigateway:eu-west-1:sqs:action/SendMessage"
    request = {"Fn::Sub": f"QueueUrl=${{PaymentQueue}}&{NAME}=$context.requestId"}
    integration = {"Uri": uri, "RequestTemplates": {"application/json": request}}
    resources["Sender"]["Properties"]["Integration"] = integration
    assert violation(RULE, resources).logical_id == "Sender"


def test_an_id_from_elsewhere_cannot_be_told() -> None:
    assert outcomes(RULE, pipe(UNKNOWN)) == {"Sender": Outcome.CANNOT_TELL}


def test_a_sender_without_an_id_is_not_judged() -> None:
    assert outcomes(RULE, api("MessageGroupId=all")) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
