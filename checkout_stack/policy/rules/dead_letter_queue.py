"""A queue of work to be done once has a dead-letter queue."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import is_given, judge_each, judged, stated
from checkout_stack.policy.rules.queues import DEAD_LETTER_TARGET, NO_QUEUE
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue."""
    return judge_each(workload.queues, _judge, otherwise=NO_QUEUE)


def _judge(queue: Resource) -> Judgement:
    policy, target = queue.prop("RedrivePolicy"), queue.prop(*DEAD_LETTER_TARGET)
    return judged(
        policy if isinstance(policy, Unknown) else is_given(target),
        queue,
        "RedrivePolicy",
        given=stated(".".join(DEAD_LETTER_TARGET), target),
        allowed="the ARN of a dead-letter queue",
        fix="add a FIFO queue for dead letters and name it in RedrivePolicy",
    )


RULE = Rule(
    id="dead-letter-queue",
    title="A queue of work to be done once has a dead-letter queue",
    severity=Severity.ERROR,
    why=(
        "Without a dead-letter queue a message that always fails is received again and again "
        "until its retention ends, and is then deleted without a trace: the order is lost. In"
        " a FIFO queue it also holds up every later message of its group."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    fix_cdk=(
        'sqs.Queue(self, "Payments", fifo=True, '
        "dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=10))"
    ),
    fix_cloudformation=(
        "Properties:\n"
        "  RedrivePolicy:\n"
        "    deadLetterTargetArn: !GetAtt DeadLetters.Arn\n"
        "    maxReceiveCount: 10"
    ),
    check=check,
)
