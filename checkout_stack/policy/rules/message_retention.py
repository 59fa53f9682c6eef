"""A message is kept until it was tried as often as promised."""

from __future__ import annotations

from functools import partial
from itertools import product

from checkout_stack.policy.rules.judging import (
    Verdict,
    agreed,
    judge_each,
    judged,
    known,
    number,
    shown,
)
from checkout_stack.policy.rules.payment_key_retention import RETENTION
from checkout_stack.policy.rules.queues import DEFAULT_RETENTION_SECONDS, NO_QUEUE
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities
from checkout_stack.policy.workload.workload import Workload

SHORTEST_SECONDS = 86_400
"""A day. If the consumer stops, somebody needs that long to notice before messages expire."""
DEFAULT_VISIBILITY_SECONDS = 30
_COUNT = ("RedrivePolicy", "maxReceiveCount")


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue."""
    return judge_each(workload.queues, partial(_judge, workload), otherwise=NO_QUEUE)


def _judge(workload: Workload, queue: Resource) -> Judgement:
    # Where the payment service forgets its keys sooner, messages have to end sooner, too.
    shortest = SHORTEST_SECONDS if workload.declared(queue, RETENTION) is None else 0
    kept, hidden = queue.prop("MessageRetentionPeriod"), queue.prop("VisibilityTimeout")
    tries, delay = queue.prop(*_COUNT), queue.prop("DelaySeconds")
    verdicts = [
        _outlasts(each, shortest)
        for each in product(*map(possibilities, (kept, hidden, tries, delay)))
    ]
    given = f"{DEFAULT_RETENTION_SECONDS} (the default)" if kept is None else shown(kept)
    return judged(
        agreed(f"{given} and how often and long a message is tried", verdicts),
        queue,
        "MessageRetentionPeriod",
        given=f"MessageRetentionPeriod is {given}",
        allowed=f"at least {shortest} seconds, and more than the delay and all tries take "
        f"(DelaySeconds {shown(delay or 0)}, maxReceiveCount {shown(tries)} times "
        f"VisibilityTimeout {shown(DEFAULT_VISIBILITY_SECONDS if hidden is None else hidden)})",
        fix="keep messages for longer, or try them less often",
    )


def _outlasts(each: tuple[Value, ...], shortest: int) -> Verdict:
    kept, hidden, tries, delay = each
    numbers = known(
        number(kept, DEFAULT_RETENTION_SECONDS),
        number(hidden, DEFAULT_VISIBILITY_SECONDS),
        number(tries, 0),
        number(delay, 0),
    )
    if isinstance(numbers, Unknown):
        # What the tries take is other rules' to ask for; what is too short for any is not unknown.
        retention = number(kept, DEFAULT_RETENTION_SECONDS)
        if isinstance(retention, int):
            return retention >= shortest
        return retention
    retention, visibility, count, wait = numbers
    return retention >= shortest and retention > wait + count * visibility


RULE = Rule(
    id="message-retention",
    title="A message is kept until it was tried as often as promised",
    severity=Severity.ERROR,
    why=(
        "SQS deletes a message at the end of its retention without a trace: it does not go to the "
        "dead-letter queue. Where the tries together take longer than the retention, an order "
        "that keeps failing is lost instead of kept. And with a retention of less than a day, a "
        "night without a consumer loses every order of it."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
    fix_cdk='sqs.Queue(self, "Payments", fifo=True, retention_period=Duration.days(4))',
    fix_cloudformation="Properties:\n  MessageRetentionPeriod: 345600",
    check=check,
)
