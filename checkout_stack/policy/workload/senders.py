"""What sends to a queue by its configuration: APIs, rules, schedules, pipes, state machines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.values import Text, Value, at, listed
from checkout_stack.policy.workload.relations import PIPE, QUEUE
from checkout_stack.policy.workload.state_machines import STATE_MACHINE, tasks_of

REST_METHOD = "AWS::ApiGateway::Method"
HTTP_INTEGRATION = "AWS::ApiGatewayV2::Integration"
RULE = "AWS::Events::Rule"
SCHEDULE = "AWS::Scheduler::Schedule"
_API_BODY = {
    "AWS::ApiGateway::RestApi": "Body",
    "AWS::Serverless::Api": "DefinitionBody",
}
"""The types of APIs whose integrations may be written in an OpenAPI document, and where."""
SENDERS = (REST_METHOD, *_API_BODY, HTTP_INTEGRATION, RULE, SCHEDULE, STATE_MACHINE, PIPE)
_REQUEST = ("RequestTemplates", "RequestParameters")
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
        integration = resource.prop("Integration")
        yield from _of_integration(resource, "Integration", integration, ("Uri", *_REQUEST))
    elif resource.type in _API_BODY:
        yield from _of_body(resource, _API_BODY[resource.type])
    elif resource.type == HTTP_INTEGRATION:
        if str(resource.prop("IntegrationSubtype")).startswith("SQS-SendMessage"):
            given = resource.prop("RequestParameters")
            yield _sender(resource, ("RequestParameters",), at(given, "QueueUrl"), given)
    elif resource.type == RULE:
        for target in listed(resource.prop("Targets")):
            yield _sender(resource, ("Targets",), at(target, "Arn"), at(target, "SqsParameters"))
    elif resource.type == STATE_MACHINE:
        yield from _of_machine(resource)
    elif resource.type == SCHEDULE:
        target = resource.prop("Target")
        yield _sender(resource, ("Target",), at(target, "Arn"), at(target, "SqsParameters"))
    else:
        given = resource.prop("TargetParameters", "SqsQueueParameters")
        yield _sender(resource, ("TargetParameters",), resource.prop("Target"), given)


def _sender(resource: Resource, path: PropertyPath, queue: Value, given: Value) -> Sender:
    group, deduplication = (at(given, name) for name in _IDS)
    return Sender(resource, path, resource.related(queue, QUEUE), group, deduplication)


def _of_machine(machine: Resource) -> Iterator[Sender]:
    """The tasks of a state machine that send a message."""
    for task in tasks_of(machine):
        if task.action == "sqs:sendMessage":
            queue = machine.related(task.parameter("QueueUrl"), QUEUE)
            group, deduplication = (task.parameter(name) for name in _IDS)
            yield Sender(machine, (task.written_in,), queue, group, deduplication)


def _of_body(api: Resource, name: str) -> Iterator[Sender]:
    """The integrations in the OpenAPI document of an API."""
    waiting = [api.prop(name)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            integration = each.get("x-amazon-apigateway-integration")
            keys = ("uri", "requestTemplates", "requestParameters")
            yield from _of_integration(api, name, integration, keys)
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _of_integration(
    api: Resource, written_in: str, integration: Value, keys: tuple[str, str, str]
) -> Iterator[Sender]:
    """A request of a REST API: the queue is in its path or its fields, the ids in its fields."""
    uri, templates, parameters = (at(integration, key) for key in keys)
    if not isinstance(uri, str | Text):
        return
    path = _PATH_OF_QUEUE.search(str(uri))
    if path is None and not _ACTION.search(str(uri)):
        return
    request = "&".join(_fields(templates, parameters))
    names = [path["name"]] if path else _REFERENCE.findall(request)
    queues = [api.related(name, QUEUE) for name in names]
    found = next((each for each in queues if isinstance(each, Resource)), None)
    group, deduplication = (_field(request, name) for name in _IDS)
    yield Sender(api, (written_in,), found, group, deduplication)


def _fields(templates: Value, parameters: Value) -> Iterator[str]:
    """What an integration writes into its request, as fields of a form."""
    for template in _values(templates).values():
        if isinstance(template, str | Text):
            yield str(template)
    for name, value in _values(parameters).items():
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
