"""The alarms of a checkout that announces outcomes: nobody was told, or the bus refuses events."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.monitoring.alarm import WHEN_IT_COMES_BACK, make_alarm, record_alarm
from checkout_stack.monitoring.log_metrics import ANNOUNCEMENTS_FAILED, LogMetrics
from checkout_stack.pipeline.reconciler import Reconciler

#: Runs of the reconciler that may fail to announce what is overdue before anybody is called.
RUNS_UNTIL_PENDING_TOO_LONG = 3


def announcement_alarms(
    scope: Construct,
    *,
    reconciler: Reconciler,
    timing: CheckoutTiming,
    log_metrics: LogMetrics,
    topic: sns.ITopic,
    with_causes: bool,
) -> tuple[cloudwatch.Alarm, ...]:
    """Create below ``scope`` the alarm on outcomes that nobody was told of, and on its cause.

    :param with_causes: Whether the cause has an alarm too.
    """
    pending = _pending(scope, reconciler, timing, topic)
    return (pending, _failed(scope, log_metrics, topic)) if with_causes else (pending,)


def _pending(
    scope: Construct, reconciler: Reconciler, timing: CheckoutTiming, topic: sns.ITopic
) -> cloudwatch.Alarm:
    every = timing.reconcile_every
    # The age at which the reconciler announces what the relay did not, and runs that may fail.
    too_long = (
        timing.reconcile_after.to_seconds() + RUNS_UNTIL_PENDING_TOO_LONG * every.to_seconds()
    )
    return make_alarm(
        scope,
        "AnnouncementsPending",
        metric=reconciler.oldest_announcement_seconds.metric(
            period=every, statistic=cloudwatch.Stats.MAXIMUM
        ),
        threshold=too_long,
        comparison=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        meaning=(
            "Orders were paid or declined, and the event bus was not told for longer than any "
            "retry explains. Whoever ships or mails waits; no payment does."
        ),
        runbook="announcements-pending",
        # A silent reconciler has an alarm of its own; what is owed has not gone away.
        missing=cloudwatch.TreatMissingData.IGNORE,
        topic=topic,
    )


def _failed(scope: Construct, log_metrics: LogMetrics, topic: sns.ITopic) -> cloudwatch.Alarm:
    return record_alarm(
        scope,
        "AnnouncementsFailed",
        log_metrics=log_metrics,
        record=ANNOUNCEMENTS_FAILED,
        meaning=(
            "The event bus keeps refusing events. They are kept and tried again; whoever ships or "
            "mails hears of these orders late."
        ),
        runbook="announcements-failed",
        topic=topic,
        # The reconciler tries again what failed once.
        window=WHEN_IT_COMES_BACK,
    )
