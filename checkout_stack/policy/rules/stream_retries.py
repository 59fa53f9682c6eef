"""A stream mapping gives up on a record after bounded retries."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import NO_STREAM, judge_each, judged, settled_number
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.workload import Workload

UNBOUNDED = -1
"""Lambda's default: retry until the record leaves the stream."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each mapping that reads a stream of orders."""
    return judge_each(workload.order_streams, _judge, otherwise=NO_STREAM)


def _judge(trigger: Trigger) -> Judgement:
    return judged(
        settled_number(
            trigger.resource.prop("MaximumRetryAttempts"),
            lambda attempts: attempts > UNBOUNDED,
            default=UNBOUNDED,
        ),
        trigger.resource,
        "MaximumRetryAttempts",
        allowed="0 to 10000; -1 and absent mean for ever",
        fix="set MaximumRetryAttempts, and an on-failure destination for what is abandoned",
    )


RULE = Rule(
    id="stream-retries",
    title="A stream mapping gives up on a record after bounded retries",
    severity=Severity.ERROR,
    why=(
        "The default of MaximumRetryAttempts is -1: Lambda retries a failed batch of a stream"
        " until it expires, for a table 24 hours. Until then nothing behind it in its shard "
        "moves: one poison order stops every other."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html",
    fix_cdk=(
        "DynamoEventSource(orders, starting_position=lambda_.StartingPosition.TRIM_HORIZON, "
        "retry_attempts=10)"
    ),
    fix_cloudformation=("Properties:\n  MaximumRetryAttempts: 10"),
    check=check,
)
