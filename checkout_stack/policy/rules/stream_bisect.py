"""A stream mapping splits a batch that fails."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import NO_STREAM, judge_each, judged, settled_flag
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each mapping that reads a stream of orders in batches of more than one."""
    return judge_each(workload.order_streams, _judge, otherwise=NO_STREAM)


def _judge(trigger: Trigger) -> Judgement | None:
    if trigger.resource.prop("BatchSize") == 1:
        return None
    return judged(
        settled_flag(trigger.resource.prop("BisectBatchOnFunctionError")),
        trigger.resource,
        "BisectBatchOnFunctionError",
        allowed="true, or batches of one",
        fix="set BisectBatchOnFunctionError: true",
    )


RULE = Rule(
    id="stream-bisect",
    title="A stream mapping splits a batch that fails",
    severity=Severity.WARNING,
    why=(
        "Without BisectBatchOnFunctionError one record that always fails takes its whole "
        "batch with it: up to 10,000 orders are retried together, and abandoned together."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html",
    fix_cdk=(
        "DynamoEventSource(orders, starting_position=lambda_.StartingPosition.TRIM_HORIZON, "
        "bisect_batch_on_error=True)"
    ),
    fix_cloudformation=("Properties:\n  BisectBatchOnFunctionError: true"),
    check=check,
)
