"""The consumer reports which messages of a batch failed."""

from __future__ import annotations

from checkout_stack.policy.rules.charging import triggers_of_imported_queues
from checkout_stack.policy.rules.judging import Verdict, judge_each, judged, settled, stated
from checkout_stack.policy.rules.queues import NO_QUEUE
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.values import Unknown, Value
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.workload import Workload

RESPONSE = "ReportBatchItemFailures"


def check(workload: Workload) -> list[Judgement]:
    """Judge each mapping that reads a work queue, of this stack or another."""
    triggers = (*workload.queue_triggers, *triggers_of_imported_queues(workload))
    return judge_each(triggers, _judge, otherwise=NO_QUEUE)


def _judge(trigger: Trigger) -> Judgement:
    types = trigger.resource.prop("FunctionResponseTypes")
    return judged(
        settled(types, _reports),
        trigger.resource,
        "FunctionResponseTypes",
        given=stated("FunctionResponseTypes", types),
        allowed=f"[{RESPONSE}]",
        fix=f"set FunctionResponseTypes: [{RESPONSE}] and return batchItemFailures",
    )


def _reports(types: Value) -> Verdict:
    if isinstance(types, Unknown):
        return types
    items = types if isinstance(types, list) else []
    if RESPONSE in items:
        return True
    unknown = [each for each in items if isinstance(each, Unknown)]
    return unknown[0] if unknown else False


RULE = Rule(
    id="partial-batch-response",
    title="The consumer reports which messages of a batch failed",
    severity=Severity.ERROR,
    why=(
        "Without ReportBatchItemFailures one failed message makes Lambda return the whole "
        "batch to the queue: orders that were charged are received again. With it, only the "
        "failed ones are."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
    fix_cdk="SqsEventSource(payments, report_batch_item_failures=True)",
    fix_cloudformation=("Properties:\n  FunctionResponseTypes: [ReportBatchItemFailures]"),
    check=check,
)
