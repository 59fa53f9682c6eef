"""The CDK examples run: each can be pasted into a stack that has what its names say."""

from __future__ import annotations

import ast
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import (
    aws_cloudwatch,
    aws_cloudwatch_actions,
    aws_dynamodb,
    aws_lambda,
    aws_secretsmanager,
    aws_sns,
    aws_sns_subscriptions,
    aws_sqs,
)
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.rules.rule import Rule


def function(scope: Construct, name: str) -> aws_lambda.Function:
    """A function that does nothing."""
    return aws_lambda.Function(
        scope,
        name,
        runtime=aws_lambda.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=aws_lambda.Code.from_inline("def handler(*_): ..."),
    )


def names(stack: cdk.Stack) -> dict[str, Any]:
    """What the examples speak of."""
    there = Construct(stack, "There")
    key = aws_dynamodb.Attribute(name="id", type=aws_dynamodb.AttributeType.STRING)
    payments = aws_sqs.Queue(there, "Payments", fifo=True)
    age = payments.metric_approximate_age_of_oldest_message()
    return {
        "self": stack,
        "Duration": cdk.Duration,
        "sqs": aws_sqs,
        "sns": aws_sns,
        "dynamodb": aws_dynamodb,
        "lambda_": aws_lambda,
        "cloudwatch": aws_cloudwatch,
        "cloudwatch_actions": aws_cloudwatch_actions,
        "SqsEventSource": sources.SqsEventSource,
        "DynamoEventSource": sources.DynamoEventSource,
        "SqsDlq": sources.SqsDlq,
        "SqsSubscription": aws_sns_subscriptions.SqsSubscription,
        "payments": payments,
        "fifo_queue": payments,
        "dead_letters": aws_sqs.Queue(there, "DeadLetters", fifo=True),
        "relay_failures": aws_sqs.Queue(there, "RelayFailures"),
        "key": key,
        "orders": aws_dynamodb.TableV2(
            there,
            "Orders",
            partition_key=key,
            dynamo_stream=aws_dynamodb.StreamViewType.NEW_IMAGE,
        ),
        "charge": function(there, "Charge"),
        "consumer": function(there, "Consumer"),
        "relay": function(there, "Relay"),
        "on_call": aws_sns.Topic(there, "OnCall"),
        "secret": aws_secretsmanager.Secret(there, "Secret"),
        "alarm": age.create_alarm(there, "Alarm", threshold=1, evaluation_periods=1),
    }


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_the_cdk_example_of_a_rule_synthesizes(rule: Rule) -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Shop", env=cdk.Environment(region="us-east-1"))
    example = rule.fix_cdk
    try:
        ast.parse(example)
    except SyntaxError:
        example = f"dict({example})"
    exec(compile(example, rule.id, "exec"), names(stack))
    assert app.synth().get_stack_artifact(stack.artifact_id).template["Resources"]
