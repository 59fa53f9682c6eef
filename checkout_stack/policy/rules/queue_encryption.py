"""Messages are encrypted at rest."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import Verdict, flag, judge_each, judged, settled, stated
from checkout_stack.policy.rules.queues import NO_QUEUE, all_queues
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Value
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue and its dead-letter queue."""
    return judge_each(all_queues(workload), _judge, otherwise=NO_QUEUE)


def _judge(queue: Resource) -> Judgement:
    by_sqs = queue.prop("SqsManagedSseEnabled")
    has_key = settled(queue.prop("KmsMasterKeyId"), _is_given)
    return judged(
        True if has_key is True else settled(by_sqs, _is_on),
        queue,
        "SqsManagedSseEnabled",
        given=f"{stated('SqsManagedSseEnabled', by_sqs)} and there is no KmsMasterKeyId",
        allowed="true or absent, or a KMS key",
        fix="remove SqsManagedSseEnabled: false, or name a KMS key",
    )


def _is_given(key: Value) -> Verdict:
    return key is not None and key != ""


def _is_on(value: Value) -> Verdict:
    """SQS encrypts with keys of its own unless it is told not to."""
    return flag(value, default=True)


RULE = Rule(
    id="queue-encryption",
    title="Messages are encrypted at rest",
    severity=Severity.WARNING,
    why=(
        "Order numbers and amounts in a queue are business data. SQS encrypts by default with"
        " keys of its own; SqsManagedSseEnabled: false without a KMS key takes that away."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
    fix_cdk='sqs.Queue(self, "Payments", fifo=True, encryption=sqs.QueueEncryption.SQS_MANAGED)',
    fix_cloudformation=("Properties:\n  SqsManagedSseEnabled: true  # or KmsMasterKeyId"),
    check=check,
)
