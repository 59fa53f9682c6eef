"""An outcome is counted once, in one metric, whichever function stored it."""

from __future__ import annotations

from collections import Counter

import aws_cdk as cdk
import pytest

from checkout_stack.monitoring import log_metrics
from tests.checkout_stack.synthesized import (
    FUNCTION,
    LOG_GROUP,
    METRIC_FILTER,
    Properties,
    Synthesized,
    checkout,
    template_of,
)

LOGS = {"CheckoutConsumerLogs", "CheckoutReconcilerLogs"}


def filters_of(example: Synthesized, event: str) -> list[tuple[str, str, str]]:
    """Log group, namespace and metric of every filter on an event."""
    return [
        (each["LogGroupName"]["Ref"][:-8], made["MetricNamespace"], made["MetricName"])
        for each in example.of_type(METRIC_FILTER).values()
        if each["FilterPattern"] == f'{{ $.event = "{event}" }}'
        for made in each["MetricTransformations"]
    ]


def asks_for_every_outcome(stack: cdk.Stack) -> None:
    """A checkout whose shop reads each metric of outcomes: what nobody reads is not made."""
    made = checkout(stack)
    for each in log_metrics.OUTCOMES:
        made.log_metrics.metric(each)


@pytest.mark.parametrize("counted", log_metrics.OUTCOMES, ids=lambda each: each.name)
def test_the_consumer_and_the_reconciler_count_into_one_metric(
    counted: log_metrics.LogMetric,
) -> None:
    found = filters_of(template_of(asks_for_every_outcome), counted.event)
    assert {log_group for log_group, _, _ in found} == LOGS
    assert {metric for _, _, metric in found} == {counted.name}
    assert len({namespace for _, namespace, _ in found}) == 1


def test_no_record_is_counted_twice_into_a_metric(example: Synthesized) -> None:
    known = {each[:-8] for each in example.of_type(LOG_GROUP)}
    every = [
        (group, metric)
        for event in {each.event for each in (*log_metrics.OF_THE_CONSUMER, log_metrics.RESENT)}
        for group, _, metric in filters_of(example, event)
    ]
    assert {group for group, _ in every} <= known
    assert max(Counter(every).values()) == 1


def test_a_function_that_fell_back_to_botocore_is_counted_whichever_it_is(
    example: Synthesized,
) -> None:
    functions = {each["LoggingConfig"]["LogGroup"]["Ref"][:-8] for each in own_functions(example)}
    found = filters_of(example, log_metrics.FELL_BACK.event)
    assert sorted(group for group, _, _ in found) == sorted(functions)
    assert {metric for _, _, metric in found} == {"AwsClientFellBack"}


def own_functions(example: Synthesized) -> list[Properties]:
    functions = example.of_type(FUNCTION).values()
    return [each for each in functions if str(each["Handler"]).startswith("checkout_runtime.")]


def test_what_only_one_function_logs_is_read_there_alone(example: Synthesized) -> None:
    assert [group for group, _, _ in filters_of(example, log_metrics.RESENT.event)] == [
        "CheckoutReconcilerLogs"
    ]
    assert [group for group, _, _ in filters_of(example, log_metrics.CHARGE_LATENCY.event)] == [
        "CheckoutConsumerLogs"
    ]
