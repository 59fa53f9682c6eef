"""A charge that is called asynchronously is not repeated blindly, and not dropped."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from checkout_stack.policy.rules.judging import (
    agreed,
    is_given,
    judged,
    settled_number,
    shown,
)
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, cannot_tell, not_applicable
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.workload.invocations import (
    EVENT_INVOKE_CONFIG,
    AsynchronousCall,
    name_of_function,
    written_calls,
)
from checkout_stack.policy.workload.recognition import words_of_reader
from checkout_stack.policy.workload.relations import related_function
from checkout_stack.policy.workload.vocabulary import keeps_failures, speaks_of_payment, words
from checkout_stack.policy.workload.workload import Workload

DEFAULT_RETRIES = 2
"""How often Lambda repeats a failed asynchronous call where nothing is said."""
_STARTS_CHARGES = frozenset((
    "billing", "charge", "charging", "capture", "debit", "disburse", "disbursement", "payout",
    "payroll", "refund", "settle", "transfer",
))  # fmt: skip
"""Words of a function that takes money by a schedule, and does not only look after payments."""
_LOOKS_AFTER = frozenset((
    "check", "checker", "clean", "cleaner", "cleanup", "expire", "monitor", "poller", "reconcile",
    "reconciler", "reconciliation", "refresh", "sync", "warmup", "watch", "watcher",
))  # fmt: skip
"""Words of a function that a schedule calls to look after what was started before."""
_AFTERWARDS = frozenset(
    ("completed", "created", "history", "received", "status", "succeeded", "update", "updated")
)
"""Words of a function that hears of charges afterwards."""
_CONFIG = "EventInvokeConfig"
_ON_FAILURE = ("DestinationConfig", "OnFailure", "Destination")


def check(workload: Workload) -> list[Judgement]:
    """Judge each charging function that an event calls, once for each alias that is called."""
    configs: dict[RelatedResource, list[Resource]] = {}
    for each in workload.of_type(EVENT_INVOKE_CONFIG):
        configs.setdefault(related_function(each, each.prop("FunctionName")), []).append(each)

    def judge(call: AsynchronousCall) -> Judgement:
        own = configs.get(call.function, ())
        return _judge(call, next((each for each in own if _applies(each, call.qualifier)), None))

    called = [
        call
        for call in workload.asynchronous_calls
        if workload.charges(call.function) and _starts_charge(call)
    ]
    judgements = [judge(each) for each in called]
    judgements += [_not_here(*each) for each in _calls_of_others(workload)]
    return judgements or [not_applicable("no event calls a function that charges")]


def _calls_of_others(workload: Workload) -> Iterator[tuple[Resource, str]]:
    """What calls a function that is not in the run, and whose name says that it charges."""
    for caller, called in written_calls(workload.of_type):
        function = name_of_function(called)
        found = words(function)
        is_charge = bool(found & _STARTS_CHARGES) and speaks_of_payment(found)
        is_told = found & (_LOOKS_AFTER | _AFTERWARDS) or keeps_failures(found)
        is_here = isinstance(related_function(caller, called), Resource)
        if is_charge and not is_told and not is_here:
            yield caller, function


def _not_here(caller: Resource, function: str) -> Judgement:
    why = f"how often Lambda repeats a call of {function}, and where failures go, is not here"
    return cannot_tell(caller, why=why)


def _starts_charge(call: AsynchronousCall) -> bool:
    """Whether the call starts a charge, and does not tell of one that was made or that failed."""
    called = words_of_reader(call.function)
    if call.is_scheduled:
        return bool(called & _STARTS_CHARGES) and not called & (_LOOKS_AFTER | _AFTERWARDS)
    return not called & _AFTERWARDS and not keeps_failures(called)


def _applies(config: Resource, qualifier: str | None) -> bool:
    """Whether a configuration is that of the alias, the version or the function itself."""
    given = config.prop("Qualifier")
    return qualifier is None or not isinstance(given, str) or given == qualifier


def _judge(call: AsynchronousCall, config: Resource | None) -> Judgement:
    function, caller = call.function, call.caller
    prop = config.prop if config else partial(function.prop, _CONFIG)
    retries, destination = prop("MaximumRetryAttempts"), prop(*_ON_FAILURE)
    dead_letters = function.prop("DeadLetterConfig", "TargetArn")
    once = settled_number(retries, lambda attempts: attempts == 0, default=DEFAULT_RETRIES)
    made_by_sam = function.prop(_CONFIG, *_ON_FAILURE[:-1], "Type") in ("SQS", "SNS")
    kept = made_by_sam or is_given(dead_letters if destination is None else destination)
    by = "an event" if caller is function else str(caller)
    return judged(
        False if False in (once, kept) else agreed("retries", [once, kept]),
        function,
        _CONFIG,
        given=f"{by} calls it asynchronously, with MaximumRetryAttempts "
        f"{shown(DEFAULT_RETRIES if retries is None else retries)} and "
        f"{'a' if kept else 'no'} destination for failures",
        allowed="MaximumRetryAttempts 0 and a destination for failures, or a FIFO queue before it",
        fix="send the order's number to a FIFO queue that calls the function, or add an "
        "AWS::Lambda::EventInvokeConfig",
    )


RULE = Rule(
    id="asynchronous-charge",
    title="A charge that an event calls is not repeated blindly, and not dropped",
    severity=Severity.ERROR,
    why=(
        "Events of EventBridge, SNS and S3 call a function asynchronously. Lambda repeats a "
        "call that failed or timed out twice, also when the charge went through, and drops the "
        "event afterwards. Nobody learns of the order then. A FIFO queue before the function "
        "keeps the order, its place and its number of tries."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
    fix_cdk=(
        "charge.configure_async_invoke(\n"
        "    retry_attempts=0, on_failure=destinations.SqsDestination(relay_failures))"
    ),
    fix_cloudformation=(
        "Type: AWS::Lambda::EventInvokeConfig\n"
        "Properties:\n"
        "  FunctionName: !Ref Charge\n"
        "  Qualifier: $LATEST\n"
        "  MaximumRetryAttempts: 0\n"
        "  DestinationConfig:\n"
        "    OnFailure: {Destination: !GetAtt ChargeFailures.Arn}"
    ),
    check=check,
)
