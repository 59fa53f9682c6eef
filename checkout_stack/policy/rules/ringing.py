"""Whether an alarm on a queue's metric rings in time, and is silent while all is well."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product

from checkout_stack.policy.rules.judging import shown
from checkout_stack.policy.rules.metric_math import value_of
from checkout_stack.policy.rules.queues import DEFAULT_RETENTION_SECONDS
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities, whole_number
from checkout_stack.policy.workload.relations import QUEUE, metric_of, metrics_of

VISIBLE = "ApproximateNumberOfMessagesVisible"
AGE = "ApproximateAgeOfOldestMessage"
_UNIT = {VISIBLE: "Count", AGE: "Seconds"}
LATEST_SECONDS = 21_600
"""Six hours: a quarter of the day for which payment services usually remember a payment key."""
_MINUTE_SECONDS = 60
"""How often SQS measures."""
_MOST_COMBINATIONS = 64
_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
_KEEPS_THE_VALUE = re.compile(r"Maximum|Minimum|Average|IQM|(?:p|tm|wm|TM|WM)[\d.(:%)]+")
"""Statistics that are worth what they are taken of, where that does not change."""
_OF_THE_ALARM = (
    "ComparisonOperator",
    "Threshold",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "TreatMissingData",
    "Period",
)


@dataclass(frozen=True)
class Watch:
    """What an alarm has to notice: a metric of a queue."""

    queue: Resource
    metric: str
    #: Whether the queue usually is empty and unused, so that SQS sends no measurements of it.
    is_idle: bool = False

    def reached(self, window: int) -> float:
        """What the metric is worth at the latest when the alarm's window has to begin."""
        if self.metric == VISIBLE:
            return 1
        kept = whole_number(self.queue.prop("MessageRetentionPeriod"))
        longest = kept if isinstance(kept, int) else DEFAULT_RETENTION_SECONDS
        return min(LATEST_SECONDS - window, longest)


@dataclass(frozen=True)
class Flaw:
    """Why an alarm does not do what it is there for."""

    #: The property that is wrong.
    name: str
    given: str


@dataclass(frozen=True)
class _Series:
    """One metric or expression of an alarm."""

    id: str
    #: As :func:`_measured` takes it; ``None`` for an expression.
    statistic: str | None
    period: int
    expression: str
    #: Whether it is the metric that is watched.
    is_watched: bool
    is_returned: bool


def flaw_of(alarm: Resource, watch: Watch) -> Flaw | Unknown | None:
    """Why the alarm does not ring in time, or why that is unknown; ``None`` if it does."""
    if (without_data := _without_data(alarm, watch)) is not None:
        return without_data
    if alarm.prop("ThresholdMetricId") is not None:
        return Unknown("an anomaly detector decides when it rings")
    series = list(_series(alarm, watch))
    unknown = next((each for each in series if isinstance(each, Unknown)), None)
    if unknown is not None:
        return unknown
    known = [each for each in series if isinstance(each, _Series)]
    values = [possibilities(alarm.prop(name)) for name in _OF_THE_ALARM]
    combinations = product(*values)
    found = [
        _flaw(watch, known, dict(zip(_OF_THE_ALARM, each, strict=True)))
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


def _flaw(watch: Watch, series: list[_Series], given: Mapping[str, Value]) -> Flaw | Unknown | None:
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
        given_text = f"it rings after {window} seconds at the earliest"
        return Flaw("Period" if given["Period"] is not None else "EvaluationPeriods", given_text)
    if watch.is_idle and given["TreatMissingData"] == "breaching":
        given_text = "it rings where SQS sends no data, as for a queue that is not used"
        return Flaw("TreatMissingData", given_text)
    if _lacks_data(period, needed, evaluated):
        return Flaw("Period", f"SQS measures once a minute, and not {needed} times in its window")
    at_rest, reached = _returned(series, 0), _returned(series, watch.reached(window))
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
    return period < _MINUTE_SECONDS and needed > -(-periods * period // _MINUTE_SECONDS)


def _returned(series: list[_Series], value: float) -> float | Unknown:
    """What the alarm compares where the watched metric is worth ``value``, and others nothing."""
    values: dict[str, float] = {}
    for each in series:
        if each.statistic is not None:
            measured = _measured(each, value if each.is_watched else 0)
            if measured is None:
                return Unknown(f"the statistic {each.statistic[:40]} is not followed here")
            values[each.id] = measured
    metrics = dict(values)
    for each in series:
        if each.statistic is None:
            found = value_of(each.expression, metrics if "METRICS" in each.expression else values)
            if isinstance(found, Unknown):
                return found
            values[each.id] = found
    compared = [each for each in series if each.is_returned]
    if len(compared) != 1:
        return Unknown("which of its metrics it compares is not written")
    return values[compared[0].id]


def _measured(series: _Series, value: float) -> float | None:
    measurements = max(1, series.period // _MINUTE_SECONDS)
    if series.statistic == "Sum":
        return value * measurements
    if series.statistic == "SampleCount":
        return measurements
    return value if _KEEPS_THE_VALUE.fullmatch(series.statistic or "") else None


def _series(alarm: Resource, watch: Watch) -> Iterator[_Series | Unknown]:
    if alarm.prop("MetricName") is not None:
        statistic = alarm.prop("Statistic") or alarm.prop("ExtendedStatistic")
        yield _made("m", statistic, alarm.prop("Period"), is_watched=True, is_returned=True)
        return
    queries = alarm.prop("Metrics")
    if not isinstance(queries, list):
        yield Unknown("a condition decides what it watches")
        return
    for query in queries:
        if not isinstance(query, Mapping):
            yield Unknown("one of its metrics is only known once it is deployed")
            continue
        is_returned = len(queries) == 1 or query.get("ReturnData") not in (False, "false")
        stat = query.get("MetricStat")
        if isinstance(stat, Mapping):
            metric = metric_of(stat.get("Metric"))
            is_watched = (
                metric is not None
                and metric.name == watch.metric
                and alarm.related(metric.dimensions.get("QueueName"), QUEUE) is watch.queue
            )
            yield _made(
                str(query.get("Id")),
                stat.get("Stat"),
                stat.get("Period"),
                is_watched=is_watched,
                is_returned=is_returned,
            )
        elif isinstance(expression := query.get("Expression"), str):
            period = whole_number(query.get("Period"))
            seconds = period if isinstance(period, int) else 0
            yield _Series(str(query.get("Id")), None, seconds, expression, False, is_returned)
        else:
            yield Unknown("one of its metrics is only known once it is deployed")


def _made(
    id_: str, statistic: Value, period: Value, *, is_watched: bool, is_returned: bool
) -> _Series | Unknown:
    seconds = whole_number(period)
    if not isinstance(statistic, str) or not isinstance(seconds, int):
        return Unknown("its statistic and period are only known once it is deployed")
    return _Series(id_, statistic, seconds, "", is_watched, is_returned)


def _decimal(value: Value) -> float | None:
    """A number, written as number or text; ``None`` where it is anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
