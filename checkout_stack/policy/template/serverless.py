"""SAM: the resources that its transform makes of the ones that are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from checkout_stack.policy.template.resource import Resource

SAM_TYPES = {
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
}
_GLOBALS = {"AWS::Serverless::Function": "Function", "AWS::Serverless::SimpleTable": "SimpleTable"}
_SOURCE = {"SQS": "Queue", "DynamoDB": "Stream", "Kinesis": "Stream"}
"""Kinds of event that become an event source mapping, and the property with the source's ARN."""


def expanded(written: Mapping[str, Resource], document: Mapping[str, Any]) -> dict[str, Resource]:
    """All resources after SAM's transform; those of other types are as they were."""
    resources: dict[str, Resource] = {}
    for logical_id, resource in written.items():
        for connector in _connectors(resource, document["Resources"][logical_id]):
            resources.setdefault(connector.logical_id, connector)
        if resource.type not in SAM_TYPES:
            resources[logical_id] = resource
            continue
        properties = _with_globals(resource, document)
        resources[logical_id] = replace(
            resource,
            type=SAM_TYPES[resource.type],
            raw_properties=properties,
            own_properties=resource.raw_properties,
            inherited_at=("Globals", _GLOBALS.get(resource.type, "")),
            _resolved={},
        )
        if resource.type == "AWS::Serverless::Function":
            for mapping in _mappings(resource, properties):
                resources.setdefault(mapping.logical_id, mapping)
    return resources


def _with_globals(resource: Resource, document: Mapping[str, Any]) -> dict[str, Any]:
    """A resource's own properties over those of ``Globals``; mappings are merged, as SAM does."""
    section: Any = document.get("Globals")
    inherited = (
        section.get(_GLOBALS.get(resource.type, "")) if isinstance(section, Mapping) else None
    )
    if not isinstance(inherited, Mapping):
        return dict(resource.raw_properties)
    return _merged(inherited, resource.raw_properties)


def _merged(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(outer)
    for name, value in inner.items():
        below = merged.get(name)
        if (
            isinstance(below, Mapping)
            and isinstance(value, Mapping)
            and not (_is_function(below) or _is_function(value))
        ):
            merged[name] = _merged(below, value)
        else:
            merged[name] = value
    return merged


def _is_function(value: Any) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))


def _connectors(resource: Resource, body: Mapping[str, Any]) -> Iterator[Resource]:
    """The connectors that are written in the resource that they begin at."""
    connectors = body.get("Connectors")
    for name, connector in connectors.items() if isinstance(connectors, Mapping) else ():
        given = connector.get("Properties") if isinstance(connector, Mapping) else None
        if isinstance(given, Mapping):
            yield replace(
                resource,
                logical_id=f"{resource.logical_id}{name}",
                type="AWS::Serverless::Connector",
                raw_properties={**given, "Source": {"Id": resource.logical_id}},
                written_at=("Resources", resource.logical_id, "Connectors", name, "Properties"),
                _resolved={},
            )


def _mappings(function: Resource, properties: Mapping[str, Any]) -> list[Resource]:
    events = properties.get("Events")
    if not isinstance(events, Mapping):
        return []
    return [
        mapping
        for name, event in events.items()
        if isinstance(event, Mapping) and (mapping := _mapping(function, name, event))
    ]


def _mapping(function: Resource, name: str, event: Mapping[str, Any]) -> Resource | None:
    kind, given = event.get("Type"), event.get("Properties")
    if not isinstance(kind, str) or kind not in _SOURCE or not isinstance(given, Mapping):
        return None
    properties = {key: value for key, value in given.items() if key != _SOURCE[kind]}
    return replace(
        function,
        logical_id=f"{function.logical_id}{name}",
        type="AWS::Lambda::EventSourceMapping",
        raw_properties={
            **properties,
            "EventSourceArn": given.get(_SOURCE[kind]),
            "FunctionName": {"Ref": function.logical_id},
        },
        written_at=(*function.written_at, "Events", name, "Properties"),
        _resolved={},
    )
