"""The alarm on money that is held: how many orders have a hold that ends within a day."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.monitoring.alarm import make_alarm
from checkout_stack.pipeline.reconciler import Reconciler


def hold_alarm(
    scope: Construct, *, reconciler: Reconciler, timing: CheckoutTiming, topic: sns.ITopic
) -> cloudwatch.Alarm:
    """Create below ``scope`` the alarm on holds that are about to lapse."""
    return make_alarm(
        scope,
        "HoldsLapsing",
        metric=reconciler.holds_lapsing.metric(
            period=timing.reconcile_every, statistic=cloudwatch.Stats.MAXIMUM
        ),
        threshold=1,
        meaning=(
            "Money that is held for an order is released within a day, and nobody has asked for "
            "it. What was shipped is then not paid for."
        ),
        runbook="holds-lapsing",
        # A silent reconciler has an alarm of its own; the holds have not gone away.
        missing=cloudwatch.TreatMissingData.IGNORE,
        topic=topic,
    )
