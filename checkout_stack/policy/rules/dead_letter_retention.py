"""Dead letters are kept longer than messages of the source."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import Verdict, agreed, judged, known, number, shown
from checkout_stack.policy.rules.queues import DEFAULT_RETENTION_SECONDS, judge_dead_letters
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, violated
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities
from checkout_stack.policy.workload.relations import QUEUE, Trigger
from checkout_stack.policy.workload.workload import Workload

LONGEST_RETENTION_SECONDS = 1_209_600
"""Fourteen days: the longest that SQS keeps a message."""
STREAM_SECONDS = 86_400
"""A day: how long a stream of DynamoDB keeps a record."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue together with its dead-letter queue."""
    judgements = judge_dead_letters(
        workload, _judge, unseen="how long the dead-letter queue keeps messages"
    )
    return [*judgements, *(each for each in map(_judge_failures, workload.order_streams) if each)]


def _judge_failures(stream: Trigger) -> Judgement | None:
    """What a relay gave up on is only kept in its failure queue once the stream has dropped it."""
    queue = stream.failures
    if not isinstance(queue, Resource) or queue.type != QUEUE:
        return None
    kept = number(queue.prop("MessageRetentionPeriod"), DEFAULT_RETENTION_SECONDS)
    if isinstance(kept, Unknown) or kept >= STREAM_SECONDS:
        return None
    return violated(
        queue,
        "MessageRetentionPeriod",
        given=f"MessageRetentionPeriod is {kept}, for what {stream.resource} gives up on",
        allowed=f"at least {STREAM_SECONDS}, as long as the stream keeps a record",
        fix=f"set it to {LONGEST_RETENTION_SECONDS}",
    )


def _judge(queue: Resource, dead_letters: Resource) -> Judgement:
    source = queue.prop("MessageRetentionPeriod")
    dead = dead_letters.prop("MessageRetentionPeriod")
    verdicts = [
        _outlasts(longer, shorter)
        for longer in possibilities(dead)
        for shorter in possibilities(source)
    ]
    return judged(
        agreed(f"{shown(dead)}, against {shown(source)} of the source", verdicts),
        dead_letters,
        "MessageRetentionPeriod",
        given=f"MessageRetentionPeriod is {_seconds(dead)}",
        allowed=f"more than the {_seconds(source)} of its source {queue}",
        fix=f"set it to {LONGEST_RETENTION_SECONDS}, and keep messages in the source for less",
    )


def _outlasts(dead: Value, source: Value) -> Verdict:
    seconds = known(*(number(each, DEFAULT_RETENTION_SECONDS) for each in (dead, source)))
    return seconds if isinstance(seconds, Unknown) else seconds[0] > seconds[1]


def _seconds(value: Value) -> str:
    return f"{DEFAULT_RETENTION_SECONDS} (the default)" if value is None else shown(value)


RULE = Rule(
    id="dead-letter-retention",
    title="Dead letters are kept longer than messages of the source",
    severity=Severity.ERROR,
    why=(
        "A dead letter is an order that an operator has to settle. On a standard queue the "
        "retention counts from the first send, so a message that was retried for days dies "
        "early. On a FIFO queue the count starts afresh, but a period no longer than the "
        "source's still leaves an operator less time than the machine had. AWS advises to keep "
        "dead letters longer than the source keeps its messages; 14 days is the most that SQS"
        " keeps."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html",
    fix_cdk='sqs.Queue(self, "DeadLetters", fifo=True, retention_period=Duration.days(14))',
    fix_cloudformation=("DeadLetters:\n  Properties:\n    MessageRetentionPeriod: 1209600"),
    check=check,
)
