"""How the resources of a run hang together, whether they are a checkout or not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities

QUEUE = "AWS::SQS::Queue"
FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"
PIPE = "AWS::Pipes::Pipe"
ALARM = "AWS::CloudWatch::Alarm"
ROLE = "AWS::IAM::Role"
TASK = "AWS::ECS::TaskDefinition"
TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
_FUNCTION_POINTERS = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
_MOST_POINTERS = 3
_WRITTEN_OUT = re.compile(r"AWS::(?!CloudFormation::|ServiceCatalog::)")
"""Types that a template writes out, so that an attribute of one is an attribute of it."""


@dataclass(frozen=True, eq=False)
class Trigger:
    """What reads a queue or a stream for a function: an event source mapping, or a pipe."""

    #: The mapping or pipe itself; the event of a SAM function where SAM makes the mapping.
    resource: Resource
    #: A queue, a table, a stream.
    source: RelatedResource
    #: The function, also where an alias or a version of it is called.
    function: RelatedResource
    #: Where Lambda sends what the function could not process.
    failures: RelatedResource


def trigger_of(mapping: Resource) -> Trigger:
    """An event source mapping with what it reads and calls."""
    return Trigger(
        mapping,
        _source(mapping, mapping.prop("EventSourceArn")),
        related_function(mapping, mapping.prop("FunctionName")),
        mapping.related(mapping.prop("DestinationConfig", "OnFailure", "Destination")),
    )


def pipe_of(pipe: Resource) -> Trigger:
    """A pipe with what it reads, and the function that it calls: as its target, or on the way."""
    function = related_function(pipe, pipe.prop("Target"))
    if not isinstance(function, Resource):
        function = related_function(pipe, pipe.prop("Enrichment")) or function
    return Trigger(pipe, _source(pipe, pipe.prop("Source")), function, None)


def _source(resource: Resource, value: Value) -> RelatedResource:
    """What is read; unknown where only a custom resource or another product can tell."""
    found = resource.related(value)
    if isinstance(found, Resource) and not _WRITTEN_OUT.match(found.type):
        return Unknown(f"{found} tells what is read only when it is deployed"[:200])
    return found


def related_function(resource: Resource, value: Value) -> RelatedResource:
    """The function that a value of ``resource`` names, directly or by an alias or a version."""
    found = resource.related(value, FUNCTION, *_FUNCTION_POINTERS)
    for _ in range(_MOST_POINTERS):
        if not isinstance(found, Resource) or found.type not in _FUNCTION_POINTERS:
            break
        found = found.related(found.prop("FunctionName"), FUNCTION, *_FUNCTION_POINTERS)
    return found


def sam_events(
    functions: Iterable[Resource],
) -> Iterator[tuple[Resource, PropertyPath, Mapping[str, Value]]]:
    """The events of all SAM functions: the function, where the event is written, and the event."""
    for function in functions:
        events = function.prop("Events")
        for name, event in events.items() if isinstance(events, Mapping) else ():
            if isinstance(event, Mapping):
                yield function, ("Events", name), event


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that an alarm watches."""

    #: ``None`` where an expression over several metrics hides it.
    namespace: Value
    name: Value
    #: Dimensions by name.
    dimensions: Mapping[str, Value]


def metrics_of(alarm: Resource) -> Iterator[Metric]:
    """The metrics of an alarm: its own, or those of its metric expression."""
    if alarm.prop("MetricName") is not None:
        yield Metric(
            alarm.prop("Namespace"),
            alarm.prop("MetricName"),
            _dimensions(alarm.prop("Dimensions")),
        )
    for branch in possibilities(alarm.prop("Metrics")):
        for query in branch if isinstance(branch, list) else []:
            stat = query.get("MetricStat") if isinstance(query, Mapping) else None
            metric = metric_of(stat.get("Metric")) if isinstance(stat, Mapping) else None
            if metric is not None:
                yield metric


def metric_of(value: Value) -> Metric | None:
    """The metric that a query of an alarm is made of."""
    if not isinstance(value, Mapping):
        return None
    dimensions = _dimensions(value.get("Dimensions"))
    return Metric(value.get("Namespace"), value.get("MetricName"), dimensions)


def _dimensions(value: Value) -> dict[str, Value]:
    dimensions: dict[str, Value] = {}
    for branch in possibilities(value):
        for each in branch if isinstance(branch, list) else []:
            if isinstance(each, Mapping) and isinstance(name := each.get("Name"), str):
                dimensions[name] = each.get("Value")
    return dimensions


def queue_alarms(alarms: Iterable[Resource]) -> Mapping[tuple[Resource, str], tuple[Resource, ...]]:
    """The alarms on metrics that SQS publishes, by the queue and the metric's name."""
    found: dict[tuple[Resource, str], dict[Resource, None]] = {}
    for alarm in alarms:
        for metric in metrics_of(alarm):
            if metric.namespace == "AWS/SQS" and isinstance(metric.name, str):
                queue = alarm.related(metric.dimensions.get("QueueName"), QUEUE)
                if isinstance(queue, Resource):
                    found.setdefault((queue, metric.name), {})[alarm] = None
    return {key: tuple(watching) for key, watching in found.items()}


def named_anywhere(resource: Resource, value: Value) -> Iterator[Resource]:
    """Every resource that any part of a value of ``resource`` names."""
    waiting: list[Value] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
        elif each is not None and not isinstance(each, bool | int | float | Unknown):
            for possibility in possibilities(each):
                if isinstance(possibility, Mapping | list):
                    waiting.append(possibility)
                else:
                    found = resource.related(possibility)
                    if isinstance(found, Resource):
                        yield found
