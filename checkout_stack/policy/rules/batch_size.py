"""A batch from a FIFO queue is at most 10 messages."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import judge_each, judged, settled_number
from checkout_stack.policy.rules.queues import is_fifo
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, cannot_tell
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.workload import Workload

LARGEST_FIFO_BATCH = 10
"""Messages that Lambda takes at most from a FIFO queue at once; also the default."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each mapping that reads a FIFO work queue."""
    return judge_each(
        workload.queue_triggers, _judge, otherwise="no mapping reads a FIFO queue of such work"
    )


def _judge(trigger: Trigger) -> Judgement | None:
    assert isinstance(trigger.source, Resource)
    fifo = is_fifo(trigger.source)
    if fifo is False:
        return None
    verdict = settled_number(
        trigger.resource.prop("BatchSize"),
        lambda messages: messages <= LARGEST_FIFO_BATCH,
        default=LARGEST_FIFO_BATCH,
    )
    if isinstance(fifo, Unknown) and verdict is not True:
        return cannot_tell(trigger.resource, "BatchSize", why=fifo.why)
    return judged(
        verdict,
        trigger.resource,
        "BatchSize",
        allowed=f"at most {LARGEST_FIFO_BATCH} on the FIFO queue {trigger.source}",
        fix=f"set BatchSize to {LARGEST_FIFO_BATCH} or less",
    )


RULE = Rule(
    id="batch-size",
    title="A batch from a FIFO queue is at most 10 messages",
    severity=Severity.ERROR,
    why=(
        "Lambda takes at most 10 messages from a FIFO queue at a time; a mapping that asks "
        "for more is refused at deployment. The larger batches of standard queues are no "
        "reason to leave FIFO: every message of a batch has to be charged inside one function"
        " timeout."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html",
    fix_cdk="SqsEventSource(payments, batch_size=10)",
    fix_cloudformation=("Properties:\n  BatchSize: 10"),
    check=check,
)
