"""A mapping's concurrency fits into what is reserved for its function."""

from __future__ import annotations

from itertools import product

from checkout_stack.policy.rules.judging import Verdict, agreed, judge_each, judged, shown
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities, whole_number
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.workload import Workload

_MAXIMUM = ("ScalingConfig", "MaximumConcurrency")
_RESERVED = "ReservedConcurrentExecutions"


def check(workload: Workload) -> list[Judgement]:
    """Judge each mapping of a work queue that has a maximum and a function with a reserve."""
    return judge_each(
        workload.queue_triggers,
        _judge,
        otherwise="no such mapping has both a maximum and a reserved concurrency",
    )


def _judge(trigger: Trigger) -> Judgement | None:
    function = trigger.function
    reserved = function.prop(_RESERVED) if isinstance(function, Resource) else None
    maximum = trigger.resource.prop(*_MAXIMUM)
    if maximum is None or reserved in (None, 0):  # A function with 0 never runs at all.
        return None
    pairs = product(possibilities(maximum), possibilities(reserved))
    return judged(
        agreed(f"{shown(maximum)}, against {shown(reserved)}", [_fits(*each) for each in pairs]),
        trigger.resource,
        *_MAXIMUM,
        given=f"MaximumConcurrency is {shown(maximum)}",
        allowed=f"at most {shown(reserved)}, which is reserved for {function}",
        fix="lower MaximumConcurrency, or reserve as much",
    )


def _fits(maximum: Value, reserved: Value) -> Verdict:
    most, there = whole_number(maximum), whole_number(reserved)
    if isinstance(most, Unknown):
        return most
    if isinstance(there, Unknown):
        return there
    return most is None or there is None or most <= there


RULE = Rule(
    id="mapping-concurrency",
    title="A mapping's concurrency fits into what is reserved for its function",
    severity=Severity.WARNING,
    why=(
        "A mapping that may call a function more often at a time than is reserved for it is "
        "throttled. Each throttled call has received its messages already, so receives are used "
        "up without a try, and orders go to the dead-letter queue that were never charged."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
    fix_cdk="SqsEventSource(payments, max_concurrency=10)  # of 10 or more that are reserved",
    fix_cloudformation=(
        "Properties:\n  ScalingConfig: {MaximumConcurrency: 10}  # of 10 or more that are reserved"
    ),
    check=check,
)
