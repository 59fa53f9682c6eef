"""A stream mapping begins with the oldest record."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import NO_STREAM, judge_each, judged, settled
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each mapping that reads a stream of orders."""
    return judge_each(workload.order_streams, _judge, otherwise=NO_STREAM)


def _judge(trigger: Trigger) -> Judgement:
    return judged(
        settled(
            trigger.resource.prop("StartingPosition"),
            lambda each: each not in ("AT_TIMESTAMP", "LATEST"),
        ),
        trigger.resource,
        "StartingPosition",
        allowed="TRIM_HORIZON",
        fix="set StartingPosition: TRIM_HORIZON, and let the consumer refuse what it knows",
    )


RULE = Rule(
    id="stream-starting-position",
    title="A stream mapping begins with the oldest record",
    severity=Severity.WARNING,
    why=(
        "A mapping that begins at LATEST starts some minutes after it is created, and again "
        "whenever it is replaced. Orders that are placed meanwhile are never sent on. AWS advises "
        "TRIM_HORIZON so that no event is missed."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html",
    fix_cdk="DynamoEventSource(orders, starting_position=lambda_.StartingPosition.TRIM_HORIZON)",
    fix_cloudformation="Properties:\n  StartingPosition: TRIM_HORIZON",
    check=check,
)
