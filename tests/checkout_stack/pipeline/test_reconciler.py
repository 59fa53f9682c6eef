"""The reconciler runs on its schedule, and its gauge becomes metrics."""

import aws_cdk as cdk
import pytest

from checkout_stack import CheckoutTiming
from tests.checkout_stack.synthesized import (
    FUNCTION,
    METRIC_FILTER,
    Synthesized,
    checkout,
    synthesize,
)


def test_the_reconciler_is_started_at_its_interval(stack: cdk.Stack) -> None:
    checkout(stack, timing=CheckoutTiming(reconcile_every=cdk.Duration.minutes(7)))
    template = synthesize(stack)
    rule = template.one("AWS::Events::Rule", "CheckoutReconcilerSchedule")
    assert rule["ScheduleExpression"] == "rate(7 minutes)"
    assert rule["State"] == "ENABLED"
    (target,) = rule["Targets"]
    assert target["Arn"] == template.arn(FUNCTION, "CheckoutReconciler")


def test_the_reconciler_leaves_to_the_queue_what_a_redelivery_may_still_settle(
    example: Synthesized,
) -> None:
    environment = example.environment("CheckoutReconciler")
    visibility = CheckoutTiming().visibility_timeout.to_seconds()
    assert int(environment["RECONCILE_AFTER_SECONDS"]) >= 2 * visibility


def test_a_failed_run_is_not_repeated_because_the_next_one_comes(example: Synthesized) -> None:
    configuration = example.one("AWS::Lambda::EventInvokeConfig", "CheckoutReconciler")
    assert configuration["MaximumRetryAttempts"] == 0


def test_the_reconciler_is_told_what_the_consumer_is_told_and_when_to_step_in(
    example: Synthesized,
) -> None:
    consumer = example.environment("CheckoutConsumer")
    reconciler = example.environment("CheckoutReconciler")
    assert reconciler.items() >= consumer.items()
    assert set(reconciler) - set(consumer) == {"RECONCILE_AFTER_SECONDS"}


@pytest.mark.parametrize(
    ("field", "metric"),
    [
        ("orders_unsettled", "OrdersUnsettled"),
        ("oldest_unsettled_seconds", "OldestUnsettledSeconds"),
        ("orders_needing_review", "OrdersNeedingReview"),
    ],
)
def test_each_field_of_the_gauge_is_a_metric_of_this_checkout_alone(
    field: str, metric: str, example: Synthesized
) -> None:
    found = example.one(METRIC_FILTER, f"CheckoutReconciler{metric}")
    assert found["FilterPattern"] == '{ $.event = "checkout_gauge" }'
    assert found["LogGroupName"] == {
        "Ref": example.logical_id("AWS::Logs::LogGroup", "CheckoutReconciler")
    }
    (transformation,) = found["MetricTransformations"]
    assert transformation == {
        "MetricNamespace": "IdempotentCheckout/CheckoutStack/Checkout",
        "MetricName": metric,
        "MetricValue": f"$.{field}",
    }


def test_a_record_that_is_no_gauge_adds_no_sample(example: Synthesized) -> None:
    for found in example.of_type(METRIC_FILTER).values():
        for transformation in found["MetricTransformations"]:
            assert "DefaultValue" not in transformation


def test_the_reconciler_may_query_the_index_read_and_update_orders_resend_and_look_up(
    example: Synthesized,
) -> None:
    assert example.permissions("CheckoutReconciler") == {
        ("logs:CreateLogStream", "CheckoutReconcilerLogs.Arn"),
        ("logs:PutLogEvents", "CheckoutReconcilerLogs.Arn"),
        ("dynamodb:Query", "CheckoutOrdersTable.Arn/index/unsettled"),
        ("dynamodb:BatchGetItem", "CheckoutOrdersTable.Arn"),
        ("dynamodb:GetItem", "CheckoutOrdersTable.Arn"),
        ("dynamodb:UpdateItem", "CheckoutOrdersTable.Arn"),
        ("sqs:SendMessage", "CheckoutPaymentsQueue.Arn"),
        ("secretsmanager:GetSecretValue", "PaymentSecret"),
    }
