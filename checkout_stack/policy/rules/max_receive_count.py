"""A message is tried often enough, and not for ever."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import judge_each, judged, settled_number
from checkout_stack.policy.rules.queues import NO_DEAD_LETTERS
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.workload import Workload

FEWEST_RECEIVES = 5
"""AWS's advice for a queue that Lambda reads: throttling uses receives up as well."""
MOST_RECEIVES = 1000
"""The most that SQS takes."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue that has a dead-letter queue."""
    return judge_each(workload.queues, _judge, otherwise=NO_DEAD_LETTERS)


def _judge(queue: Resource) -> Judgement | None:
    if queue.prop("RedrivePolicy") is None:
        return None
    path = ("RedrivePolicy", "maxReceiveCount")
    return judged(
        settled_number(
            queue.prop(*path),
            lambda receives: FEWEST_RECEIVES <= receives <= MOST_RECEIVES,
            default=0,
        ),
        queue,
        *path,
        allowed=f"{FEWEST_RECEIVES} to {MOST_RECEIVES}",
        fix="choose as many receives as outlast an outage of the payment service, at least "
        f"{FEWEST_RECEIVES}",
    )


RULE = Rule(
    id="max-receive-count",
    title="A message is tried often enough, and not for ever",
    severity=Severity.ERROR,
    why=(
        "Receives are a budget of tries, and throttling of the function uses them up as well:"
        " AWS advises at least 5, so that messages do not go to the dead-letter queue before "
        "a short outage is over. More than 1000 is refused by SQS."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    fix_cdk="sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=10)",
    fix_cloudformation=(
        "RedrivePolicy:\n  deadLetterTargetArn: !GetAtt DeadLetters.Arn\n  maxReceiveCount: 10"
    ),
    check=check,
)
