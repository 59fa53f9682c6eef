"""What sends to a queue by its configuration: APIs, rules, schedules, pipes, state machines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.values import Text, Value, listed
from checkout_stack.policy.workload.relations import PIPE, QUEUE
from checkout_stack.policy.workload.state_machines import STATE_MACHINE, tasks_of

REST_METHOD = "AWS::ApiGateway::Method"
HTTP_INTEGRATION = "AWS::ApiGatewayV2::Integration"
RULE = "AWS::Events::Rule"
SCHEDULE = "AWS::Scheduler::Schedule"
SENDERS = (REST_METHOD, HTTP_INTEGRATION, RULE, SCHEDULE, STATE_MACHINE, PIPE)
_PATH_OF_QUEUE = re.compile(r":sqs:path/[^/]+/(?P<name>[^/?]+)\Z")
_ACTION = re.compile(r":sqs:action/SendMessage(?:Batch)?\Z")
_REFERENCE = re.compile(r"\$\{[\w-]*!?[A-Z]\w*(?:\.\w+)?\}")
_END = r"([^&\s\"]*)"
_IDS = ("MessageGroupId", "MessageDeduplicationId")
_FIELDS = {name: re.compile(rf"\b{name}={_END}") for name in _IDS}


@dataclass(frozen=True, eq=False)
class Sender:
    """What sends, and under which ids."""

    resource: Resource
    #: Where the sending is configured.
    path: PropertyPath
    queue: RelatedResource
    #: As the sender writes it, functions of its own language included; ``None``: not given.
    group: Value
    deduplication: Value


def sender_of(resource: Resource) -> Iterator[Sender]:
    """The messages that a resource sends to queues by its configuration."""
    if resource.type == REST_METHOD:
        yield from _of_method(resource)
    elif resource.type == HTTP_INTEGRATION:
        if str(resource.prop("IntegrationSubtype")).startswith("SQS-SendMessage"):
            given = resource.prop("RequestParameters")
            yield _sender(resource, ("RequestParameters",), _at(given, "QueueUrl"), given)
    elif resource.type == RULE:
        for target in listed(resource.prop("Targets")):
            yield _sender(resource, ("Targets",), _at(target, "Arn"), _at(target, "SqsParameters"))
    elif resource.type == STATE_MACHINE:
        yield from _of_machine(resource)
    elif resource.type == SCHEDULE:
        target = resource.prop("Target")
        yield _sender(resource, ("Target",), _at(target, "Arn"), _at(target, "SqsParameters"))
    else:
        given = resource.prop("TargetParameters", "SqsQueueParameters")
        yield _sender(resource, ("TargetParameters",), resource.prop("Target"), given)


def _sender(resource: Resource, path: PropertyPath, queue: Value, given: Value) -> Sender:
    group, deduplication = (_at(given, name) for name in _IDS)
    return Sender(resource, path, resource.related(queue, QUEUE), group, deduplication)


def _of_machine(machine: Resource) -> Iterator[Sender]:
    """The tasks of a state machine that send a message."""
    for task in tasks_of(machine):
        if task.action == "sqs:sendMessage":
            queue = machine.related(task.parameter("QueueUrl"), QUEUE)
            group, deduplication = (task.parameter(name) for name in _IDS)
            yield Sender(machine, (task.written_in,), queue, group, deduplication)


def _of_method(method: Resource) -> Iterator[Sender]:
    """A method of a REST API: the queue is in its path or its request, the ids in its request."""
    uri = method.prop("Integration", "Uri")
    if not isinstance(uri, str | Text):
        return
    path = _PATH_OF_QUEUE.search(str(uri))
    if path is None and not _ACTION.search(str(uri)):
        return
    request = "&".join(_written(method.prop("Integration")))
    names = [path["name"]] if path else _REFERENCE.findall(request)
    queues = [method.related(name, QUEUE) for name in names]
    found = next((each for each in queues if isinstance(each, Resource)), None)
    group, deduplication = (_field(request, name) for name in _IDS)
    yield Sender(method, ("Integration",), found, group, deduplication)


def _written(integration: Value) -> Iterator[str]:
    """What a method writes into its request, as fields of a form."""
    for template in _values(_at(integration, "RequestTemplates")).values():
        if isinstance(template, str | Text):
            yield str(template)
    for name, value in _values(_at(integration, "RequestParameters")).items():
        if isinstance(value, str | Text):
            # A literal stands in quotes; anything else is taken from the request.
            literal = str(value).startswith("'")
            text = str(value).strip("'") if literal else f"${value}"
            yield f"{name.rpartition('.')[2]}={text}"


def _field(request: str, name: str) -> str | None:
    found = _FIELDS[name].search(request)
    return found.group(1) if found else None


def _values(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}


def _at(value: Value, name: str) -> Value:
    return _values(value).get(name)
