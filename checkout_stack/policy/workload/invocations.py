"""What calls functions asynchronously: Lambda then repeats a failed call by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Text, Value, at, listed
from checkout_stack.policy.workload.relations import FUNCTION, related_function
from checkout_stack.policy.workload.senders import REST_METHOD
from checkout_stack.policy.workload.state_machines import out_of_text

SCHEDULE = "AWS::Scheduler::Schedule"
EVENT_INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"
_INVOCATION_TYPE = "integration.request.header.X-Amz-Invocation-Type"
_INVOKED = re.compile(r"functions/(?P<arn>.+)/invocations\Z")
_UNIVERSAL_TARGET = ":aws-sdk:lambda:invoke"
_SAM_EVENTS = ("CloudWatchEvent", "CloudWatchLogs", "EventBridgeRule", "IoTRule", "S3", "SNS")
_SAM_SCHEDULES = ("Schedule", "ScheduleV2")
_CALL_FROM_ELSEWHERE = ("logs", "s3", "sns")
"""Services that call asynchronously whatever they call, where a permission names them."""
LATEST = "$LATEST"
_NAMED = re.compile(r"(?:arn:[^/]*:function:)?([\w-]+)(?::[\w$-]+)?\Z")
_QUALIFIER = re.compile(r"(?:function:[\w-]+|function:\$\{[^}]*\}|\A\$\{[^}]*\}):([\w$-]+)\Z")


@dataclass(frozen=True, eq=False)
class AsynchronousCall:
    """A function that is called without waiting for its answer."""

    function: Resource
    #: The function itself where an event of SAM calls it.
    caller: Resource
    #: The alias or version that is called; ``None`` where that is not known.
    qualifier: str | None = None
    #: Whether a schedule calls: the function may look after many orders, or start some.
    is_scheduled: bool = False


def asynchronous_calls(of_type: Callable[..., list[Resource]]) -> Iterator[AsynchronousCall]:
    """The functions that events, schedules and permissions of others call asynchronously."""
    known: set[Resource] = set()
    for caller, arn in written_calls(of_type):
        function = related_function(caller, arn)
        if isinstance(function, Resource):
            known.add(function)
            yield AsynchronousCall(function, caller, _qualifier(caller, arn), _is_schedule(caller))
    for permission in of_type("AWS::Lambda::Permission"):
        if str(permission.prop("Principal")).partition(".")[0] in _CALL_FROM_ELSEWHERE:
            function = related_function(permission, permission.prop("FunctionName"))
            if isinstance(function, Resource) and function not in known:
                yield AsynchronousCall(function, permission)
    for function in of_type(FUNCTION):
        events = function.prop("Events")
        for event in events.values() if isinstance(events, Mapping) else ():
            kind = at(event, "Type")
            if kind in _SAM_SCHEDULES or (kind in _SAM_EVENTS and not _goes_by_a_queue(event)):
                is_scheduled = kind in _SAM_SCHEDULES
                yield AsynchronousCall(function, function, is_scheduled=is_scheduled)


def written_calls(of_type: Callable[..., list[Resource]]) -> Iterator[tuple[Resource, Value]]:
    """What calls, and the function as it is named there."""
    for rule in of_type("AWS::Events::Rule"):
        for target in listed(rule.prop("Targets")):
            yield rule, at(target, "Arn")
    for schedule in of_type(SCHEDULE):
        yield schedule, _scheduled(schedule.prop("Target"))
    for one in of_type("AWS::SNS::Subscription"):
        if one.prop("Protocol") == "lambda":
            yield one, one.prop("Endpoint")
    for topic in of_type("AWS::SNS::Topic"):
        for each in listed(topic.prop("Subscription")):
            if at(each, "Protocol") == "lambda":
                yield topic, at(each, "Endpoint")
    for config in of_type(EVENT_INVOKE_CONFIG):
        for outcome in ("OnSuccess", "OnFailure"):
            yield config, config.prop("DestinationConfig", outcome, "Destination")
    for bucket in of_type("AWS::S3::Bucket"):
        for each in listed(bucket.prop("NotificationConfiguration", "LambdaConfigurations")):
            yield bucket, at(each, "Function")
    for rule in of_type("AWS::IoT::TopicRule"):
        for action in listed(rule.prop("TopicRulePayload", "Actions")):
            yield rule, at(action, "Lambda", "FunctionArn")
    for filtered in of_type("AWS::Logs::SubscriptionFilter"):
        yield filtered, filtered.prop("DestinationArn")
    for method in of_type(REST_METHOD):
        if calls_asynchronously(method):
            yield method, invoked_arn(method.prop("Integration", "Uri"))


def name_of_function(called: Value) -> str:
    """The name in the ARN of a function, or as Lambda's API takes it; empty for anything else."""
    written = _NAMED.match(str(called)) if isinstance(called, str | Text) else None
    return written[1] if written else ""


def _scheduled(target: Value) -> Value:
    """What a schedule calls: its target, or the function that its input gives to Lambda's API."""
    arn = at(target, "Arn")
    if str(arn).endswith(_UNIVERSAL_TARGET):
        return at(out_of_text(at(target, "Input")), "FunctionName")
    return arn


def _goes_by_a_queue(event: Value) -> bool:
    """Whether SAM puts a queue between the topic and the function."""
    return at(event, "Properties", "SqsSubscription") not in (None, False, "false")


def _qualifier(resource: Resource, called: Value) -> str | None:
    """The alias that a value names; ``$LATEST`` for the function itself."""
    found = resource.related(called)
    if isinstance(found, Resource) and found.type != FUNCTION:
        name = found.prop("Name")
        return name if isinstance(name, str) else None
    written = _QUALIFIER.search(str(called)) if isinstance(called, str | Text) else None
    return written[1] if written else LATEST


def invoked_arn(uri: Value) -> Value:
    """The function in the URI by which API Gateway calls it; a plain ARN as it is."""
    found = _INVOKED.search(str(uri)) if isinstance(uri, str | Text) else None
    return found["arn"] if found else uri


def calls_asynchronously(method: Resource) -> bool:
    """Whether a method of a REST API only hands its request over to Lambda."""
    return at(method.prop("Integration", "RequestParameters"), _INVOCATION_TYPE) == "'Event'"


def _is_schedule(caller: Resource) -> bool:
    return caller.type == SCHEDULE or caller.prop("ScheduleExpression") is not None
