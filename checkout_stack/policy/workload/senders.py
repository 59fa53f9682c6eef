"""What sends to a queue by its configuration: APIs, rules, schedules, pipes, state machines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.values import Text, Unknown, Value, at, listed
from checkout_stack.policy.workload.relations import PIPE, QUEUE
from checkout_stack.policy.workload.state_machines import STATE_MACHINE, out_of_text, tasks_of

REST_METHOD = "AWS::ApiGateway::Method"
HTTP_INTEGRATION = "AWS::ApiGatewayV2::Integration"
RULE = "AWS::Events::Rule"
SCHEDULE = "AWS::Scheduler::Schedule"
SUBSCRIPTION = "AWS::SNS::Subscription"
API_BODY = {
    "AWS::ApiGateway::RestApi": "Body",
    "AWS::Serverless::Api": "DefinitionBody",
    "AWS::ApiGatewayV2::Api": "Body",
    "AWS::Serverless::HttpApi": "DefinitionBody",
}
"""The types of APIs whose integrations may be written in an OpenAPI document, and where."""
SENDERS = (
    REST_METHOD,
    *API_BODY,
    HTTP_INTEGRATION,
    RULE,
    SCHEDULE,
    STATE_MACHINE,
    PIPE,
    SUBSCRIPTION,
)
_REQUEST = ("RequestTemplates", "RequestParameters")
_PATH_OF_QUEUE = re.compile(r":sqs:path/[^/]+/(?P<name>[^/?]+)\Z")
_ACTION = re.compile(r":sqs:action/SendMessage(?:Batch)?\Z")
_REFERENCE = re.compile(r"\$\{[\w-]*!?[A-Z]\w*(?:\.\w+)?\}")
_SUBTYPE = "SQS-SendMessage"
_UNIVERSAL_TARGET = ":aws-sdk:sqs:sendMessage"
_END = r"((?:\((?:[^()\n]|\([^()\n]*\))*\)|[^&\s\"])*)"
_IDS = ("MessageGroupId", "MessageDeduplicationId")
_FIELDS = {
    name: re.compile(rf"""\b{name}(?:={_END}|['"]\s*:\s*"((?:[^"\\]|\\.)*)")""") for name in _IDS
}
"""A field of a form, or of JSON."""
_SET = re.compile(r"#set\s*\(\s*\$(\w+)\s*=\s*((?:[^()\n]|\([^()\n]*\))*)\)")
"""Where a template of API Gateway gives a variable a value."""
_VARIABLE = re.compile(r"\$!?\{?(\w+)\}?")


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
    elif resource.type in API_BODY:
        yield from _of_body(resource)
    elif resource.type == HTTP_INTEGRATION:
        if str(resource.prop("IntegrationSubtype")).startswith(_SUBTYPE):
            given = resource.prop("RequestParameters")
            yield _sender(resource, ("RequestParameters",), at(given, "QueueUrl"), given)
    elif resource.type == RULE:
        for target in listed(resource.prop("Targets")):
            yield _sender(resource, ("Targets",), at(target, "Arn"), at(target, "SqsParameters"))
    elif resource.type == STATE_MACHINE:
        yield from _of_machine(resource)
    elif resource.type == SUBSCRIPTION:
        yield from _of_subscription(resource)
    elif resource.type == SCHEDULE:
        yield _of_schedule(resource, resource.prop("Target"))
    else:
        given = resource.prop("TargetParameters", "SqsQueueParameters")
        yield _sender(resource, ("TargetParameters",), resource.prop("Target"), given)


def _sender(resource: Resource, path: PropertyPath, queue: Value, given: Value) -> Sender:
    unknown = given if isinstance(given, Unknown) else None
    group, deduplication = (unknown or at(given, name) for name in _IDS)
    return Sender(resource, path, resource.related(queue, QUEUE), group, deduplication)


def _of_schedule(schedule: Resource, target: Value) -> Sender:
    """A schedule, which names the queue as its target or in the request that it makes."""
    arn, given = at(target, "Arn"), at(target, "SqsParameters")
    if str(arn).endswith(_UNIVERSAL_TARGET):
        given = out_of_text(at(target, "Input"))
        arn = at(given, "QueueUrl")
    return _sender(schedule, ("Target",), arn, given)


def _of_subscription(subscription: Resource) -> Iterator[Sender]:
    """A FIFO topic, which passes on the ids under which it was told, or made of the content."""
    topic = subscription.related(subscription.prop("TopicArn"), "AWS::SNS::Topic")
    if isinstance(topic, Resource) and topic.prop("FifoTopic") in (True, "true"):
        queue = subscription.related(subscription.prop("Endpoint"), QUEUE)
        group, deduplication = (f"$topic.{name}" for name in _IDS)
        yield Sender(subscription, ("Endpoint",), queue, group, deduplication)


def _of_machine(machine: Resource) -> Iterator[Sender]:
    """The tasks of a state machine that send a message."""
    for task in tasks_of(machine):
        if task.action == "sqs:sendMessage":
            queue = machine.related(task.parameter("QueueUrl"), QUEUE)
            group, deduplication = (task.parameter(name) for name in _IDS)
            yield Sender(machine, (task.written_in,), queue, group, deduplication)


def _of_body(api: Resource) -> Iterator[Sender]:
    """What the integrations in the OpenAPI document of an API send."""
    name = API_BODY[api.type]
    for integration in integrations_of(api):
        keys = ("uri", "requestTemplates", "requestParameters")
        if str(at(integration, "integrationSubtype")).startswith(_SUBTYPE):
            given = at(integration, "requestParameters")
            yield _sender(api, (name,), at(given, "QueueUrl"), given)
        else:
            yield from _of_integration(api, name, integration, keys)


def integrations_of(api: Resource) -> Iterator[Value]:
    """The integrations in the OpenAPI document of an API."""
    waiting = [api.prop(API_BODY[api.type])]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if (integration := each.get("x-amazon-apigateway-integration")) is not None:
                yield integration
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
    if group is None and "MessageBody" not in request:
        group = "$request"  # what the caller writes is passed on
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
    if found is None:
        return None
    variables = dict(_SET.findall(request))
    return _VARIABLE.sub(lambda each: variables.get(each[1], each[0]), found[1] or found[2] or "")


def _values(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}
