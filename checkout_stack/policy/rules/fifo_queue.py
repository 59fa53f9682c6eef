"""A queue of work to be done once is FIFO."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import judge_each, judged, stated
from checkout_stack.policy.rules.queues import NO_QUEUE, is_fifo
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue."""
    return judge_each(workload.queues, _judge, otherwise=NO_QUEUE)


def _judge(queue: Resource) -> Judgement:
    name = queue.prop("QueueName")
    hint = f", though QueueName is {name}" if str(name).endswith(".fifo") else ""
    return judged(
        is_fifo(queue),
        queue,
        "FifoQueue",
        given=stated("FifoQueue", queue.prop("FifoQueue")) + hint,
        allowed="true",
        fix="make a new queue with FifoQueue: true; SQS cannot turn a standard queue into one",
    )


RULE = Rule(
    id="fifo-queue",
    title="A queue of work to be done once is FIFO",
    severity=Severity.ERROR,
    why=(
        "A standard queue delivers a message at least once and in any order: AWS states that "
        "a copy may be delivered again even after it was deleted. Two workers can then hold "
        "the same order at once. Only a FIFO queue refuses duplicates inside its "
        "deduplication interval and keeps the messages of one order behind one another. A "
        "name that ends in .fifo makes no FIFO queue: FifoQueue does, and it cannot be "
        "changed after creation."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html",
    fix_cdk='sqs.Queue(self, "Payments", fifo=True, content_based_deduplication=True)',
    fix_cloudformation=("Properties:\n  FifoQueue: true\n  ContentBasedDeduplication: true"),
    check=check,
)
