"""Queues that keep what something else could not process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.values import Value, at, listed
from checkout_stack.policy.workload.relations import FUNCTION, MAPPING, PIPE, QUEUE
from checkout_stack.policy.workload.state_machines import STATE_MACHINE, out_of_text

_TOPIC = "AWS::SNS::Topic"
_SUBSCRIPTION = "AWS::SNS::Subscription"
_RULE = "AWS::Events::Rule"


_ON_FAILURE = ("DestinationConfig", "OnFailure", "Destination")
_REDRIVE = ("RedrivePolicy", "deadLetterTargetArn")
_NAMED_BY: Mapping[str, tuple[tuple[str, ...], ...]] = {
    QUEUE: (_REDRIVE,),
    MAPPING: (_ON_FAILURE,),
    FUNCTION: (
        ("DeadLetterConfig", "TargetArn"),
        ("DeadLetterQueue", "TargetArn"),
        ("EventInvokeConfig", *_ON_FAILURE),
    ),
    "AWS::Lambda::EventInvokeConfig": (_ON_FAILURE,),
    _SUBSCRIPTION: (_REDRIVE,),
    "AWS::Events::EventBus": (("DeadLetterConfig", "Arn"),),
    "AWS::IoT::TopicRule": (("TopicRulePayload", "ErrorAction", "Sqs", "QueueUrl"),),
    "AWS::Scheduler::Schedule": (("Target", "DeadLetterConfig", "Arn"),),
    PIPE: (
        ("SourceParameters", "DynamoDBStreamParameters", "DeadLetterConfig", "Arn"),
        ("SourceParameters", "KinesisStreamParameters", "DeadLetterConfig", "Arn"),
    ),
}
"""Where resources name the queue for what they could not process."""
_OF_SAM_EVENTS = (("DeadLetterConfig", "Arn"), _REDRIVE, _ON_FAILURE)


def failure_queues(of_type: Callable[..., list[Resource]]) -> Iterator[Resource]:
    """The queue of each redrive policy, dead-letter configuration and on-failure destination."""
    for kind, paths in _NAMED_BY.items():
        for resource in of_type(kind):
            for path in paths:
                yield from _queue(resource, resource.prop(*path))
    for resource in of_type(_RULE, _TOPIC):
        for each in listed(resource.prop("Targets" if resource.type == _RULE else "Subscription")):
            yield from _queue(resource, at(each, "DeadLetterConfig", "Arn"))
            yield from _queue(resource, at(each, "RedrivePolicy", "deadLetterTargetArn"))
    for subscription in of_type(_SUBSCRIPTION):
        written = out_of_text(subscription.prop("RedrivePolicy"))
        yield from _queue(subscription, at(written, "deadLetterTargetArn"))
    for started in of_type(FUNCTION, STATE_MACHINE):
        events = started.prop("Events")
        for event in events.values() if isinstance(events, Mapping) else ():
            for path in _OF_SAM_EVENTS:
                yield from _queue(started, at(event, "Properties", *path))


def _queue(resource: Resource, arn: Value) -> Iterator[Resource]:
    for each in listed(arn):
        found: RelatedResource = resource.related(each, QUEUE)
        if isinstance(found, Resource):
            yield found
