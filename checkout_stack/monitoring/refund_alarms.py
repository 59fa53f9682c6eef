"""The alarms on refunds: how many need an operator, and how old the oldest one is."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.monitoring.alarm import make_alarm
from checkout_stack.pipeline.reconciler import Reconciler

_RUNBOOK = "refunds-need-review"


def refund_alarms(
    scope: Construct, *, reconciler: Reconciler, timing: CheckoutTiming, topic: sns.ITopic
) -> tuple[cloudwatch.Alarm, ...]:
    """Create below ``scope`` the alarms on the levels of refunds that the reconciler reports."""
    every = timing.reconcile_every
    # The tolerated outage, the age at which the reconciler steps in, one run. A refund that the
    # payment service decides in days is none of those on their way.
    too_long = cdk.Duration.seconds(
        timing.tolerated_outage.to_seconds()
        + timing.reconcile_after.to_seconds()
        + every.to_seconds()
    )
    return (
        make_alarm(
            scope,
            "RefundsNeedReview",
            metric=reconciler.refunds_needing_review.metric(
                period=every, statistic=cloudwatch.Stats.MAXIMUM
            ),
            threshold=1,
            meaning=(
                "Only a person can tell whether this money went back. It is not asked for again "
                "until then, and what it took off its order stays taken off."
            ),
            runbook=_RUNBOOK,
            # A silent reconciler has an alarm of its own; the refunds have not gone away.
            missing=cloudwatch.TreatMissingData.IGNORE,
            topic=topic,
        ),
        make_alarm(
            scope,
            "RefundsUnsettledTooLong",
            metric=reconciler.oldest_refund_seconds.metric(
                period=every, statistic=cloudwatch.Stats.MAXIMUM
            ),
            threshold=too_long.to_seconds(),
            comparison=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            meaning=(
                "A refund is on its way for longer than any retry explains. A buyer waits for "
                "money."
            ),
            runbook=_RUNBOOK,
            missing=cloudwatch.TreatMissingData.IGNORE,
            topic=topic,
        ),
    )
