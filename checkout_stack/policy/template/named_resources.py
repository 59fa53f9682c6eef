"""Which resource a resolved value names: by reference, ARN, URL or plain name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.values import (
    ANYTHING,
    Either,
    Reference,
    Text,
    Unknown,
    Value,
    kind_of,
)

NAME_PROPERTY = {
    "AWS::SQS::Queue": "QueueName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Events::EventBus": "Name",
    "AWS::Kinesis::Stream": "Name",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
"""The types whose resources can be named outside a reference, and the property with the name."""
# A placeholder such as ${AWS::Region} has colons of its own: a segment takes it whole.
_SEGMENT = r"(?:\$\{[^}]*\}|[^:$])*"
_ARN = re.compile(rf"arn:{_SEGMENT}:(?P<service>[a-z-]+):{_SEGMENT}:{_SEGMENT}:(?P<rest>.+)\Z")
_QUEUE_URL = re.compile(r"https://(?:\$\{[^}]*\}|[^/$])*/(?:\$\{[^}]*\}|[^/$])*/(?P<name>[^/]+)\Z")
_PLACEHOLDER = r"\$\{(?:(?P<stack>[\w-]+)!)?(?P<logical_id>[A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?\}"
_ONE_PLACEHOLDER = re.compile(rf"{_PLACEHOLDER}\Z")
_PLACEHOLDER_AND_MORE = re.compile(rf"{_PLACEHOLDER}[:/]")
"""An ARN with what is within: an alias of a function, the items or the index of a table."""
_QUALIFIED_FUNCTION = re.compile(
    r"(?:\d{12}|\$\{AWS::AccountId\}):function:([\w-]+)(?::[\w$-]+)?\Z|([\w-]+):[\w$-]+\Z"
)
_SERVICE = {
    "AWS::SQS::Queue": "sqs",
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::DynamoDB::GlobalTable": "dynamodb",
    "AWS::Lambda::Function": "lambda",
    "AWS::SNS::Topic": "sns",
    "AWS::IAM::Role": "iam",
    "AWS::Events::EventBus": "events",
    "AWS::Kinesis::Stream": "kinesis",
    "AWS::KinesisFirehose::DeliveryStream": "firehose",
    "AWS::StepFunctions::StateMachine": "states",
}
LONGEST_NAME = 4096
"""No ARN or URL is longer; longer text names nothing."""


class Elsewhere(Protocol):
    """The other stacks of a run, as far as names of one reach into them."""

    def resources_of(self, stack: str) -> Mapping[str, Resource]:
        """The resources of the stack with this key, by logical id."""
        ...

    def named_elsewhere(self, name: tuple[str, str]) -> Resource | None:
        """The one resource of another stack with this service and literal name."""
        ...


class NamedResources:
    """The resources of one template, to be found by what a property says."""

    def __init__(self, resources: Mapping[str, Resource], elsewhere: Elsewhere) -> None:
        """Find among ``resources``, which are by logical id, then in the stacks beside them."""
        self._resources = resources
        self._elsewhere = elsewhere

    def resolve(self, value: Value, types: tuple[str, ...]) -> RelatedResource:
        """As :meth:`Template.resolve_resource` says."""
        if value is None or (isinstance(value, Unknown) and value.written == ANYTHING):
            return value
        if isinstance(value, Unknown):
            return self._by_what_is_written(value, types)
        if isinstance(value, Either):
            return self._resolve_all(value, types)
        if isinstance(value, Reference):
            return self._of_type(value.stack, value.logical_id, types)
        if not isinstance(value, str | Text):
            return Unknown(f"{kind_of(value)} stands where a resource is named")
        written = str(value)
        if len(written) > LONGEST_NAME:
            return Unknown("a text of this length names no resource")
        if arn := _ARN.match(written):
            return self._by_arn(arn["service"], arn["rest"], written, types)
        if url := _QUEUE_URL.match(written):
            return self._by_name("sqs", url["name"], written, types)
        if begun := _PLACEHOLDER_AND_MORE.match(written):
            return self._of_type(begun["stack"], begun["logical_id"], types)
        if "AWS::Lambda::Function" in types and (name := _QUALIFIED_FUNCTION.match(written)):
            return self._by_name("lambda", name.group(1) or name.group(2), written, types)
        if types and "/" not in written and ":" not in written.replace("AWS::", ""):
            return self._by_plain_name(written, types)
        return Unknown(f"{written} names nothing in this template"[:200])

    def _by_what_is_written(self, value: Unknown, types: tuple[str, ...]) -> Resource | Unknown:
        """The resource whose name is the same parameter, whatever that will be."""
        found = self._by_plain_name(value.written, types)
        return found if isinstance(found, Resource) else value

    def _by_plain_name(self, written: str, types: tuple[str, ...]) -> Resource | Unknown:
        for service in sorted({_SERVICE[each] for each in types if each in _SERVICE}):
            found = self._by_name(service, written, written, types)
            if isinstance(found, Resource):
                return found
        return Unknown(f"{written} names nothing in this template"[:200])

    def _resolve_all(self, value: Either, types: tuple[str, ...]) -> RelatedResource:
        found = [self.resolve(each, types) for each in value.values]
        if all(each is found[0] for each in found):
            return found[0]
        return Unknown(f"a condition decides between {value}"[:200])

    def _by_arn(
        self, service: str, rest: str, written: str, types: tuple[str, ...]
    ) -> Resource | Unknown:
        """``rest`` is what follows the account: ``name``, ``table/name/…``, ``function:name:…``."""
        kinds = {
            "dynamodb": "table/",
            "lambda": "function:",
            "iam": "role/",
            "events": "event-bus/",
        }
        kinds |= {"kinesis": "stream/", "firehose": "deliverystream/", "states": "stateMachine:"}
        kind = kinds.get(service, "")
        if not rest.startswith(kind):
            return Unknown(f"{written} names nothing in this template"[:200])
        name = re.match(r"(?:\$\{[^}]*\}|[^:/$])+", rest.removeprefix(kind))
        if name is None:
            return Unknown(f"{written} names nothing in this template"[:200])
        return self._by_name(service, name.group(), written, types)

    def _by_name(
        self, service: str, name: str, written: str, types: tuple[str, ...]
    ) -> Resource | Unknown:
        if placeholder := _ONE_PLACEHOLDER.match(name):
            found = self._of_type(placeholder["stack"], placeholder["logical_id"], types)
            if isinstance(found, Resource):
                return found
        key = (service, name)
        named = self.by_service_and_name.get(key) or self._elsewhere.named_elsewhere(key)
        if named is None or (types and named.type not in types):
            return Unknown(f"{written} names nothing in this template"[:200])
        return named

    def _of_type(
        self, stack: str | None, logical_id: str, types: tuple[str, ...]
    ) -> Resource | Unknown:
        resources = self._elsewhere.resources_of(stack) if stack else self._resources
        found = resources.get(logical_id)
        if found is None:
            return Unknown(f"{logical_id} is no resource of this template")
        if types and found.type not in types:
            return Unknown(f"{logical_id} is {found.type}, not {' or '.join(types)}")
        return found

    @cached_property
    def by_service_and_name(self) -> Mapping[tuple[str, str], Resource]:
        """The resources whose names are written, by service and name."""
        named: dict[tuple[str, str], Resource] = {}
        for resource in self._resources.values():
            if resource.type in NAME_PROPERTY:
                name = resource.prop(NAME_PROPERTY[resource.type])
                if isinstance(name, str | Text | Unknown) and "${?}" not in str(name):
                    named.setdefault((_SERVICE[resource.type], str(name)), resource)
        return named
