"""The dead-letter queue of a FIFO queue is FIFO."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import Verdict, judge_each, judged, shown
from checkout_stack.policy.rules.queues import DEAD_LETTER_TARGET, NO_DEAD_LETTERS, is_fifo
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, cannot_tell
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.values import Unknown
from checkout_stack.policy.workload.workload import Workload

_FIX = "make a new dead-letter queue with FifoQueue: true and name it in RedrivePolicy"


def check(workload: Workload) -> list[Judgement]:
    """Judge the dead-letter queue of each work queue that is, or may be, FIFO."""
    return judge_each(workload.dead_letter_pairs, _judge, otherwise=NO_DEAD_LETTERS)


def _judge(pair: tuple[Resource, RelatedResource]) -> Judgement | None:
    queue, dead_letters = pair
    source_is_fifo = is_fifo(queue)
    if source_is_fifo is False:
        return None
    if not isinstance(dead_letters, Resource):
        return _judge_by_arn(queue)
    if isinstance(source_is_fifo, Unknown):
        return cannot_tell(queue, "FifoQueue", why=source_is_fifo.why)
    return judged(
        is_fifo(dead_letters),
        dead_letters,
        "FifoQueue",
        allowed=f"true, as on its source {queue}",
        fix=_FIX,
    )


def _judge_by_arn(queue: Resource) -> Judgement:
    """The name of a FIFO queue, and of no other, ends in ``.fifo``."""
    arn = queue.prop(*DEAD_LETTER_TARGET)
    verdict: Verdict = Unknown(f"the dead-letter queue {shown(arn)} is not in this template")
    if isinstance(arn, str):
        verdict = arn.endswith(".fifo")
    return judged(
        verdict,
        queue,
        *DEAD_LETTER_TARGET,
        allowed="the ARN of a FIFO queue, which ends in .fifo",
        fix=_FIX,
    )


RULE = Rule(
    id="dead-letter-queue-fifo",
    title="The dead-letter queue of a FIFO queue is FIFO",
    severity=Severity.ERROR,
    why=(
        "SQS requires that the dead-letter queue of a FIFO queue is a FIFO queue too. "
        "CloudFormation and the CDK let a standard one through to the deployment, which then "
        "fails."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    fix_cdk='sqs.Queue(self, "DeadLetters", fifo=True, retention_period=Duration.days(14))',
    fix_cloudformation=(
        "DeadLetters:\n  Type: AWS::SQS::Queue\n  Properties:\n    FifoQueue: true"
    ),
    check=check,
)
