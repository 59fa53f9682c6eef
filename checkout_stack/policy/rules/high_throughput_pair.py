"""High throughput is switched on as a pair."""

from __future__ import annotations

from itertools import product

from checkout_stack.policy.rules.judging import Verdict, agreed, judge_each, judged, stated
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities
from checkout_stack.policy.workload.workload import Workload

SCOPE = "messageGroup"
LIMIT = "perMessageGroupId"


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue that sets one of the two properties."""
    return judge_each(workload.queues, _judge, otherwise="no queue asks for high throughput")


def _judge(queue: Resource) -> Judgement | None:
    scope, limit = queue.prop("DeduplicationScope"), queue.prop("FifoThroughputLimit")
    if scope is None and limit is None:
        return None
    stating = f"{stated('DeduplicationScope', scope)} and {stated('FifoThroughputLimit', limit)}"
    pairs = product(possibilities(scope), possibilities(limit))
    return judged(
        agreed(stating, [_fit(*pair) for pair in pairs]),
        queue,
        "FifoThroughputLimit" if limit is not None else "DeduplicationScope",
        given=stating,
        allowed=f"{SCOPE} with {LIMIT}, or neither",
        fix="set both for high throughput, or take both away",
    )


def _fit(scope: Value, limit: Value) -> Verdict:
    if isinstance(scope, Unknown):
        return scope
    return limit if isinstance(limit, Unknown) else (scope == SCOPE) == (limit == LIMIT)


RULE = Rule(
    id="high-throughput-pair",
    title="High throughput is switched on as a pair",
    severity=Severity.WARNING,
    why=(
        "FifoThroughputLimit perMessageGroupId is allowed only where DeduplicationScope is "
        "messageGroup. One without the other is refused, or leaves the queue at the "
        "throughput of a single queue while its author believes in thousands of messages a "
        "second."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html",
    fix_cdk=(
        'sqs.Queue(self, "Payments", fifo=True,\n'
        "    deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP,\n"
        "    fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID)"
    ),
    fix_cloudformation=(
        "Properties:\n  DeduplicationScope: messageGroup\n  FifoThroughputLimit: perMessageGroupId"
    ),
    check=check,
)
