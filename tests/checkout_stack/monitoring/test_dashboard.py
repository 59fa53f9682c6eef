"""The dashboard shows what exists, nothing twice in one place, and can be left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import aws_cdk as cdk
import pytest

from checkout_stack import OPEN_ACCESS, CheckoutApi, Observability
from tests.checkout_stack.synthesized import (
    ALARM,
    FUNCTION,
    METRIC_FILTER,
    Synthesized,
    checkout,
    synthesize,
)
from tests.slices import sliced

DASHBOARD = "AWS::CloudWatch::Dashboard"
QUESTIONS = [
    "Are buyers served?",
    "Is money moving?",
    "What is stuck?",
    "What was prevented?",
    "Where is time spent?",
]
AWS_METRICS = {
    "AWS/SQS": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"},
    "AWS/Lambda": {"Duration"},
    "AWS/ApiGateway": {"4xx", "5xx", "Latency"},
}


def body_of(template: Synthesized) -> dict[str, Any]:
    """The body with each reference written as ``<logical id>``."""
    [dashboard] = template.of_type(DASHBOARD).values()
    written = dashboard["DashboardBody"]
    parts = written["Fn::Join"][1] if isinstance(written, dict) else [written]
    text = "".join(each if isinstance(each, str) else f"<{_named(each)}>" for each in parts)
    body: dict[str, Any] = json.loads(text)
    return body


def _named(reference: dict[str, Any]) -> str:
    [(kind, value)] = reference.items()
    return str(value if kind == "Ref" else value[0])


@pytest.fixture(scope="module")
def widgets(example: Synthesized) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body_of(example)["widgets"]
    return found


def metrics(widgets: list[dict[str, Any]]) -> Iterator[tuple[str, str, list[str]]]:
    """Namespace, name and dimensions of everything that is drawn."""
    for widget in widgets:
        for metric in widget["properties"].get("metrics", []):
            namespace, name, *rest = metric
            yield namespace, name, [each for each in rest if isinstance(each, str)]


def test_the_questions_are_asked_from_top_to_bottom_below_the_alarms(
    widgets: list[dict[str, Any]],
) -> None:
    headings = [each for each in widgets if each["type"] == "text"]
    headings.sort(key=lambda each: each["y"])
    assert [each["properties"]["markdown"] for each in headings] == [f"## {q}" for q in QUESTIONS]
    statuses = [each["y"] for each in widgets if each["type"] == "alarm"]
    assert len(statuses) == 2
    assert max(statuses) < headings[0]["y"]


def test_every_alarm_is_on_top(widgets: list[dict[str, Any]], example: Synthesized) -> None:
    shown = {
        alarm
        for each in widgets
        if each["type"] == "alarm"
        for alarm in each["properties"]["alarms"]
    }
    assert shown == {f"<{alarm}>" for alarm in example.of_type(ALARM)}


def test_no_widget_lies_on_another_and_none_is_beyond_the_grid(
    widgets: list[dict[str, Any]],
) -> None:
    for one, other in combinations(widgets, 2):
        apart = (
            one["x"] + one["width"] <= other["x"]
            or other["x"] + other["width"] <= one["x"]
            or one["y"] + one["height"] <= other["y"]
            or other["y"] + other["height"] <= one["y"]
        )
        assert apart, (one["properties"], other["properties"])
    assert all(each["x"] + each["width"] <= 24 for each in widgets)


def test_what_is_drawn_exists(widgets: list[dict[str, Any]], example: Synthesized) -> None:
    made = {
        (each["MetricNamespace"], each["MetricName"])
        for filters in example.of_type(METRIC_FILTER).values()
        for each in filters["MetricTransformations"]
    }
    resources = {f"<{logical_id}>" for logical_id in example.resources}
    drawn = list(metrics(widgets))
    assert len(drawn) > len(QUESTIONS)
    for namespace, name, dimensions in drawn:
        if namespace in AWS_METRICS:
            assert name in AWS_METRICS[namespace]
            assert set(dimensions[1::2]) <= resources
        else:
            assert (namespace, name) in made
            assert dimensions == []


def test_every_metric_of_a_log_record_is_drawn_or_alarmed(
    widgets: list[dict[str, Any]], example: Synthesized
) -> None:
    made = {
        each["MetricName"]
        for filters in example.of_type(METRIC_FILTER).values()
        for each in filters["MetricTransformations"]
    }
    drawn = {name for namespace, name, _ in metrics(widgets) if namespace not in AWS_METRICS}
    alarmed = {each["MetricName"] for each in example.of_type(ALARM).values()}
    assert drawn <= made <= drawn | alarmed


def test_every_function_of_the_checkout_is_timed(
    widgets: list[dict[str, Any]], example: Synthesized
) -> None:
    timed = {
        each for _, name, rest in metrics(widgets) if name == "Duration" for each in rest[1::2]
    }
    parts = ("CheckoutRelay", "CheckoutConsumer", "CheckoutReconciler")
    assert timed == {f"<{example.logical_id(FUNCTION, part)}>" for part in parts}


@pytest.mark.parametrize(
    ("observability", "with_dashboard", "made"),
    sliced(
        3,
        [
            (Observability.full(), False, False),
            (Observability.minimal(), True, True),
            (Observability.standard(), None, False),
            (None, True, True),
        ],
    ),
)
def test_with_dashboard_has_the_last_word_where_it_is_given(
    observability: Observability | None,
    with_dashboard: bool | None,
    made: bool,
    stack: cdk.Stack,
) -> None:
    shop = checkout(stack, observability=observability, with_dashboard=with_dashboard)
    CheckoutApi(stack, "Api", checkout=shop, authorizer=OPEN_ACCESS)
    assert (shop.dashboard is not None) == made
    assert len(synthesize(stack).of_type(DASHBOARD)) == made
