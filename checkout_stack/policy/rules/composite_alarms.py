"""For which alarms a composite alarm rings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.workload import Workload

COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
LONGEST_RULE = 10_240
"""Characters that CloudWatch takes of a rule."""
_STATE = re.compile(r'\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*["\']?([^()"\']*?)["\']?\s*\)')
_INNERMOST = re.compile(r"\(([^()]*)\)")


def composites_over(workload: Workload, alarm: Resource) -> Iterator[Resource]:
    """The composite alarms that ring when this alarm does, and no other one."""
    for composite in workload.of_type(COMPOSITE):
        names = _names(alarm, composite)
        rule = str(composite.prop("AlarmRule"))
        if len(rule) > LONGEST_RULE or _holds(rule, names, "OK"):
            continue
        if _holds(rule, names, "ALARM"):
            yield composite


def _names(alarm: Resource, composite: Resource) -> set[str]:
    """How the rule of a composite alarm, of the same stack or of another, names an alarm."""
    stack = "" if composite.scope is alarm.scope else f"{alarm.scope.key}!"
    names = {f"${{{stack}{alarm.logical_id}{attribute}}}" for attribute in ("", ".Arn")}
    if alarm.prop("AlarmName") is not None:
        names.add(str(alarm.prop("AlarmName")))
    return names


def _holds(rule: str, names: set[str], state: str) -> bool:
    """Whether a rule is true where the alarm of these names is in a state, and all others OK."""

    def truth(found: re.Match[str]) -> str:
        is_ours = found[2].rpartition(":alarm:")[2] in names
        return str(found[1] == (state if is_ours else "OK")).upper()

    written, left = _STATE.sub(truth, rule), 1
    while left:
        written, left = _INNERMOST.subn(lambda found: f" {_flat(found[1])} ".upper(), written)
    return _flat(written)


def _flat(written: str) -> bool:
    """Whether a rule without parentheses is true: NOT binds closest, then AND."""
    return any(
        all(map(_literal, re.split(r"\bAND\b", either))) for either in re.split(r"\bOR\b", written)
    )


def _literal(written: str) -> bool:
    *negations, value = written.split() or [""]
    return (value == "TRUE") != (len(negations) % 2 == 1)
