"""A mapping's concurrency fits into what is reserved for its function."""

from __future__ import annotations

from itertools import product

from checkout_stack.policy.rules.judging import Verdict, agreed, judged, shown
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, not_applicable, violated
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities, whole_number
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.workload import Workload

_MAXIMUM = ("ScalingConfig", "MaximumConcurrency")
_RESERVED = "ReservedConcurrentExecutions"


def check(workload: Workload) -> list[Judgement]:
    """Judge each mapping of a work queue that has a maximum and a function with a reserve."""
    judgements = [_judge(each) for each in workload.queue_triggers]
    judgements += [_judge_sum(each, workload) for each in workload.consumers]
    found = [each for each in judgements if each is not None]
    otherwise = "no such mapping has both a maximum and a reserved concurrency"
    return found or [not_applicable(otherwise)]


def _judge_sum(function: Resource, workload: Workload) -> Judgement | None:
    """Judge what several mappings that call one function may take together."""
    mappings = [each.resource for each in workload.triggers if each.function is function]
    maxima = [whole_number(each.prop(*_MAXIMUM)) for each in mappings]
    known = [each for each in maxima if isinstance(each, int)]
    reserved = whole_number(function.prop(_RESERVED))
    if not isinstance(reserved, int) or reserved == 0 or len(known) < 2:
        return None
    if max(known) > reserved or sum(known) <= reserved:
        return None
    return violated(
        function,
        _RESERVED,
        given=f"{_RESERVED} is {reserved}, and its mappings may take {sum(known)} together",
        allowed=f"at least {sum(known)}",
        fix="lower MaximumConcurrency of the mappings, or reserve as much",
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
