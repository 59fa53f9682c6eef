"""The consumer reports which messages of a batch failed."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import (
    includes,
    judge_each,
    judged,
    settled,
    settled_number,
)
from checkout_stack.policy.rules.queues import NO_QUEUE
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, compliant
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.workload import Workload

RESPONSE = "ReportBatchItemFailures"
DEFAULT_BATCH_SIZE = 10
"""How many messages a mapping takes at a time where nothing is said."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each mapping that reads a work queue, of this stack or another."""
    triggers = (*workload.queue_triggers, *workload.imported_queue_triggers)
    return judge_each(triggers, _judge, otherwise=NO_QUEUE)


def _judge(trigger: Trigger) -> Judgement:
    types = trigger.resource.prop("FunctionResponseTypes")
    size = trigger.resource.prop("BatchSize")
    if settled_number(size, lambda each: each == 1, default=DEFAULT_BATCH_SIZE) is True:
        return compliant(trigger.resource, "BatchSize")
    return judged(
        settled(types, lambda each: includes(each if isinstance(each, list) else [], RESPONSE)),
        trigger.resource,
        "FunctionResponseTypes",
        allowed=f"[{RESPONSE}]",
        fix=f"set FunctionResponseTypes: [{RESPONSE}] and return batchItemFailures",
    )


RULE = Rule(
    id="partial-batch-response",
    title="The consumer reports which messages of a batch failed",
    severity=Severity.ERROR,
    why=(
        "Without ReportBatchItemFailures one failed message makes Lambda return the whole "
        "batch to the queue: orders that were charged are received again. With it, only the "
        "failed ones are. A mapping with BatchSize 1 has no other messages to return."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
    fix_cdk="SqsEventSource(payments, report_batch_item_failures=True)",
    fix_cloudformation=("Properties:\n  FunctionResponseTypes: [ReportBatchItemFailures]"),
    check=check,
)
