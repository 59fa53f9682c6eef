"""A charge that an event calls is tried once and kept."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.asynchronous_charge import RULE
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

ARN = {"Fn::GetAtt": ["ChargeFunction", "Arn"]}
CALLERS = {
    "rule": {
        "Type": "AWS::Events::Rule",
        "Properties": {"EventPattern": {"source": ["shop"]}, "Targets": [{"Id": "a", "Arn": ARN}]},
    },
    "topic": {
        "Type": "AWS::SNS::Subscription",
        "Properties": {"Protocol": "lambda", "Endpoint": ARN},
    },
    "inline": {
        "Type": "AWS::SNS::Topic",
        "Properties": {"Subscription": [{"Protocol": "lambda", "Endpoint": ARN}]},
    },
    "destination": {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Properties": {
            "FunctionName": {"Ref": "RelayFunction"},
            "DestinationConfig": {"OnSuccess": {"Destination": ARN}},
        },
    },
    "api": {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "Integration": {
                "Uri": {
                    "Fn::Sub": "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/"
                    "${ChargeFunction.Arn}/invocations"
                },
                "RequestParameters": {
                    "integration.request.header.X-Amz-Invocation-Type": "'Event'"
                },
            },
        },
    },
    "device": {
        "Type": "AWS::IoT::TopicRule",
        "Properties": {"TopicRulePayload": {"Actions": [{"Lambda": {"FunctionArn": ARN}}]}},
    },
    "logs": {"Type": "AWS::Logs::SubscriptionFilter", "Properties": {"DestinationArn": ARN}},
    "permission": {
        "Type": "AWS::Lambda::Permission",
        "Properties": {"FunctionName": ARN, "Principal": "s3.amazonaws.com"},
    },
    "bucket": {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "NotificationConfiguration": {"LambdaConfigurations": [{"Function": ARN}]},
        },
    },
}
DESTINATION = {"OnFailure": {"Destination": {"Fn::GetAtt": ["RelayFailures", "Arn"]}}}


def called(by: str = "rule", **config: object) -> Resources:
    """The shop whose charging function an event calls, with the configuration of such calls."""
    resources = {**shop(), "Caller": CALLERS[by]}
    if config:
        properties = {"FunctionName": {"Ref": "ChargeFunction"}, **config}
        resources["Config"] = {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": properties}
    return resources


def test_a_charge_that_is_tried_once_and_kept_is_compliant() -> None:
    resources = called(MaximumRetryAttempts=0, DestinationConfig=DESTINATION)
    assert outcomes(RULE, resources) == {"ChargeFunction": Outcome.COMPLIANT}


def test_a_queue_that_sam_makes_for_failures_is_a_destination() -> None:
    resources = called()
    config = {"MaximumRetryAttempts": 0, "DestinationConfig": {"OnFailure": {"Type": "SQS"}}}
    resources["ChargeFunction"]["Type"] = "AWS::Serverless::Function"
    resources["ChargeFunction"]["Properties"]["EventInvokeConfig"] = config
    assert outcomes(RULE, resources) == {"ChargeFunction": Outcome.COMPLIANT}


@pytest.mark.parametrize("by", CALLERS)
def test_the_defaults_of_lambda_are_violated(by: str) -> None:
    found = violation(RULE, called(by))
    given = "Caller calls it asynchronously, with MaximumRetryAttempts 2 and no destination"
    assert says(found, given, "MaximumRetryAttempts 0", "FIFO queue")


@pytest.mark.parametrize(
    "config",
    [
        {"MaximumRetryAttempts": 0},
        {"DestinationConfig": DESTINATION},
        {"MaximumRetryAttempts": 1, "DestinationConfig": DESTINATION},
    ],
)
def test_one_of_the_two_is_violated(config: dict[str, object]) -> None:
    assert violation(RULE, called("rule", **config)).logical_id == "ChargeFunction"


def test_a_dead_letter_queue_of_the_function_keeps_the_event_too() -> None:
    resources = called(MaximumRetryAttempts=0)
    resources["ChargeFunction"]["Properties"]["DeadLetterConfig"] = {"TargetArn": "arn:aws:sqs:a"}
    assert outcomes(RULE, resources) == {"ChargeFunction": Outcome.COMPLIANT}


def test_a_number_of_retries_from_elsewhere_cannot_be_told() -> None:
    resources = called(MaximumRetryAttempts=UNKNOWN, DestinationConfig=DESTINATION)
    assert outcomes(RULE, resources) == {"ChargeFunction": Outcome.CANNOT_TELL}


def test_an_event_of_sam_with_its_configuration_is_judged() -> None:
    event = {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["shop"]}}}
    properties = {"CodeUri": "src/", "Handler": "charge.handler", "Events": {"Placed": event}}
    resources: Resources = {
        "ChargeCard": {"Type": "AWS::Serverless::Function", "Properties": properties},
        "RelayFailures": {"Type": "AWS::SQS::Queue"},
    }
    assert "an event calls it" in violation(RULE, resources).message
    properties["EventInvokeConfig"] = {"MaximumRetryAttempts": 0, "DestinationConfig": DESTINATION}
    assert outcomes(RULE, resources) == {"ChargeCard": Outcome.COMPLIANT}


ALIAS = {
    "Type": "AWS::Lambda::Alias",
    "Properties": {"FunctionName": {"Ref": "ChargeFunction"}, "Name": "live"},
}
BY_ALIAS = {"Ref": "Live"}
BY_TEXT = {"Fn::Sub": "${ChargeFunction.Arn}:live"}


@pytest.mark.parametrize(
    ("arn", "qualifier", "outcome"),
    [
        (BY_ALIAS, "live", Outcome.COMPLIANT),
        (BY_TEXT, "live", Outcome.COMPLIANT),
        (BY_ALIAS, {"Ref": "Stage"}, Outcome.VIOLATED),
        (BY_ALIAS, UNKNOWN, Outcome.COMPLIANT),
        (BY_ALIAS, "$LATEST", Outcome.VIOLATED),
        (BY_TEXT, "$LATEST", Outcome.VIOLATED),
        (ARN, "live", Outcome.VIOLATED),
        (ARN, "$LATEST", Outcome.COMPLIANT),
    ],
)
def test_the_configuration_of_another_alias_or_version_does_not_count(
    arn: object, qualifier: object, outcome: Outcome
) -> None:
    given = {"Qualifier": qualifier, "MaximumRetryAttempts": 0, "DestinationConfig": DESTINATION}
    resources = {**called("rule", **given), "Live": ALIAS}
    properties = {"EventPattern": {"source": ["shop"]}, "Targets": [{"Id": "a", "Arn": arn}]}
    resources["Caller"] = {"Type": "AWS::Events::Rule", "Properties": properties}
    parameters = {"Stage": {"Type": "String", "Default": "beta"}}
    assert outcomes(RULE, resources, Parameters=parameters) == {"ChargeFunction": outcome}


@pytest.mark.parametrize("kind", ["Schedule", "ScheduleV2"])
def test_a_schedule_of_sam_that_charges_is_judged(kind: str) -> None:
    properties = {"CodeUri": "src/", "Handler": "a.b", "Events": {"Daily": {"Type": kind}}}
    made = {"Type": "AWS::Serverless::Function", "Properties": properties}
    assert violation(RULE, {"ChargeRenewals": made}).logical_id == "ChargeRenewals"
    assert outcomes(RULE, {"PaymentReconciler": made}) == {"": Outcome.NOT_APPLICABLE}


def test_a_topic_that_reaches_a_function_by_a_queue_of_sam_is_no_call() -> None:
    event = {"Type": "SNS", "Properties": {"Topic": "t", "SqsSubscription": True}}
    properties = {"CodeUri": "src/", "Handler": "a.b", "Events": {"Placed": event}}
    made = {"Type": "AWS::Serverless::Function", "Properties": properties}
    assert outcomes(RULE, {"ChargeCard": made}) == {"": Outcome.NOT_APPLICABLE}


def test_a_schedule_that_calls_the_api_of_lambda_is_judged() -> None:
    text = '{"FunctionName": "${ChargeFunction}", "InvocationType": "Event"}'
    arn = "arn:aws:scheduler:::aws-sdk:lambda:invoke"
    target = {"Arn": arn, "Input": {"Fn::Sub": text}}
    caller = {"Type": "AWS::Scheduler::Schedule", "Properties": {"Target": target}}
    found = violation(RULE, {**shop(), "Caller": caller})
    assert found.logical_id == "ChargeFunction"


@pytest.mark.parametrize("name", ["TransferMoney", "PayrollRun", "SettlePayments"])
def test_scheduled_transfers_are_judged(name: str) -> None:
    event = {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}}
    properties = {"CodeUri": "src/", "Handler": "a.b", "Events": {"Daily": event}}
    made = {"Type": "AWS::Serverless::Function", "Properties": properties}
    assert violation(RULE, {name: made}).logical_id == name
    watcher = {f"{name}Watcher": made}
    assert outcomes(RULE, watcher) == {"": Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("charge-card", {"Caller": Outcome.CANNOT_TELL}),
        ("charge-card:live", {"Caller": Outcome.CANNOT_TELL}),
        ("charge-status", {"": Outcome.NOT_APPLICABLE}),
        ("charge-mails", {"": Outcome.NOT_APPLICABLE}),
        ("resize", {"": Outcome.NOT_APPLICABLE}),
    ],
)
def test_a_charge_that_is_known_only_by_its_name_cannot_be_told(
    name: str, outcome: dict[str, Outcome]
) -> None:
    arn = f"arn:aws:lambda:eu-west-1:111122223333:function:{name}"
    properties = {"EventPattern": {"source": ["shop"]}, "Targets": [{"Id": "a", "Arn": arn}]}
    caller = {"Type": "AWS::Events::Rule", "Properties": properties}
    assert outcomes(RULE, {**NO_CHECKOUT, "Caller": caller}) == outcome


@pytest.mark.parametrize("name", ["PaymentFailureHandler", "OnPaymentCompleted", "PaymentStatus"])
def test_a_function_that_hears_of_charges_afterwards_is_not_judged(name: str) -> None:
    arn = {"Fn::GetAtt": [name, "Arn"]}
    properties = {"EventPattern": {"source": ["shop"]}, "Targets": [{"Id": "a", "Arn": arn}]}
    made = {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "a.b"}}
    caller = {"Type": "AWS::Events::Rule", "Properties": properties}
    assert outcomes(RULE, {**shop(), name: made, "Caller": caller}) == {"": Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize("kind", ["AWS::Events::Rule", "AWS::Scheduler::Schedule"])
def test_a_schedule_that_charges_is_judged_and_one_that_looks_after_payments_is_not(
    kind: str,
) -> None:
    def scheduled(function: str) -> Resources:
        arn = {"Fn::GetAtt": [function, "Arn"]}
        target = {"Id": "a", "Arn": arn}
        properties = {"ScheduleExpression": "rate(1 day)", "Targets": [target], "Target": target}
        made = {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "a.b"}}
        return {**shop(), function: made, "Caller": {"Type": kind, "Properties": properties}}

    assert violation(RULE, scheduled("ChargeRenewals")).logical_id == "ChargeRenewals"
    assert outcomes(RULE, scheduled("PaymentReconciler")) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
