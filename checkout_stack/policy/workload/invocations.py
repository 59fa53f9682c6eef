"""What calls functions asynchronously: Lambda then repeats a failed call by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Text, Value, at, listed
from checkout_stack.policy.workload.relations import FUNCTION, related_function
from checkout_stack.policy.workload.senders import REST_METHOD

SCHEDULE = "AWS::Scheduler::Schedule"
EVENT_INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"
_INVOCATION_TYPE = "integration.request.header.X-Amz-Invocation-Type"
_INVOKED = re.compile(r"functions/(?P<arn>.+)/invocations\Z")
_SAM_EVENTS = ("CloudWatchEvent", "EventBridgeRule", "S3", "SNS")


def asynchronous_calls(
    of_type: Callable[..., list[Resource]],
) -> Iterator[tuple[Resource, Resource]]:
    """Each function that an event or a schedule calls asynchronously, with what calls it."""
    for rule in of_type("AWS::Events::Rule"):
        for target in listed(rule.prop("Targets")):
            yield from _call(rule, at(target, "Arn"))
    for schedule in of_type(SCHEDULE):
        yield from _call(schedule, schedule.prop("Target", "Arn"))
    for one in of_type("AWS::SNS::Subscription"):
        if one.prop("Protocol") == "lambda":
            yield from _call(one, one.prop("Endpoint"))
    for topic in of_type("AWS::SNS::Topic"):
        for each in listed(topic.prop("Subscription")):
            if at(each, "Protocol") == "lambda":
                yield from _call(topic, at(each, "Endpoint"))
    for config in of_type(EVENT_INVOKE_CONFIG):
        for outcome in ("OnSuccess", "OnFailure"):
            yield from _call(config, config.prop("DestinationConfig", outcome, "Destination"))
    for bucket in of_type("AWS::S3::Bucket"):
        for each in listed(bucket.prop("NotificationConfiguration", "LambdaConfigurations")):
            yield from _call(bucket, at(each, "Function"))
    for rule in of_type("AWS::IoT::TopicRule"):
        for action in listed(rule.prop("TopicRulePayload", "Actions")):
            yield from _call(rule, at(action, "Lambda", "FunctionArn"))
    for method in of_type(REST_METHOD):
        if calls_asynchronously(method):
            yield from _call(method, invoked_arn(method.prop("Integration", "Uri")))
    for function in of_type(FUNCTION):
        events = function.prop("Events")
        for event in events.values() if isinstance(events, Mapping) else ():
            if at(event, "Type") in _SAM_EVENTS:
                yield function, function


def invoked_arn(uri: Value) -> Value:
    """The function in the URI by which API Gateway calls it; a plain ARN as it is."""
    found = _INVOKED.search(str(uri)) if isinstance(uri, str | Text) else None
    return found["arn"] if found else uri


def calls_asynchronously(method: Resource) -> bool:
    """Whether a method of a REST API only hands its request over to Lambda."""
    return at(method.prop("Integration", "RequestParameters"), _INVOCATION_TYPE) == "'Event'"


def is_schedule(caller: Resource) -> bool:
    """Whether what calls is a schedule: what it calls may look after many orders, or start some."""
    return caller.type == SCHEDULE or caller.prop("ScheduleExpression") is not None


def _call(resource: Resource, arn: Value) -> Iterator[tuple[Resource, Resource]]:
    function = related_function(resource, arn)
    if isinstance(function, Resource):
        yield function, resource
