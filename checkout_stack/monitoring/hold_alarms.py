"""Alarms on money that is held: it lapses soon, too much of it was taken, or it stays blocked."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.monitoring.alarm import make_alarm, record_alarm
from checkout_stack.monitoring.log_metrics import CAPTURED_ANOTHER_AMOUNT, NOT_VOIDED, LogMetrics
from checkout_stack.pipeline.reconciler import Reconciler


def hold_alarms(
    scope: Construct,
    *,
    reconciler: Reconciler,
    timing: CheckoutTiming,
    log_metrics: LogMetrics,
    topic: sns.ITopic,
) -> tuple[cloudwatch.Alarm, ...]:
    """Create the alarms below ``scope``."""
    hours = timing.capture_reminder.to_seconds() / 3600
    lapsing = make_alarm(
        scope,
        "HoldsLapsing",
        metric=reconciler.holds_lapsing.metric(
            period=timing.reconcile_every, statistic=cloudwatch.Stats.MAXIMUM
        ),
        threshold=1,
        meaning=(
            f"Money that is held for an order is released within {hours:g} hours, and nobody has "
            "asked for it. What was shipped is then not paid for."
        ),
        runbook="holds-lapsing",
        # A silent reconciler has an alarm of its own; the holds have not gone away.
        missing=cloudwatch.TreatMissingData.IGNORE,
        topic=topic,
    )
    captured_another_amount = record_alarm(
        scope,
        "CapturedMoreThanAsked",
        log_metrics=log_metrics,
        record=CAPTURED_ANOTHER_AMOUNT,
        meaning=(
            "The payment service took another amount of a hold than was asked for: a buyer has "
            "paid too much, or the shop got too little. The order is PAID all the same."
        ),
        runbook="captured-more-than-asked",
        topic=topic,
    )
    not_voided = record_alarm(
        scope,
        "HoldsNotVoided",
        log_metrics=log_metrics,
        record=NOT_VOIDED,
        meaning=(
            "The payment service holds a buyer's money for an attempt that is over, and it could "
            "not be told to let it go. Nothing is bought with it, and nobody asks again."
        ),
        runbook="holds-not-voided",
        topic=topic,
    )
    return lapsing, captured_another_amount, not_voided
