"""A choice of observability has its alarms, the metrics of those, and the price that it says."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

from bench.cost import ours
from checkout_stack import OPEN_ACCESS, CheckoutApi, CheckoutPolicy, Observability
from tests.checkout_stack.synthesized import (
    ALARM,
    LOG_GROUP,
    METRIC_FILTER,
    Synthesized,
    checkout,
    findings_in,
    payment_service,
    synthesize,
    unchecked_app,
)

CHOICES: dict[str, Callable[[], Observability]] = {
    "minimal": Observability.minimal,
    "standard": Observability.standard,
    "full": Observability.full,
}
#: What rings for money and for stuck orders, whatever else is left out.
MONEY_AND_STUCK_ORDERS = {
    "CheckoutAlarmsDeadLettersNotEmpty",
    "CheckoutAlarmsRelayFailuresNotEmpty",
    "CheckoutAlarmsOldestPaymentTooOld",
    "CheckoutAlarmsRelayErrors",
    "CheckoutAlarmsOrdersNeedReview",
    "CheckoutAlarmsOrdersUnsettledTooLong",
    "CheckoutAlarmsReconcilerSilent",
    "ApiServerErrors",
}
AUDIT = {"CheckoutChargeAuditChargesDoNotMatch", "CheckoutChargeAuditChargeAuditSilent"}


def deployed(
    stack: cdk.Stack, observability: Observability, *, audited: bool = False
) -> Synthesized:
    """A checkout with its API."""
    listed = {"list_url": "https://payments.example.com/list"} if audited else {}
    service = payment_service(stack, **listed)
    made = checkout(stack, payment_service=service, observability=observability)
    CheckoutApi(stack, "Api", checkout=made, authorizer=OPEN_ACCESS)
    return synthesize(stack)


def alarms(template: Synthesized) -> set[str]:
    return {each[:-8] for each in template.of_type(ALARM)}


def metrics(template: Synthesized) -> set[tuple[str, str]]:
    return {
        (each["MetricNamespace"], each["MetricName"])
        for filters in template.of_type(METRIC_FILTER).values()
        for each in filters["MetricTransformations"]
    }


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Synthesized]:
    """Each choice, deployed with an audit."""
    made = {}
    for name, choice in CHOICES.items():
        stack = cdk.Stack(unchecked_app(tmp_path_factory.mktemp(name)), "Shop")
        made[name] = deployed(stack, choice(), audited=True)
    return made


@pytest.mark.parametrize("name", CHOICES)
def test_money_and_stuck_orders_ring_in_every_choice(
    name: str, templates: dict[str, Synthesized]
) -> None:
    assert alarms(templates[name]) >= MONEY_AND_STUCK_ORDERS | AUDIT


def test_minimal_has_nothing_else(templates: dict[str, Synthesized]) -> None:
    assert alarms(templates["minimal"]) == MONEY_AND_STUCK_ORDERS | AUDIT


def test_standard_rings_for_causes_and_once_for_an_error_that_a_buyer_saw(
    templates: dict[str, Synthesized],
) -> None:
    more = alarms(templates["standard"]) - alarms(templates["minimal"])
    assert {each.removeprefix("CheckoutAlarms") for each in more} == {
        *("StreamLag", "ConsumerErrors", "ReconcilerErrors", "AwsClientFellBack"),
        *("RelayThrottled", "ConsumerThrottled", "ReconcilerThrottled"),
        *("AnswerWithoutWord", "PaymentAccountRefused"),
    }


def test_full_says_which_function_of_the_api_it_was(templates: dict[str, Synthesized]) -> None:
    more = alarms(templates["full"]) - alarms(templates["standard"])
    assert len(more) == 10
    assert all(re.fullmatch(r"Api\w+(Errors|Throttled)", each) for each in more)


@pytest.mark.parametrize("name", CHOICES)
def test_every_alarm_on_log_records_has_its_metric_in_that_choice(
    name: str, templates: dict[str, Synthesized]
) -> None:
    watched = {
        (each["Namespace"], each["MetricName"])
        for each in templates[name].of_type(ALARM).values()
        if "Dimensions" not in each
    }
    assert watched <= metrics(templates[name])
    if name != "full":
        assert watched == metrics(templates[name]), "a metric that nothing watches"


@pytest.mark.parametrize("name", CHOICES)
def test_an_alarm_is_the_same_resource_in_every_choice(
    name: str, templates: dict[str, Synthesized]
) -> None:
    full = templates["full"].of_type(ALARM)
    for logical_id, alarm in templates[name].of_type(ALARM).items():
        assert alarm == full[logical_id]


def test_a_metric_is_made_when_code_of_the_shops_own_asks_for_it(stack: cdk.Stack) -> None:
    made = checkout(stack, observability=Observability.minimal())
    api = CheckoutApi(stack, "Api", checkout=made, authorizer=OPEN_ACCESS)
    asked = (made.metric_orders_paid(), made.metric_orders_unsettled(), api.metric_orders_placed())
    for metric in (*asked, made.metric_orders_paid()):
        name = f"Own{metric.metric_name}"
        if stack.node.try_find_child(name) is None:
            cloudwatch.Alarm(stack, name, metric=metric, threshold=1, evaluation_periods=1)
    template = synthesize(stack)
    assert {name for _, name in metrics(template)} == {
        *("OrdersPaid", "OrdersUnsettled", "OrdersPlaced"),
        *("OrdersNeedingReview", "OldestUnsettledSeconds"),
    }


def test_a_function_that_is_made_later_is_counted_too(stack: cdk.Stack) -> None:
    """The alarm is there before the API."""
    template = deployed(stack, Observability.standard())
    counted = [
        each["LogGroupName"]["Ref"][:-8]
        for each in template.of_type(METRIC_FILTER).values()
        if "aws_client_fell_back" in each["FilterPattern"]
    ]
    logs = {each[:-8] for each in template.of_type(LOG_GROUP)} - {"ApiStageAccessLog"}
    assert sorted(counted) == sorted(logs)


def test_the_default_is_standard(stack: cdk.Stack) -> None:
    assert checkout(stack).observability == Observability.standard()


@pytest.mark.parametrize("choice", ours.CHOICES, ids=lambda choice: choice.name)
def test_the_cost_model_pays_for_what_each_choice_makes(
    choice: ours.Watched, stack: cdk.Stack
) -> None:
    template = deployed(stack, CHOICES[choice.name]())
    assert astuple(choice)[1:] == (
        len(template.of_type(ALARM)),
        len(metrics(template)),
        len(template.of_type("AWS::CloudWatch::Dashboard")),
        len(template.of_type("AWS::KMS::Key")),
    )


def test_an_audit_adds_its_alarms_and_their_metrics(
    stack: cdk.Stack, templates: dict[str, Synthesized]
) -> None:
    without = deployed(stack, Observability.minimal())
    assert len(AUDIT) == ours.AUDIT.alarms
    assert len(metrics(templates["minimal"]) - metrics(without)) == ours.AUDIT.metrics


@pytest.mark.parametrize("choice", ours.CHOICES, ids=lambda choice: choice.name)
def test_a_docstring_says_what_its_choice_costs(choice: ours.Watched) -> None:
    said = " ".join(str(inspect.getdoc(CHOICES[choice.name])).split())
    assert re.findall(r"([\d.]+) dollars a month", said) == [f"{choice.dollars:.2f}"]


def test_the_class_says_what_an_audit_adds() -> None:
    said = " ".join(str(inspect.getdoc(Observability)).split())
    assert f"add {ours.AUDIT.dollars:.2f} dollars" in said


def test_the_topic_of_the_fewest_alarms_has_no_key_and_still_takes_tls_alone(
    templates: dict[str, Synthesized],
) -> None:
    template = templates["minimal"]
    assert "KmsMasterKeyId" not in template.one("AWS::SNS::Topic", "CheckoutAlarm")
    policy = template.one("AWS::SNS::TopicPolicy", "CheckoutAlarm")["PolicyDocument"]
    assert {each["Effect"] for each in policy["Statement"]} == {"Allow", "Deny"}


@pytest.mark.parametrize("name", CHOICES)
def test_the_policy_asks_only_who_hears_the_alarms(name: str, tmp_path: Path) -> None:
    app = unchecked_app(tmp_path)
    cdk.Validations.of(app).add_plugins(CheckoutPolicy())
    deployed(cdk.Stack(app, "Shop"), CHOICES[name]())
    assert {rule for rule, _ in findings_in(tmp_path)} == {"alarm-subscription"}
