"""What an alarm compares with its threshold, for a given state of a queue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.rules.metric_math import value_of
from checkout_stack.policy.rules.queues import DEFAULT_RETENTION_SECONDS
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, whole_number
from checkout_stack.policy.workload.relations import QUEUE, metric_of

VISIBLE = "ApproximateNumberOfMessagesVisible"
AGE = "ApproximateAgeOfOldestMessage"
LATEST_SECONDS = 21_600
"""Six hours: a quarter of the day for which payment services usually remember a payment key."""
MINUTE_SECONDS = 60
"""How often SQS measures."""
_KEEPS_THE_VALUE = re.compile(r"Maximum|Minimum|Average|IQM|(?:p|tm|wm|TM|WM)[\d.(:%)]+")
"""Statistics that are worth what they are taken of, where that does not change."""


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
class Series:
    """One metric or expression of an alarm."""

    id: str
    #: As :func:`_measured` takes it; ``None`` for an expression.
    statistic: str | None
    period: int
    expression: str
    #: Whether it is the metric that is watched.
    is_watched: bool
    is_returned: bool


def compared_value(series: list[Series], value: float) -> float | Unknown:
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


def _measured(series: Series, value: float) -> float | None:
    measurements = max(1, series.period // MINUTE_SECONDS)
    if series.statistic == "Sum":
        return value * measurements
    if series.statistic == "SampleCount":
        return measurements
    return value if _KEEPS_THE_VALUE.fullmatch(series.statistic or "") else None


def series_of(
    alarm: Resource, watch: Watch, given: Mapping[str, Value]
) -> Iterator[Series | Unknown]:
    """The metrics and expressions of an alarm, or why one of them is not known.

    :param given: The properties of the alarm of which a condition may pick the values.
    """
    if alarm.prop("MetricName") is not None:
        statistic = given["Statistic"] or given["ExtendedStatistic"]
        yield _made("m", statistic, given["Period"], is_watched=True, is_returned=True)
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
            yield Series(str(query.get("Id")), None, seconds, expression, False, is_returned)
        else:
            yield Unknown("one of its metrics is only known once it is deployed")


def _made(
    id_: str, statistic: Value, period: Value, *, is_watched: bool, is_returned: bool
) -> Series | Unknown:
    seconds = whole_number(period)
    if not isinstance(statistic, str) or not isinstance(seconds, int):
        return Unknown("its statistic and period are only known once it is deployed")
    return Series(id_, statistic, seconds, "", is_watched, is_returned)
