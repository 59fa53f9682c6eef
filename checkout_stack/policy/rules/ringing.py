"""Whether an alarm on a queue's metric rings in time, and is silent while all is well."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice, product

from checkout_stack.policy.rules.alarm_series import (
    AGE,
    LATEST_SECONDS,
    MINUTE_SECONDS,
    VISIBLE,
    Series,
    Watch,
    compared_value,
    series_of,
)
from checkout_stack.policy.rules.judging import shown
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities, whole_number
from checkout_stack.policy.workload.relations import metrics_of

_UNIT = {VISIBLE: "Count", AGE: "Seconds"}
_MOST_COMBINATIONS = 64
_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
_OF_THE_ALARM = (
    "ComparisonOperator",
    "Threshold",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "TreatMissingData",
    "Period",
    "Statistic",
    "ExtendedStatistic",
)
"""What a condition may decide."""


@dataclass(frozen=True)
class Flaw:
    """Why an alarm does not do what it is there for."""

    #: The property that is wrong.
    name: str
    given: str


def flaw_of(alarm: Resource, watch: Watch) -> Flaw | Unknown | None:
    """Why the alarm does not ring in time, or why that is unknown; ``None`` if it does."""
    if (without_data := _without_data(alarm, watch)) is not None:
        return without_data
    if alarm.prop("ThresholdMetricId") is not None:
        return Unknown("an anomaly detector decides when it rings")
    values = [possibilities(alarm.prop(name)) for name in _OF_THE_ALARM]
    combinations = product(*values)
    found = [
        _flaw_of(alarm, watch, dict(zip(_OF_THE_ALARM, each, strict=True)))
        for each in islice(combinations, _MOST_COMBINATIONS)
    ]
    if next(combinations, None) is not None:
        return Unknown("too many conditions decide when it rings")
    for each in found:
        if isinstance(each, Unknown):
            return each
    if all(each is None for each in found) or None not in found:
        return found[0]
    return Unknown("a condition decides when it rings")


def _without_data(alarm: Resource, watch: Watch) -> Flaw | None:
    """What asks for measurements that SQS does not publish."""
    if alarm.prop("MetricName") is None:
        return None
    unit = alarm.prop("Unit")
    if isinstance(unit, str) and unit != _UNIT[watch.metric]:
        return Flaw("Unit", f"it asks for {unit[:40]}, and SQS publishes {_UNIT[watch.metric]}")
    for metric in metrics_of(alarm):
        if len(metric.dimensions) > 1:
            return Flaw("Dimensions", "a metric of SQS has no dimension beside QueueName")
    return None


def _flaw_of(alarm: Resource, watch: Watch, given: Mapping[str, Value]) -> Flaw | Unknown | None:
    series: list[Series] = []
    for each in series_of(alarm, watch, given):
        if isinstance(each, Unknown):
            return each
        series.append(each)
    return _flaw(watch, series, given)


def _flaw(watch: Watch, series: list[Series], given: Mapping[str, Value]) -> Flaw | Unknown | None:
    breaches = _BREACHES.get(str(given["ComparisonOperator"]))
    threshold = _decimal(given["Threshold"])
    evaluated = whole_number(given["EvaluationPeriods"])
    needed = whole_number(given["DatapointsToAlarm"])
    needed = evaluated if needed is None else needed
    if breaches is None or not isinstance(threshold, float) or not isinstance(needed, int):
        return Unknown("what it compares is only known once it is deployed")
    period = max(each.period for each in series)
    window = period * needed
    if window >= LATEST_SECONDS:
        said = f"it rings after {window} seconds at the earliest"
        return Flaw("Period" if given["Period"] is not None else "EvaluationPeriods", said)
    if watch.is_idle and given["TreatMissingData"] == "breaching":
        said = "it rings where SQS sends no data, as for a queue that is not used"
        return Flaw("TreatMissingData", said)
    if _lacks_data(period, needed, evaluated):
        return Flaw("Period", f"SQS measures once a minute, and not {needed} times in its window")
    at_rest, reached = compared_value(series, 0), compared_value(series, watch.reached(window))
    for each in (at_rest, reached):
        if isinstance(each, Unknown):
            return each
    assert not isinstance(at_rest, Unknown)
    assert not isinstance(reached, Unknown)
    name = "ComparisonOperator" if breaches in (operator.le, operator.lt) else "Threshold"
    stated = f"{given['ComparisonOperator']} {shown(given['Threshold'])}"
    if breaches(at_rest, threshold):
        return Flaw(name, f"it rings while all is well ({stated})")
    if not breaches(reached, threshold):
        return Flaw(name, f"it is silent at {_said(watch, window)} ({stated})")
    return None


def _said(watch: Watch, window: int) -> str:
    """What the metric has reached, in words."""
    if watch.metric == VISIBLE:
        return "one message"
    return f"a message that is {int(watch.reached(window))} seconds old"


def _lacks_data(period: int, needed: int, evaluated: int | Unknown | None) -> bool:
    """Whether a window of less than a minute a period has fewer measurements than are needed."""
    periods = evaluated if isinstance(evaluated, int) else needed
    return period < MINUTE_SECONDS and needed > -(-periods * period // MINUTE_SECONDS)


def _decimal(value: Value) -> float | None:
    """A number, written as number or text; ``None`` where it is anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
