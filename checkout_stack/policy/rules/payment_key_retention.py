"""No message outlives the payment key's retention without a look-up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from checkout_stack.policy.rules.judging import Verdict, judge_each, judged, number, settled, shown
from checkout_stack.policy.rules.queues import DEFAULT_RETENTION_SECONDS
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, compliant
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, whole_number
from checkout_stack.policy.workload.workload import Workload

RETENTION = "payment-key-retention-seconds"
"""Metadata of a queue, or of the template: how long the payment service honours a key."""
LOOK_UP = "payment-look-up"
"""Metadata: true where the consumer asks what became of a charge before it tries again."""
_GUARDS = ("KEY_RETENTION", "LOOK_UP")
"""Parts of the names of variables that tell a consumer when to stop, or whom to ask."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue for which a retention is declared."""
    judge = partial(_judge, workload)
    return judge_each(workload.queues, judge, otherwise="no payment key retention is declared")


def _judge(workload: Workload, queue: Resource) -> Judgement | None:
    declared = workload.declared(queue, RETENTION)
    if declared is None:
        return None
    if workload.declared(queue, LOOK_UP) is True or _is_guarded(workload, queue):
        return compliant(queue, "MessageRetentionPeriod")
    kept, limit = queue.prop("MessageRetentionPeriod"), whole_number(declared)
    return judged(
        settled(kept, lambda each: _ends_first(each, limit)),
        queue,
        "MessageRetentionPeriod",
        given=f"MessageRetentionPeriod is {shown(kept or DEFAULT_RETENTION_SECONDS)}",
        allowed=f"at most the {shown(declared)} seconds that the payment key is honoured, "
        "or a look-up before a retry",
        fix=f"keep messages for less, or look the charge up and declare {LOOK_UP}: true",
    )


def _is_guarded(workload: Workload, queue: Resource) -> bool:
    """Whether a consumer is told the retention, or where to ask, so that it can stop in time."""
    for function in workload.consumers_of(queue):
        variables = function.prop("Environment", "Variables")
        for name in variables if isinstance(variables, Mapping) else ():
            if any(guard in name.upper() for guard in _GUARDS):
                return True
    return False


def _ends_first(kept: Value, limit: int | Unknown | None) -> Verdict:
    seconds = number(kept, DEFAULT_RETENTION_SECONDS)
    if isinstance(seconds, Unknown):
        return seconds
    return limit if isinstance(limit, Unknown) else limit is not None and seconds <= limit


RULE = Rule(
    id="payment-key-retention",
    title="No message outlives the payment key's retention without a look-up",
    severity=Severity.ERROR,
    why=(
        "A payment service forgets an idempotency key after a time (Stripe: 24 hours in its "
        "v1 interface). A message that is retried after that charges again, unless the "
        "consumer first asks the payment service what became of the charge. The retention is "
        "declared in the metadata of the queue or of the template: CheckoutPolicy: "
        "{payment-key-retention-seconds: 86400}, with payment-look-up: true where the "
        "consumer asks. A consumer with a variable such as PAYMENT_KEY_RETENTION_SECONDS or "
        "PAYMENT_SERVICE_LOOK_UP_URL is told in time when to stop or whom to ask, and passes."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
    fix_cdk=(
        'sqs.Queue(self, "Payments", fifo=True, retention_period=Duration.hours(20))  # keys '
        "kept for 24 hours"
    ),
    fix_cloudformation=(
        "Metadata:\n"
        "  CheckoutPolicy: {payment-key-retention-seconds: 86400}\n"
        "Properties:\n"
        "  MessageRetentionPeriod: 72000"
    ),
    check=check,
)
