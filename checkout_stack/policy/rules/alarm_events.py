"""Rules of EventBridge that tell of the change of an alarm's state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Value, at, listed
from checkout_stack.policy.workload.workload import Workload

RULE = "AWS::Events::Rule"
_SAM_EVENTS = ("EventBridgeRule", "CloudWatchEvent")
_CHANGE = "CloudWatch Alarm State Change"


def is_told_by_event(workload: Workload, alarm: Resource) -> bool:
    """Whether a rule that has a target, or the event of a function, matches when the alarm rings.

    A pattern that filters by anything else than a written text is taken not to match.
    """
    name = alarm.prop("AlarmName")
    names = [f"${{{alarm.logical_id}}}", *([] if name is None else [str(name)])]
    return any(_matches(source, pattern, alarm, names) for source, pattern in _patterns(workload))


def _patterns(workload: Workload) -> Iterator[tuple[Resource, Value]]:
    for rule in workload.of_type(RULE):
        if listed(rule.prop("Targets")) and rule.prop("State") != "DISABLED":
            yield rule, rule.prop("EventPattern")
    for function, _, event in workload.sam_events:
        if event.get("Type") in _SAM_EVENTS:
            yield function, at(event, "Properties", "Pattern")


def _matches(source: Resource, pattern: Value, alarm: Resource, names: list[str]) -> bool:
    if not isinstance(pattern, Mapping) or "aws.cloudwatch" not in listed(pattern.get("source")):
        return False
    resources = pattern.get("resources")
    return (
        _allows(pattern.get("detail-type"), [_CHANGE])
        and _allows(at(pattern, "detail", "state", "value"), ["ALARM"])
        and _allows(at(pattern, "detail", "alarmName"), names)
        and (resources is None or any(source.related(each) is alarm for each in listed(resources)))
    )


def _allows(field: Value, values: list[str]) -> bool:
    """Whether a field of a pattern is absent, or names one of the values or how it begins."""
    if field is None:
        return True
    return any(
        str(each) in values
        or (isinstance(each, Mapping) and values[-1].startswith(str(each.get("prefix"))))
        for each in listed(field)
    )
