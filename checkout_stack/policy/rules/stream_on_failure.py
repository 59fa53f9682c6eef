"""A stream mapping sends what it gives up on somewhere."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import NO_STREAM, is_given, judge_each, judged, stated
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.values import Unknown
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each mapping that reads a stream of orders."""
    return judge_each(workload.order_streams, _judge, otherwise=NO_STREAM)


def _judge(trigger: Trigger) -> Judgement:
    config = trigger.resource.prop("DestinationConfig")
    destination = trigger.resource.prop("DestinationConfig", "OnFailure", "Destination")
    return judged(
        config if isinstance(config, Unknown) else is_given(destination),
        trigger.resource,
        "DestinationConfig",
        given=stated("DestinationConfig.OnFailure.Destination", destination),
        allowed="the ARN of a queue or a topic",
        fix="add a queue for records that were abandoned, with an alarm on it",
    )


RULE = Rule(
    id="stream-on-failure",
    title="A stream mapping sends what it gives up on somewhere",
    severity=Severity.ERROR,
    why=(
        "When retries are used up, Lambda drops the batch. Without an on-failure destination "
        "nobody learns which orders never reached the queue."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html",
    fix_cdk=(
        "DynamoEventSource(orders, starting_position=lambda_.StartingPosition.TRIM_HORIZON, "
        "on_failure=SqsDlq(relay_failures))"
    ),
    fix_cloudformation=(
        "Properties:\n  DestinationConfig:\n    OnFailure: {Destination: !GetAtt RelayFailures.Arn}"
    ),
    check=check,
)
