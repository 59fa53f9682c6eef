"""Dead letters are kept longer than messages of the source."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import Verdict, agreed, judged, known, number, shown
from checkout_stack.policy.rules.queues import DEFAULT_RETENTION_SECONDS, judge_dead_letters
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities
from checkout_stack.policy.workload.workload import Workload

LONGEST_RETENTION_SECONDS = 1_209_600
"""Fourteen days: the longest that SQS keeps a message."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue together with its dead-letter queue."""
    return judge_dead_letters(
        workload, _judge, unseen="how long the dead-letter queue keeps messages"
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
        "A dead letter is an order that a person has to settle. On a standard queue the "
        "retention counts from the first send, so a message that was retried for days dies "
        "early. On a FIFO queue the count starts afresh, but a period no longer than the "
        "source's still leaves people less time than the machine had. AWS advises to keep "
        "dead letters longer than the source keeps its messages; 14 days is the most that SQS"
        " keeps."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html",
    fix_cdk='sqs.Queue(self, "DeadLetters", fifo=True, retention_period=Duration.days(14))',
    fix_cloudformation=("DeadLetters:\n  Properties:\n    MessageRetentionPeriod: 1209600"),
    check=check,
)
