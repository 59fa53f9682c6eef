"""An alarm watches something that exists."""

from __future__ import annotations

from collections.abc import Iterator

from checkout_stack.policy.rules.alarms import WATCHED, watched_resources
from checkout_stack.policy.rules.judging import Verdict, judge_each, judged, settled, shown
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resolved_functions import NAME_IN_ARN
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Reference, Text, Unknown, Value
from checkout_stack.policy.workload.relations import ALARM, Metric, metrics_of
from checkout_stack.policy.workload.vocabulary import speaks_of_orders, words
from checkout_stack.policy.workload.workload import Workload

_NAME_ATTRIBUTE = {"QueueName": "QueueName", "FunctionName": None, "TableName": None}
"""What gives the name that CloudWatch knows: ``Ref`` of a queue gives its URL."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each dimension by which an alarm would watch something of the checkout."""
    found = _dimensions(workload) if workload.queues else iter(())
    return judge_each(found, _judge, otherwise="no alarm watches such work")


def _dimensions(workload: Workload) -> Iterator[tuple[Resource, str, Value]]:
    """Alarm, dimension and value; an absent dimension of a queue's metric has the value ``None``.

    A value that names something outside the template is left alone unless its words say that it
    is meant for orders or payments.
    """
    watched = watched_resources(workload)
    for alarm in workload.of_type(ALARM):
        for metric in metrics_of(alarm):
            for namespace, (dimension, _) in WATCHED.items():
                if metric.namespace == namespace and _concerns(alarm, metric, dimension, watched):
                    yield alarm, dimension, metric.dimensions.get(dimension)


def _concerns(
    alarm: Resource, metric: Metric, dimension: str, watched: tuple[Resource, ...]
) -> bool:
    value = metric.dimensions.get(dimension)
    if value is None:
        return dimension == "QueueName"
    if isinstance(value, Reference):
        return alarm.related(value) in watched
    return isinstance(value, str | Text) and (
        speaks_of_orders(words(value))
        or alarm.related(value, *{each.type for each in watched}) in watched
    )


def _judge(found: tuple[Resource, str, Value]) -> Judgement:
    alarm, dimension, value = found
    return judged(
        settled(value, lambda each: _is_name(alarm, dimension, each)),
        alarm,
        "Dimensions" if alarm.prop("Dimensions") is not None else "Metrics",
        given=f"the dimension {dimension} is {shown(value)}",
        allowed="the name of a resource of this template",
        fix=f"give the name: for a queue, !GetAtt Queue.{dimension}; for others, !Ref",
    )


def _is_name(alarm: Resource, dimension: str, value: Value) -> Verdict:
    if isinstance(value, Reference):
        return value.attribute in (_NAME_ATTRIBUTE[dimension], NAME_IN_ARN)
    types = next(types for name, types in WATCHED.values() if name == dimension)
    is_named = isinstance(alarm.related(value, *types), Resource)
    if isinstance(value, Text) and any(isinstance(part, Unknown) for part in value.parts):
        why = f"{shown(value)} is only known once it is deployed"
        return is_named or Unknown(why)
    is_plain = isinstance(value, str | Text) and ":" not in str(value).replace("AWS::", "")
    return is_plain and is_named


RULE = Rule(
    id="alarm-dimension",
    title="An alarm watches something that exists",
    severity=Severity.ERROR,
    why=(
        "CloudWatch accepts every dimension. A metric of a queue has one dimension, "
        "QueueName, whose value is the queue's name: not its URL (which Ref gives) and not "
        "its ARN. An alarm on a name that no resource has never rings."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    fix_cdk=(
        'cloudwatch.Alarm(self, "PaymentsTooOld", '
        "metric=payments.metric_approximate_age_of_oldest_message(), threshold=600, "
        "evaluation_periods=1)"
    ),
    fix_cloudformation="Dimensions: [{Name: QueueName, Value: !GetAtt Payments.QueueName}]",
    check=check,
)
