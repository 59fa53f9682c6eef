"""Messages are encrypted at rest."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import is_given, judge_each, judged, settled_flag, stated
from checkout_stack.policy.rules.queues import NO_QUEUE
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue and its dead-letter queue."""
    return judge_each(workload.all_queues, _judge, otherwise=NO_QUEUE)


def _judge(queue: Resource) -> Judgement:
    by_sqs = queue.prop("SqsManagedSseEnabled")
    has_key = is_given(queue.prop("KmsMasterKeyId"))
    return judged(
        # By default SQS encrypts with its own keys.
        True if has_key is True else settled_flag(by_sqs, default=True),
        queue,
        "SqsManagedSseEnabled",
        given=f"{stated('SqsManagedSseEnabled', by_sqs)} and there is no KmsMasterKeyId",
        allowed="true or absent, or a KMS key",
        fix="remove SqsManagedSseEnabled: false, or name a KMS key",
    )


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
