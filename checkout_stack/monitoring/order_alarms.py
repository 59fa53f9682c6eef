"""The alarms on orders: how many need an operator, how old they are, whether anybody looks."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.monitoring.alarm import (
    COUNT_PERIOD,
    WHEN_IT_COMES_BACK,
    errors_alarm,
    make_alarm,
)
from checkout_stack.pipeline.reconciler import Reconciler

#: Runs that the reconciler may miss: one can fail, and a second is still no accident.
RUNS_UNTIL_SILENT = 3

_MORE_THAN = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_LESS_THAN = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


def order_alarms(
    scope: Construct,
    *,
    reconciler: Reconciler,
    timing: CheckoutTiming,
    topic: sns.ITopic,
) -> tuple[cloudwatch.Alarm, ...]:
    """Create below ``scope`` the alarms on the levels that the reconciler reports.

    A period is one interval of the reconciler, so that each holds one sample.
    """
    every = timing.reconcile_every
    return (
        _need_review(scope, reconciler, every, topic),
        _unsettled_too_long(scope, reconciler, timing, topic),
        _silent(scope, reconciler, every, topic),
    )


def reconciler_errors_alarm(
    scope: Construct, *, reconciler: Reconciler, timing: CheckoutTiming, topic: sns.ITopic
) -> cloudwatch.Alarm:
    """Create the alarm on runs that fail while others still report."""
    return errors_alarm(
        scope,
        "ReconcilerErrors",
        function=reconciler.function,
        meaning=(
            "Runs of the reconciler keep failing. Stuck orders may stay stuck, although some "
            "runs still report."
        ),
        runbook="reconciler-errors",
        topic=topic,
        # One run can fail; a second in three is no accident.
        window=WHEN_IT_COMES_BACK,
        period=max(COUNT_PERIOD, timing.reconcile_every, key=cdk.Duration.to_seconds),
    )


def _need_review(
    scope: Construct, reconciler: Reconciler, every: cdk.Duration, topic: sns.ITopic
) -> cloudwatch.Alarm:
    return make_alarm(
        scope,
        "OrdersNeedReview",
        metric=reconciler.orders_needing_review.metric(
            period=every, statistic=cloudwatch.Stats.MAXIMUM
        ),
        threshold=1,
        meaning=(
            "Only a person can tell whether these buyers were charged. No money moves until then."
        ),
        runbook="orders-need-review",
        # A silent reconciler has an alarm of its own; the orders have not gone away.
        missing=cloudwatch.TreatMissingData.IGNORE,
        topic=topic,
    )


def _unsettled_too_long(
    scope: Construct, reconciler: Reconciler, timing: CheckoutTiming, topic: sns.ITopic
) -> cloudwatch.Alarm:
    every = timing.reconcile_every
    # The tolerated outage or the time that a buyer may take to act, the age at which the
    # reconciler steps in, one run.
    too_long = (
        max(timing.tolerated_outage.to_seconds(), timing.customer_action_timeout.to_seconds())
        + timing.reconcile_after.to_seconds()
        + every.to_seconds()
    )
    return make_alarm(
        scope,
        "OrdersUnsettledTooLong",
        metric=reconciler.oldest_unsettled_seconds.metric(
            period=every, statistic=cloudwatch.Stats.MAXIMUM
        ),
        threshold=too_long,
        comparison=_MORE_THAN,
        meaning=(
            "An order is unsettled for longer than any retry or buyer explains. Its buyer "
            "has neither a confirmation nor a refusal."
        ),
        runbook="orders-unsettled-too-long",
        missing=cloudwatch.TreatMissingData.IGNORE,
        topic=topic,
    )


def _silent(
    scope: Construct, reconciler: Reconciler, every: cdk.Duration, topic: sns.ITopic
) -> cloudwatch.Alarm:
    silent_after = cdk.Duration.seconds(RUNS_UNTIL_SILENT * every.to_seconds())
    return make_alarm(
        scope,
        "ReconcilerSilent",
        # Any level of the report would do; this one has an alarm anyway, so it costs nothing more.
        metric=reconciler.oldest_unsettled_seconds.metric(
            period=silent_after, statistic=cloudwatch.Stats.SAMPLE_COUNT
        ),
        threshold=1,
        comparison=_LESS_THAN,
        meaning=(
            "The reconciler has not reported. Stuck orders stay stuck, and the alarms on "
            "orders no longer see them. Expected for some minutes after the first deploy."
        ),
        runbook="reconciler-silent",
        # Silence is what this alarm is about.
        missing=cloudwatch.TreatMissingData.BREACHING,
        topic=topic,
    )
