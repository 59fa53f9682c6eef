"""Which alarms watch a checkout, and what they watch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checkout_stack.policy.rules.alarm_series import LATEST_SECONDS, Watch
from checkout_stack.policy.rules.ringing import Flaw, flaw_of
from checkout_stack.policy.rules.rule import Judgement, cannot_tell, compliant, violated
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, listed
from checkout_stack.policy.workload.relations import ALARM, FUNCTION, QUEUE, TABLES, metrics_of
from checkout_stack.policy.workload.workload import Workload

METRIC_FILTER = "AWS::Logs::MetricFilter"
WATCHED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "AWS/SQS": ("QueueName", (QUEUE,)),
    "AWS/Lambda": ("FunctionName", (FUNCTION,)),
    "AWS/DynamoDB": ("TableName", TABLES),
}
"""By namespace of a metric: the dimension that names a resource, and the resource's types."""


def judge_alarm(
    workload: Workload, queue: Resource, watches: Sequence[Watch], hidden: Resource | None
) -> Judgement:
    """Judge whether an alarm rings in time about what ``watches`` say of ``queue``.

    :param watches: What an alarm may watch; a violation names the first.
    :param hidden: An alarm of which the template does not say which queue it watches.
    """
    flaws = {
        alarm: flaw_of(alarm, watch)
        for watch in watches
        for alarm in workload.alarms_on(queue, watch.metric)
    }
    ringing = [alarm for alarm, flaw in flaws.items() if flaw is None]
    if any(alarm.surely_exists_with(queue) for alarm in ringing):
        return compliant(queue)
    if ringing:
        return cannot_tell(queue, why=f"a condition decides whether {ringing[0]} is created")
    for alarm, flaw in flaws.items():
        if isinstance(flaw, Unknown):
            return cannot_tell(alarm, why=flaw.why)
    if hidden:
        return cannot_tell(queue, why=f"which queue {hidden} watches is not in this template")
    for alarm, flaw in flaws.items():
        if isinstance(flaw, Flaw):
            return violated(
                alarm,
                flaw.name,
                given=f"{alarm} watches {queue}, but {flaw.given}",
                allowed=f"an alarm that rings within {LATEST_SECONDS} seconds, and only then",
                fix="compare the maximum of a minute: GreaterThanOrEqualToThreshold 1 for dead "
                "letters, some minutes in seconds for the age of messages",
            )
    return violated(
        queue,
        given=f"no alarm watches {watches[0].metric} of it",
        allowed="at least one alarm",
        fix=f"add an alarm on AWS/SQS {watches[0].metric} with the dimension QueueName",
    )


def watched_resources(workload: Workload) -> tuple[Resource, ...]:
    """Everything of a checkout that alarms watch: queues, functions and tables."""
    streams = workload.order_streams
    of_streams = [*(each.failures for each in streams), *(each.function for each in streams)]
    return tuple(
        dict.fromkeys(
            [
                *workload.all_queues,
                *workload.payment_functions,
                *(
                    each
                    for each in of_streams
                    if isinstance(each, Resource) and each.type in (QUEUE, FUNCTION)
                ),
                *workload.order_tables,
            ]
        )
    )


def alarms_of(workload: Workload) -> tuple[Resource, ...]:
    """The alarms that watch a checkout: its resources, or what its functions write to logs."""
    if not workload.queues:
        return ()
    watched = watched_resources(workload)
    logged = frozenset(_logged(workload, watched))
    return tuple(
        alarm
        for alarm in workload.of_type(ALARM)
        if any(
            _names_any(alarm, watched) or (str(metric.namespace), str(metric.name)) in logged
            for metric in metrics_of(alarm)
        )
    )


def _names_any(alarm: Resource, watched: tuple[Resource, ...]) -> bool:
    for metric in metrics_of(alarm):
        dimension, types = WATCHED.get(str(metric.namespace), ("", ()))
        if types:
            named = alarm.related(metric.dimensions.get(dimension), *types)
            if named in watched:
                return True
    return False


def _logged(workload: Workload, watched: tuple[Resource, ...]) -> Iterator[tuple[str, str]]:
    """Namespace and name of the metrics that are taken from what the functions log."""
    groups = [
        each.related(each.prop("LoggingConfig", "LogGroup"))
        for each in watched
        if each.type == FUNCTION
    ]
    for metric_filter in workload.of_type(METRIC_FILTER):
        group = metric_filter.related(metric_filter.prop("LogGroupName"))
        transformations = metric_filter.prop("MetricTransformations")
        if isinstance(group, Resource) and group in groups:
            for each in transformations if isinstance(transformations, list) else []:
                if isinstance(each, Mapping):
                    yield str(each.get("MetricNamespace")), str(each.get("MetricName"))


def unplaced_alarm(workload: Workload, metric_name: str) -> Resource | None:
    """An alarm on the metric of which the template does not say which queue it watches."""
    for alarm in workload.of_type(ALARM):
        for metric in metrics_of(alarm):
            ours = metric.namespace == "AWS/SQS" and metric.name == metric_name
            if ours and isinstance(metric.dimensions.get("QueueName"), Unknown):
                return alarm
        if any(metric_name in written for written in _searches(alarm)):
            return alarm
    return None


def _searches(alarm: Resource) -> Iterator[str]:
    """The expressions that look for metrics: only CloudWatch knows which they find."""
    for query in listed(alarm.prop("Metrics")):
        written = str(query.get("Expression")) if isinstance(query, Mapping) else ""
        if "SEARCH" in written or "SELECT" in written:
            yield written
