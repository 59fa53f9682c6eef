"""One order that fails holds up no other."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.message_group import RULE
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

NAME = "MessageGroupId"
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


def json_api(request: str) -> Resources:
    """The shop with a method that sends by the JSON protocol of SQS."""
    resources = api("")
    templates = {"application/json": {"Fn::Sub": request}}
    resources["Sender"]["Properties"]["Integration"]["RequestTemplates"] = templates
    return resources


def pipe(value: object) -> Resources:
    """The shop with a pipe that sends to its queue."""
    properties = {
        "Source": {"Fn::GetAtt": ["OrderTable", "StreamArn"]},
        "Target": {"Fn::GetAtt": ["PaymentQueue", "Arn"]},
        "TargetParameters": {"SqsQueueParameters": {NAME: value}},
    }
    return {**shop(), "Sender": {"Type": "AWS::Pipes::Pipe", "Properties": properties}}


def rule(group: object) -> Resources:
    """The shop with an EventBridge rule that sends to its queue."""
    arn = {"Fn::GetAtt": ["PaymentQueue", "Arn"]}
    target = {"Id": "a", "Arn": arn, "SqsParameters": {NAME: group}}
    properties = {"EventPattern": {"source": ["shop"]}, "Targets": [target]}
    return {**shop(), "Sender": {"Type": "AWS::Events::Rule", "Properties": properties}}


def schedule(group: object) -> Resources:
    """The shop with a schedule that sends to its queue."""
    arn = {"Fn::GetAtt": ["PaymentQueue", "Arn"]}
    properties = {"Target": {"Arn": arn, "SqsParameters": {NAME: group}}}
    return {**shop(), "Sender": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}}


def state_machine(
    group: str, action: str = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
) -> Resources:
    """The shop with a state machine that sends to its queue."""
    parameters = {"QueueUrl": {"Ref": "PaymentQueue"}, group: "$.id" if ".$" in group else "all"}
    send = {"Type": "Task", "Resource": action, "Parameters": parameters}
    properties = {"Definition": {"States": {"Send": send}}}
    kind = "AWS::StepFunctions::StateMachine"
    return {**shop(), "Sender": {"Type": kind, "Properties": properties}}


def by_parameter(value: str) -> Resources:
    """The shop with a method that gives the group as a parameter of its request."""
    resources = api("")
    parameters = {f"integration.request.querystring.{NAME}": value}
    resources["Sender"]["Properties"]["Integration"]["RequestParameters"] = parameters
    return resources


@pytest.mark.parametrize(
    "resources",
    [
        api(f"{NAME}=$input.path('$.orderId')"),
        pipe("$.dynamodb.Keys.order_id.S"),
        by_parameter("method.request.querystring.order"),
        state_machine(f"{NAME}.$"),
    ],
)
def test_a_group_of_the_order_is_compliant(resources: Resources) -> None:
    assert outcomes(RULE, resources) == {"Sender": Outcome.COMPLIANT}


@pytest.mark.parametrize(
    "resources",
    [
        api(f"{NAME}=payments&MessageDeduplicationId=$input.path('$.id')"),
        pipe("payments"),
        rule("payments"),
        schedule("payments"),
        by_parameter("'payments'"),
    ],
)
def test_one_group_for_all_is_violated(resources: Resources) -> None:
    found = violation(RULE, resources)
    given = "every message has the MessageGroupId payments"
    assert says(found, given, "for each order or buyer", "let a function send")


def test_one_group_for_all_messages_of_a_state_machine_is_violated() -> None:
    assert "MessageGroupId all" in violation(RULE, state_machine(NAME)).message


def test_one_group_for_all_requests_that_a_schedule_makes_is_violated() -> None:
    request = f'{{"QueueUrl": "${{PaymentQueue}}", "{NAME}": "payouts"}}'
    arn = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
    resources = schedule("")
    resources["Sender"]["Properties"]["Target"] = {"Arn": arn, "Input": {"Fn::Sub": request}}
    assert "MessageGroupId payouts" in violation(RULE, resources).message


def test_a_group_from_elsewhere_cannot_be_told() -> None:
    assert outcomes(RULE, rule(UNKNOWN)) == {"Sender": Outcome.CANNOT_TELL}


@pytest.mark.parametrize("resources", [api("DelaySeconds=0"), rule({"Ref": "AWS::NoValue"})])
def test_a_sender_without_a_group_is_violated(resources: Resources) -> None:
    found = violation(RULE, resources)
    assert says(found, "PaymentQueue refuses such messages", "for each order", "MessageGroupId")


def test_a_request_that_the_caller_writes_is_compliant() -> None:
    resources = api("")
    del resources["Sender"]["Properties"]["Integration"]["RequestTemplates"]
    assert outcomes(RULE, resources) == {"Sender": Outcome.COMPLIANT}


def http_api(kind: str, body: str) -> Resources:
    """The shop with an HTTP API whose document sends to its queue."""
    given = {"QueueUrl": {"Ref": "PaymentQueue"}, "MessageBody": "$request.body", NAME: "all"}
    integration = {"integrationSubtype": "SQS-SendMessage", "requestParameters": given}
    post = {"x-amazon-apigateway-integration": integration}
    document = {"paths": {"/orders": {"post": post}}}
    return {**shop(), "Sender": {"Type": kind, "Properties": {body: document}}}


@pytest.mark.parametrize(
    "resources",
    [
        http_api("AWS::ApiGatewayV2::Api", "Body"),
        http_api("AWS::Serverless::HttpApi", "DefinitionBody"),
        json_api('{"QueueUrl": "${PaymentQueue}", "MessageBody": "x", "MessageGroupId": "all"}'),
        api(f"{NAME}=$group\n#set($group = 'all')"),
        state_machine(NAME, "arn:aws:states:::aws-sdk:sqs:sendMessage"),
    ],
)
def test_one_group_is_seen_however_it_is_sent(resources: Resources) -> None:
    assert "MessageGroupId" in violation(RULE, resources).message


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
