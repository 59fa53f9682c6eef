"""The visibility timeout is at least six times the function timeout."""

from __future__ import annotations

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
from checkout_stack.policy.rules.queues import NO_QUEUE, is_fifo
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, cannot_tell
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities
from checkout_stack.policy.workload.relations import MAPPING, Trigger
from checkout_stack.policy.workload.workload import Workload

FUNCTION_TIMEOUTS = 6
"""How many function timeouts a visibility timeout must span: AWS's advice."""
DEFAULT_VISIBILITY_SECONDS = 30
"""How long SQS hides a received message where nothing is said."""
DEFAULT_FUNCTION_TIMEOUT_SECONDS = 3
"""What Lambda takes where a function says nothing."""


_ELSEWHERE = "the visibility timeout of the queue that it reads is not in this template"
_POLLED = "the template does not say which queue it polls, nor the visibility timeout of that"


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue against each function that receives from it."""
    pairs = [
        (queue, trigger)
        for queue in workload.queues
        for trigger in (*workload.triggers_of(queue), *workload.pipes_of(queue)) or [None]
    ]
    elsewhere = (*workload.imported_queue_triggers, *workload.imported_queue_pipes)
    judgements = [
        *(_judge(pair) for pair in pairs),
        *(_judge_import(trigger) for trigger in elsewhere),
        *(cannot_tell(each, why=_POLLED) for each in workload.pollers_of_unknown_queues),
    ]
    return judge_each(judgements, lambda judgement: judgement, otherwise=NO_QUEUE)


def _judge_import(trigger: Trigger) -> Judgement:
    return cannot_tell(
        trigger.resource,
        "EventSourceArn" if trigger.resource.type == MAPPING else "Source",
        why=_ELSEWHERE,
    )


def _judge(pair: tuple[Resource, Trigger | None]) -> Judgement:
    queue, trigger = pair
    function = trigger.function if trigger else None
    if trigger is None or not isinstance(function, Resource):
        return cannot_tell(
            queue,
            "VisibilityTimeout",
            why="the timeout of what receives from the queue is not in this template",
        )
    visibility, timeout = queue.prop("VisibilityTimeout"), function.prop("Timeout")
    # Lambda has no batching window on FIFO queues.
    is_standard = is_fifo(queue) is False
    window = trigger.resource.prop("MaximumBatchingWindowInSeconds") if is_standard else None
    values = (visibility, timeout, window)
    verdicts = [_is_enough(*combination) for combination in product(*map(possibilities, values))]
    needed = f"{FUNCTION_TIMEOUTS} x {shown(timeout or DEFAULT_FUNCTION_TIMEOUT_SECONDS)}"
    needed += f" + {shown(window)} of batching window" if window is not None else ""
    return judged(
        agreed(f"{shown(visibility)}, against {needed}", verdicts),
        queue,
        "VisibilityTimeout",
        given=f"VisibilityTimeout is {shown(visibility or DEFAULT_VISIBILITY_SECONDS)}",
        allowed=f"at least {needed}, for the Timeout of {function}",
        fix="raise VisibilityTimeout, or lower the function's Timeout",
    )


def _is_enough(visibility: Value, timeout: Value, window: Value) -> Verdict:
    seconds = known(
        number(visibility, DEFAULT_VISIBILITY_SECONDS),
        number(timeout, DEFAULT_FUNCTION_TIMEOUT_SECONDS),
        number(window, 0),
    )
    if isinstance(seconds, Unknown):
        return seconds
    hidden, working, waiting = seconds
    return hidden >= FUNCTION_TIMEOUTS * working + waiting


RULE = Rule(
    id="visibility-timeout",
    title="The visibility timeout is at least six times the function timeout",
    severity=Severity.ERROR,
    why=(
        "When the visibility timeout ends before the function has, a second worker receives "
        "the same order while the first is still charging it. AWS advises six times the "
        "function timeout, so that Lambda can retry when it is throttled, and on standard "
        "queues the batching window on top."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    fix_cdk='sqs.Queue(self, "Payments", fifo=True, visibility_timeout=Duration.seconds(6 * 30))',
    fix_cloudformation=("Properties:\n  VisibilityTimeout: 180  # function timeout 30"),
    check=check,
)
