"""The daily audit: made where the payment service lists, reads only, and is heard of in time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from cdk_nag import AwsSolutionsChecks, PCIDSS321Checks

from checkout_stack import CheckoutTiming, IdempotentCheckout, Observability
from checkout_stack.policy import CheckoutPolicy
from tests.checkout_stack.payment_service.test_stripe_payment_service import SECRET, stripe
from tests.checkout_stack.synthesized import (
    ALARM,
    FUNCTION,
    METRIC_FILTER,
    Synthesized,
    checkout,
    payment_service,
    synthesize,
    template_of,
    unchecked_app,
)

LIST_URL = "https://pay.example.com/charges/list"
RUNBOOKS = Path(__file__).parents[3] / "docs" / "operate" / "runbooks"
MOST_SECONDS_OF_AN_ALARM = 7 * 24 * 60 * 60
"""Of all evaluation periods together, where one is an hour or longer (PutMetricAlarm)."""


def audited(stack: cdk.Stack, **changes: Any) -> IdempotentCheckout:
    return checkout(stack, payment_service=payment_service(stack, list_url=LIST_URL), **changes)


def at_stripe(stack: cdk.Stack, **changes: Any) -> Synthesized:
    checkout(stack, payment_service=stripe(stack, **changes))
    return synthesize(stack)


def test_where_the_payment_service_cannot_list_there_is_no_audit(stack: cdk.Stack) -> None:
    made = checkout(stack)
    assert made.charge_audit is None
    template = synthesize(stack)
    assert not [each for each in template.resources if "ChargeAudit" in each]
    assert not [each for each in template.of_type(METRIC_FILTER) if "Mismatch" in each]


def test_with_an_audit_nothing_else_of_a_checkout_changes(stack: cdk.Stack, tmp_path: Path) -> None:
    other = cdk.Stack(unchecked_app(tmp_path / "other"), "Shop")
    full = Observability.full()
    checkout(other, observability=full)
    without = synthesize(other).resources
    audited(stack, observability=full)
    made = synthesize(stack).resources
    dashboard = {each for each in without if each.startswith("CheckoutDashboard")}
    assert dashboard, "it shows the alarms of the audit"
    assert {each: made[each] for each in without if each not in dashboard} == {
        each: without[each] for each in without if each not in dashboard
    }


def test_it_may_read_orders_and_the_secret_and_nothing_else(stack: cdk.Stack) -> None:
    service = payment_service(stack, list_url=LIST_URL)
    secret = service.secrets["secret"]
    checkout(stack, payment_service=service)
    assert synthesize(stack).permissions("CheckoutChargeAudit") == {
        ("logs:CreateLogStream", "CheckoutChargeAuditLogs.Arn"),
        ("logs:PutLogEvents", "CheckoutChargeAuditLogs.Arn"),
        ("dynamodb:BatchGetItem", "CheckoutOrdersTable.Arn"),
        ("dynamodb:Scan", "CheckoutOrdersTable.Arn"),
        ("secretsmanager:GetSecretValue", secret.secret_arn),
    }


def test_it_keeps_the_memory_of_what_computes_against_its_timeout() -> None:
    template = template_of(audited)
    memory = {each["Handler"]: each["MemorySize"] for each in template.of_type(FUNCTION).values()}
    assert memory.pop("checkout_runtime.handlers.audit_charges.handler") == 512
    assert set(memory.values()) == {256}


def test_it_is_not_told_where_charges_are_made() -> None:
    told = template_of(audited).environment("CheckoutChargeAudit")
    assert set(told) == {
        "ORDER_TABLE_NAME",
        "AUDIT_PATIENCE_SECONDS",
        "PAYMENT_SERVICE_KIND",
        "PAYMENT_SERVICE_LIST_URL",
        "PAYMENT_SERVICE_SECRET_ARN",
        "PAYMENT_SERVICE_TIMEOUT_SECONDS",
    }
    assert told["PAYMENT_SERVICE_LIST_URL"] == LIST_URL
    assert (told["PAYMENT_SERVICE_KIND"], told["PAYMENT_SERVICE_TIMEOUT_SECONDS"]) == ("http", "10")


def test_it_compares_refunds_where_they_are_switched_on(stack: cdk.Stack) -> None:
    refund_url = "https://pay.example.com/refunds"
    checkout(
        stack, payment_service=payment_service(stack, list_url=LIST_URL, refund_url=refund_url)
    )
    told = synthesize(stack).environment("CheckoutChargeAudit")
    assert told["PAYMENT_SERVICE_REFUNDS"] == "true"
    assert "PAYMENT_SERVICE_REFUND_URL" not in told


def test_nobody_who_charges_is_told_where_charges_are_listed() -> None:
    template = template_of(audited)
    for part in ("CheckoutConsumer", "CheckoutReconciler"):
        assert "PAYMENT_SERVICE_LIST_URL" not in template.environment(part)


def test_stripe_lists_with_its_sdk_under_the_same_secret(stack: cdk.Stack) -> None:
    template = at_stripe(stack)
    told = template.environment("CheckoutChargeAudit")
    assert (told["PAYMENT_SERVICE_KIND"], told["PAYMENT_SERVICE_LIST_URL"]) == (
        "stripe",
        "https://api.stripe.com",
    )
    assert template.one(FUNCTION, "CheckoutChargeAudit")["Layers"]
    assert ("secretsmanager:GetSecretValue", SECRET) in template.permissions("CheckoutChargeAudit")


def test_stripes_charges_may_be_left_unlisted_where_checkouts_share_an_account(
    stack: cdk.Stack,
) -> None:
    assert checkout(stack, payment_service=stripe(stack, list_charges=False)).charge_audit is None


def test_it_runs_once_a_day_and_lambda_repeats_a_run_that_failed() -> None:
    template = template_of(audited)
    rule = template.one("AWS::Events::Rule", "CheckoutChargeAuditSchedule")
    assert (rule["ScheduleExpression"], rule["State"]) == ("cron(0 3 * * ? *)", "ENABLED")
    (target,) = rule["Targets"]
    assert target["Arn"] == template.arn(FUNCTION, "CheckoutChargeAudit")
    invoked = template.one("AWS::Lambda::EventInvokeConfig", "CheckoutChargeAudit")
    assert invoked["MaximumRetryAttempts"] == 2
    assert template.one(FUNCTION, "CheckoutChargeAudit")["Timeout"] == 15 * 60


@pytest.mark.parametrize("hours", [1, 72])
def test_it_waits_for_an_order_for_a_day_beyond_the_outage_that_is_ridden_out(
    hours: int, stack: cdk.Stack
) -> None:
    timing = CheckoutTiming(
        tolerated_outage=cdk.Duration.hours(hours), longest_retry=cdk.Duration.minutes(15)
    )
    service = payment_service(stack, list_url=LIST_URL, key_retention=cdk.Duration.days(7))
    checkout(stack, timing=timing, payment_service=service)
    told = synthesize(stack).environment("CheckoutChargeAudit")
    assert int(told["AUDIT_PATIENCE_SECONDS"]) == (hours + 24) * 60 * 60


def test_with_stripe_it_waits_for_as_long_as_an_intent_may_be_confirmed(stack: cdk.Stack) -> None:
    template = at_stripe(stack, charge_within=cdk.Duration.hours(48))
    told = template.environment("CheckoutChargeAudit")
    assert int(told["AUDIT_PATIENCE_SECONDS"]) == (1 + 48 + 24) * 60 * 60


def test_a_mismatch_is_alarmed_for_a_day_and_no_news_is_good_news() -> None:
    alarm = template_of(audited).one(ALARM, "CheckoutChargeAuditChargesDoNotMatch")
    assert (alarm["MetricName"], alarm["Statistic"]) == ("ChargeMismatches", "Sum")
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (
        1,
        "GreaterThanOrEqualToThreshold",
    )
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 24 * 60 * 60
    assert alarm["DatapointsToAlarm"] == 1
    assert alarm["TreatMissingData"] == "notBreaching"


def test_an_audit_that_was_not_finished_for_more_than_a_day_is_alarmed() -> None:
    alarm = template_of(audited).one(ALARM, "CheckoutChargeAuditChargeAuditSilent")
    hours = alarm["Period"] * alarm["EvaluationPeriods"] / 3600
    assert 26 <= hours <= 48, "a day from run to run, and time for Lambda's repetitions"
    assert alarm["DatapointsToAlarm"] == alarm["EvaluationPeriods"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "LessThanThreshold")
    assert alarm["TreatMissingData"] == "breaching"


@pytest.mark.parametrize(
    ("alarm", "runbook"),
    [("ChargesDoNotMatch", "charges-do-not-match"), ("ChargeAuditSilent", "charge-audit-silent")],
)
def test_each_alarm_of_the_audit_is_one_of_the_checkouts(
    alarm: str, runbook: str, stack: cdk.Stack
) -> None:
    made = audited(stack)
    assert made.charge_audit is not None
    assert set(made.charge_audit.alarms) < set(made.alarms)
    template = synthesize(stack)
    found = template.one(ALARM, f"CheckoutChargeAudit{alarm}")
    description = found["AlarmDescription"]
    assert re.fullmatch(rf".{{30,}}\. Runbook: docs/operate/runbooks/{runbook}\.md", description)
    assert (RUNBOOKS / f"{runbook}.md").is_file()
    topic = template.logical_id("AWS::SNS::Topic", "CheckoutAlarm")
    assert found["AlarmActions"] == [{"Ref": topic}]
    assert found["Period"] >= 3600
    assert found["Period"] * found["EvaluationPeriods"] <= MOST_SECONDS_OF_AN_ALARM
    metrics = {
        (each["MetricNamespace"], each["MetricName"])
        for filters in template.of_type(METRIC_FILTER).values()
        for each in filters["MetricTransformations"]
    }
    assert (found["Namespace"], found["MetricName"]) in metrics


def test_mismatches_are_a_metric_for_alarms_of_ones_own(stack: cdk.Stack) -> None:
    made = checkout(stack, payment_service=payment_service(stack, list_url=LIST_URL))
    metric = made.metric_charge_mismatches()
    assert (metric.namespace, metric.metric_name) == (made.metric_namespace, "ChargeMismatches")


def test_only_a_run_that_finished_counts_as_one() -> None:
    found = template_of(audited).one(METRIC_FILTER, "CheckoutChargeAuditChargeAuditsFinished")
    assert found["FilterPattern"] == ('{ ($.event = "charges_audited") && ($.finished IS TRUE) }')
    (transformation,) = found["MetricTransformations"]
    assert "DefaultValue" not in transformation


def test_the_rule_packs_find_nothing(stack: cdk.Stack) -> None:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    cdk.Validations.of(app).add_plugins(
        CheckoutPolicy(), AwsSolutionsChecks(app), PCIDSS321Checks(app)
    )
    audited(stack)


def test_a_table_of_ones_own_is_audited_too(stack: cdk.Stack) -> None:
    table = dynamodb.TableV2.from_table_attributes(
        stack,
        "Own",
        table_arn="arn:aws:dynamodb:us-east-1:111122223333:table/orders",
        table_stream_arn="arn:aws:dynamodb:us-east-1:111122223333:table/orders/stream/1",
    )
    audited(stack, order_table=table)
    permissions = synthesize(stack).permissions("CheckoutChargeAudit")
    assert ("dynamodb:Scan", "arn:aws:dynamodb:us-east-1:111122223333:table/orders") in permissions


@pytest.mark.parametrize("url", ["http://pay.example.com/list", "https://a@b/", "https://b/?x=1"])
def test_a_list_that_a_secret_may_not_be_sent_to_is_refused(url: str, stack: cdk.Stack) -> None:
    rows = payment_service(stack, list_url=url).requirements(CheckoutTiming())
    assert [each.property for each in rows if not each.holds] == ["payment_service.list_url"]
