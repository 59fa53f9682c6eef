"""Outcomes that nobody was told of ring, and a bus that keeps refusing; both are drawn."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest

from bench.cost import ours
from checkout_stack import (
    CheckoutPolicy,
    CheckoutTiming,
    Observability,
    OrderEvents,
)
from tests.checkout_stack.monitoring.test_dashboard import body_of
from tests.checkout_stack.synthesized import (
    ALARM,
    METRIC_FILTER,
    Properties,
    Synthesized,
    checkout,
    findings_in,
    synthesize,
    unchecked_app,
)

PENDING, FAILED = "CheckoutAlarmsAnnouncementsPending", "CheckoutAlarmsAnnouncementsFailed"
RUNBOOKS = Path(__file__).parents[3] / "docs" / "operate" / "runbooks"
CHOICES: dict[str, Callable[[], Observability]] = {
    "minimal": Observability.minimal,
    "standard": Observability.standard,
    "full": Observability.full,
}


EVERY = cdk.Duration.minutes(10)
TIMING = CheckoutTiming(reconcile_every=EVERY)
OF_EVENTS = {
    "minimal": ({PENDING}, {"OldestAnnouncementSeconds"}),
    "standard": ({PENDING, FAILED}, {"OldestAnnouncementSeconds", "AnnouncementsFailed"}),
    "full": ({PENDING, FAILED}, {"OldestAnnouncementSeconds", "AnnouncementsFailed"}),
}


class Deployed:
    """A checkout that announces, in a choice of observability, judged by the policy."""

    def __init__(self, name: str, directory: Path) -> None:
        app = unchecked_app(directory)
        cdk.Validations.of(app).add_plugins(CheckoutPolicy())
        self.made = checkout(
            cdk.Stack(app, "Shop"),
            order_events=OrderEvents.to_event_bus(),
            observability=CHOICES[name](),
            timing=TIMING,
        )
        if name == "minimal":
            self.made.metric_announcements_overdue()
        self.template: Synthesized = synthesize(cdk.Stack.of(self.made))
        self.findings = {rule for rule, _ in findings_in(directory)}

    @property
    def alarms(self) -> dict[str, Properties]:
        return {name[:-8]: each for name, each in self.template.of_type(ALARM).items()}

    @property
    def metrics(self) -> set[str]:
        return {
            each["MetricName"]
            for filters in self.template.of_type(METRIC_FILTER).values()
            for each in filters["MetricTransformations"]
        }


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Deployed]:
    return {name: Deployed(name, tmp_path_factory.mktemp(name)) for name in CHOICES}


@pytest.fixture(scope="module")
def standard(deployed: dict[str, Deployed]) -> Deployed:
    return deployed["standard"]


@pytest.mark.parametrize("name", CHOICES)
def test_events_add_what_the_cost_model_pays_for(name: str, deployed: dict[str, Deployed]) -> None:
    alarms, metrics = OF_EVENTS[name]
    about_events = {each for each in deployed[name].alarms if "Announcement" in each}
    assert about_events == alarms
    made = {each for each in deployed[name].metrics if "Announcement" in each}
    assert made - {"AnnouncementsOverdue"} == metrics
    paid = ours.EVENTS_MINIMAL if name == "minimal" else ours.EVENTS
    assert (len(alarms), len(metrics)) == (paid.alarms, paid.metrics)


def test_a_level_is_made_where_code_of_the_shops_own_asks_for_it(
    deployed: dict[str, Deployed],
) -> None:
    having = {name for name in CHOICES if "AnnouncementsOverdue" in deployed[name].metrics}
    assert having == {"minimal"}


def test_a_checkout_without_events_has_nothing_of_it(example: Synthesized) -> None:
    assert "nnouncement" not in str(example.template)


def test_the_class_says_what_events_add() -> None:
    said = " ".join(str(inspect.getdoc(Observability)).split())
    _, _, of_events = said.partition("``order_events``")
    found = [float(each) for each in re.findall(r"([\d.]+) dollars", of_events)]
    assert found == pytest.approx([ours.EVENTS_MINIMAL.dollars, ours.EVENTS.dollars])


@pytest.mark.parametrize(
    ("alarm", "runbook"), [(PENDING, "announcements-pending"), (FAILED, "announcements-failed")]
)
def test_each_says_what_it_means_and_where_its_runbook_is(
    alarm: str, runbook: str, standard: Deployed
) -> None:
    properties, template = standard.alarms[alarm], standard.template
    description = properties["AlarmDescription"]
    assert re.fullmatch(rf".{{30,}}\. Runbook: docs/operate/runbooks/{runbook}\.md", description)
    assert (RUNBOOKS / f"{runbook}.md").is_file()
    topic = template.logical_id("AWS::SNS::Topic", "CheckoutAlarm")
    assert properties["AlarmActions"] == [{"Ref": topic}]
    assert properties["Namespace"] == standard.made.metric_namespace
    assert properties["MetricName"] in standard.metrics
    assert len(standard.made.alarms) == len(standard.alarms)


def test_what_is_pending_rings_only_after_the_reconciler_had_its_tries(standard: Deployed) -> None:
    properties = standard.alarms[PENDING]
    tries = 2 * EVERY.to_seconds()
    assert properties["Threshold"] > TIMING.reconcile_after.to_seconds() + tries
    assert properties["Period"] == EVERY.to_seconds()
    assert (properties["Statistic"], properties["TreatMissingData"]) == ("Maximum", "ignore")
    assert properties["ComparisonOperator"] == "GreaterThanThreshold"


def test_a_bus_that_refused_once_rings_nothing(standard: Deployed) -> None:
    properties = standard.alarms[FAILED]
    assert (properties["DatapointsToAlarm"], properties["EvaluationPeriods"]) == (2, 3)
    assert (properties["Threshold"], properties["Statistic"]) == (1, "Sum")
    assert properties["TreatMissingData"] == "notBreaching"


def test_relay_and_reconciler_are_counted_into_one_metric(standard: Deployed) -> None:
    counted = {
        each["LogGroupName"]["Ref"][:-8]
        for each in standard.template.of_type(METRIC_FILTER).values()
        if "announcement_failed" in each["FilterPattern"]
    }
    assert counted == {"CheckoutRelayLogs", "CheckoutReconcilerLogs"}


def test_the_dashboard_draws_both_under_what_is_stuck(deployed: dict[str, Deployed]) -> None:
    widgets = body_of(deployed["full"].template)["widgets"]
    places = {each["properties"].get("title"): each["y"] for each in widgets}
    headings = {each["properties"].get("markdown"): each["y"] for each in widgets}
    for title in (
        "Oldest outcome not announced, seconds",
        "Times that the bus did not take events",
    ):
        assert headings["## What is stuck?"] < places[title] < headings["## What was prevented?"]


@pytest.mark.parametrize("name", CHOICES)
def test_the_policy_asks_only_who_hears_the_alarms(
    name: str, deployed: dict[str, Deployed]
) -> None:
    assert deployed[name].findings == {"alarm-subscription"}
