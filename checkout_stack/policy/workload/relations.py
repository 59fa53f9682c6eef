"""How resources of a template hang together, whether they are a checkout or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.template import Template
from checkout_stack.policy.template.values import Unknown, Value, possibilities

QUEUE = "AWS::SQS::Queue"
FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"
ALARM = "AWS::CloudWatch::Alarm"
TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
_FUNCTION_POINTERS = ("AWS::Lambda::Alias", "AWS::Lambda::Version")


@dataclass(frozen=True, eq=False)
class Trigger:
    """An event source mapping, with what it reads and what it calls."""

    #: The mapping itself; the event of a SAM function where SAM makes the mapping.
    resource: Resource
    #: A queue, a table, a stream.
    source: RelatedResource
    #: The function, also where an alias or a version of it is called.
    function: RelatedResource
    #: Where Lambda sends what the function could not process.
    failures: RelatedResource


def triggers(template: Template) -> tuple[Trigger, ...]:
    """All event source mappings of a template."""
    return tuple(
        Trigger(
            mapping,
            template.resolve_resource(mapping.prop("EventSourceArn")),
            resolve_function(template, mapping.prop("FunctionName")),
            template.resolve_resource(
                mapping.prop("DestinationConfig", "OnFailure", "Destination")
            ),
        )
        for mapping in template.of_type(MAPPING)
    )


def resolve_function(template: Template, value: Value) -> RelatedResource:
    """The function that ``value`` names, directly or by an alias or a version."""
    found = template.resolve_resource(value, FUNCTION, *_FUNCTION_POINTERS)
    if isinstance(found, Resource) and found.type in _FUNCTION_POINTERS:
        return template.resolve_resource(found.prop("FunctionName"), FUNCTION)
    return found


def sam_events(
    template: Template,
) -> Iterator[tuple[Resource, PropertyPath, Mapping[str, Value]]]:
    """The events of all SAM functions: the function, where the event is written, and the event."""
    for function in template.of_type(FUNCTION):
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
            metric = stat.get("Metric") if isinstance(stat, Mapping) else None
            if isinstance(metric, Mapping):
                dimensions = _dimensions(metric.get("Dimensions"))
                yield Metric(metric.get("Namespace"), metric.get("MetricName"), dimensions)


def _dimensions(value: Value) -> dict[str, Value]:
    dimensions: dict[str, Value] = {}
    for branch in possibilities(value):
        for each in branch if isinstance(branch, list) else []:
            if isinstance(each, Mapping) and isinstance(name := each.get("Name"), str):
                dimensions[name] = each.get("Value")
    return dimensions


def queue_alarms(template: Template) -> Mapping[tuple[str, str], tuple[Resource, ...]]:
    """All alarms on metrics that SQS publishes, by the queue's logical id and the metric's name."""
    found: dict[tuple[str, str], dict[Resource, None]] = {}
    for alarm in template.of_type(ALARM):
        for metric in metrics_of(alarm):
            if metric.namespace == "AWS/SQS" and isinstance(metric.name, str):
                queue = template.resolve_resource(metric.dimensions.get("QueueName"), QUEUE)
                if isinstance(queue, Resource):
                    found.setdefault((queue.logical_id, metric.name), {})[alarm] = None
    return {key: tuple(alarms) for key, alarms in found.items()}


def named_anywhere(value: Value, template: Template) -> Iterator[Resource]:
    """Every resource that any part of ``value`` names, for environments and policies."""
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
                    found = template.resolve_resource(possibility)
                    if isinstance(found, Resource):
                        yield found
