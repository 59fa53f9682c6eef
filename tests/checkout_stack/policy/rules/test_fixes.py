"""The CDK examples run: each can be pasted into a stack that has what its names say."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
from aws_cdk import (
    aws_cloudwatch,
    aws_cloudwatch_actions,
    aws_dynamodb,
    aws_iam,
    aws_kms,
    aws_lambda,
    aws_pipes,
    aws_secretsmanager,
    aws_sns,
    aws_sns_subscriptions,
    aws_sqs,
    aws_stepfunctions,
)
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.rules.rule import Rule
from tests.checkout_stack.synthesized import unchecked_app


def function(scope: Construct, name: str) -> aws_lambda.Function:
    """A function that does nothing."""
    return aws_lambda.Function(
        scope,
        name,
        runtime=aws_lambda.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=aws_lambda.Code.from_inline("def handler(*_): ..."),
    )


KNOWN: dict[str, Any] = {
    "Duration": cdk.Duration,
    "sqs": aws_sqs,
    "iam": aws_iam,
    "kms": aws_kms,
    "sns": aws_sns,
    "dynamodb": aws_dynamodb,
    "lambda_": aws_lambda,
    "cloudwatch": aws_cloudwatch,
    "cloudwatch_actions": aws_cloudwatch_actions,
    "destinations": destinations,
    "pipes": aws_pipes,
    "sfn": aws_stepfunctions,
    "role_arn": "arn:aws:iam::111122223333:role/pipe",
    "SqsEventSource": sources.SqsEventSource,
    "DynamoEventSource": sources.DynamoEventSource,
    "SqsDlq": sources.SqsDlq,
    "subscriptions": aws_sns_subscriptions,
    "SqsSubscription": aws_sns_subscriptions.SqsSubscription,
    "key": aws_dynamodb.Attribute(name="id", type=aws_dynamodb.AttributeType.STRING),
}
"""What the examples import."""
MADE: dict[str, Callable[[Construct], Any]] = {
    "payments": lambda scope: aws_sqs.Queue(scope, "Payments", fifo=True),
    "fifo_queue": lambda scope: aws_sqs.Queue(scope, "FifoQueue", fifo=True),
    "dead_letters": lambda scope: aws_sqs.Queue(scope, "DeadLetters", fifo=True),
    "relay_failures": lambda scope: aws_sqs.Queue(scope, "RelayFailures"),
    "orders": lambda scope: aws_dynamodb.TableV2(
        scope,
        "Orders",
        partition_key=KNOWN["key"],
        dynamo_stream=aws_dynamodb.StreamViewType.NEW_IMAGE,
    ),
    "charge": lambda scope: function(scope, "Charge"),
    "consumer": lambda scope: function(scope, "Consumer"),
    "relay": lambda scope: function(scope, "Relay"),
    "on_call": lambda scope: aws_sns.Topic(scope, "OnCall"),
    "secret": lambda scope: aws_secretsmanager.Secret(scope, "Secret"),
    "alarm": lambda scope: (
        aws_sqs.Queue(scope, "Watched")
        .metric_approximate_age_of_oldest_message()
        .create_alarm(scope, "Alarm", threshold=1, evaluation_periods=1)
    ),
}
"""What the examples speak of, made where one does."""


def run(rule: Rule, stack: cdk.Stack) -> None:
    """Paste the example of a rule into a stack."""
    example = rule.fix_cdk
    try:
        tree = ast.parse(example)
    except SyntaxError:
        tree = ast.parse(f"dict({example})")
    spoken_of = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    there = Construct(stack, "There")
    made = {name: make(there) for name, make in MADE.items() if name in spoken_of}
    exec(compile(tree, rule.id, "exec"), {"self": stack, **KNOWN, **made})


def test_the_cdk_examples_of_all_rules_synthesize() -> None:
    app = unchecked_app()
    for rule in ALL_RULES:
        try:
            run(rule, cdk.Stack(app, rule.id, env=cdk.Environment(region="us-east-1")))
        except Exception as error:
            error.add_note(f"the CDK example of {rule.id}")
            raise
    assert {stack.stack_name for stack in app.synth().stacks} == {rule.id for rule in ALL_RULES}
