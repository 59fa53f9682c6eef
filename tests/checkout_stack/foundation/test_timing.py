"""The durations derive from one another, and what cannot work is refused."""

import dataclasses
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from checkout_runtime.application.circuit_breaker import (
    FAILURES_TO_OPEN,
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    CircuitBreaker,
)
from checkout_stack import CheckoutTiming
from checkout_stack.foundation.timing import (
    FIRST_BREAKER_PAUSE_SECONDS,
    LONGEST_BREAKER_PAUSE_SECONDS,
)
from tests.checkout_stack.synthesized import checkout, synthesize

seconds, minutes, hours = cdk.Duration.seconds, cdk.Duration.minutes, cdk.Duration.hours


def violated(timing: CheckoutTiming) -> list[str]:
    return [each.property for each in timing.requirements() if not each.holds]


def test_the_defaults_hold() -> None:
    assert violated(CheckoutTiming()) == []


def test_the_visibility_timeout_is_six_consumer_timeouts() -> None:
    timing = CheckoutTiming(consumer_timeout=seconds(45))
    assert timing.visibility_timeout.to_seconds() == 6 * 45


def test_the_lease_is_the_consumer_timeout_and_the_skew() -> None:
    timing = CheckoutTiming(consumer_timeout=seconds(45), clock_skew=seconds(7))
    assert timing.lease.to_seconds() == 45 + 7


@pytest.mark.parametrize("outage", [minutes(10), hours(1), hours(6)])
@pytest.mark.parametrize("longest", [seconds(30), minutes(2), minutes(15)])
def test_the_waits_between_the_receives_add_up_to_the_outage_and_a_breakers_pause(
    outage: cdk.Duration, longest: cdk.Duration
) -> None:
    timing = CheckoutTiming(tolerated_outage=outage, longest_retry=longest)
    first, most = timing.first_retry.to_seconds(), longest.to_seconds()
    waits = [min(most, first * 2**each) for each in range(timing.max_receive_count - 1)]
    needed = outage.to_seconds() + LONGEST_PAUSE_SECONDS
    assert sum(waits) >= needed
    assert sum(waits[:-2]) < needed, "no more receives than that and one to spare"


def test_the_pauses_are_the_breakers() -> None:
    assert FIRST_BREAKER_PAUSE_SECONDS == FIRST_PAUSE_SECONDS
    assert LONGEST_BREAKER_PAUSE_SECONDS == LONGEST_PAUSE_SECONDS


@pytest.mark.parametrize("outage", [1, 7, 20, 61, 3600])
def test_no_breaker_pauses_longer_after_an_outage_than_is_reckoned_with(outage: int) -> None:
    breaker, now, ends = CircuitBreaker(), 0, outage * 1000
    for _ in range(FAILURES_TO_OPEN):
        breaker.record(available=False, now=now)
    longest = 0
    while now < ends:
        now += 100
        if breaker.permits(now) and now < ends:
            breaker.record(available=False, now=now)
    while not breaker.permits(now):
        now, longest = now + 100, longest + 100
    assert longest <= 1000 * min(
        LONGEST_BREAKER_PAUSE_SECONDS, outage + FIRST_BREAKER_PAUSE_SECONDS
    )


def test_a_short_outage_still_leaves_the_five_receives_of_awss_advice() -> None:
    assert CheckoutTiming(tolerated_outage=seconds(1)).max_receive_count == 5


@pytest.mark.parametrize(
    ("change", "prop"),
    [
        ({"consumer_timeout": seconds(0)}, "timing.consumer_timeout"),
        ({"consumer_timeout": seconds(901)}, "timing.consumer_timeout"),
        ({"clock_skew": seconds(0)}, "timing.clock_skew"),
        ({"first_retry": seconds(0)}, "timing.first_retry and timing.longest_retry"),
        ({"first_retry": minutes(3)}, "timing.first_retry and timing.longest_retry"),
        ({"longest_retry": hours(13)}, "timing.first_retry and timing.longest_retry"),
        ({"customer_action_timeout": seconds(59)}, "timing.customer_action_timeout"),
        ({"customer_action_timeout": cdk.Duration.days(31)}, "timing.customer_action_timeout"),
        ({"processing_patience": hours(23)}, "timing.processing_patience"),
        ({"processing_patience": cdk.Duration.days(91)}, "timing.processing_patience"),
        ({"capture_reminder": hours(1)}, "timing.capture_reminder"),
        ({"capture_reminder": cdk.Duration.days(31)}, "timing.capture_reminder"),
        ({"stuck_after": seconds(179)}, "timing.stuck_after"),
        ({"stuck_after": hours(13)}, "timing.stuck_after"),
        ({"stuck_after": cdk.Duration.millis(200_500)}, "timing.stuck_after"),
        ({"stuck_after": 300}, "timing.stuck_after"),
        ({"reconcile_every": seconds(90)}, "timing.reconcile_every"),
        ({"reconcile_every": seconds(30)}, "timing.reconcile_every"),
        ({"reconcile_every": hours(2)}, "timing.reconcile_every"),
        ({"clock_skew": cdk.Duration.millis(1500)}, "timing.clock_skew"),
        ({"consumer_timeout": cdk.Duration.millis(30_500)}, "timing.consumer_timeout"),
    ],
)
def test_a_duration_out_of_range_is_refused_by_name(change: dict[str, Any], prop: str) -> None:
    assert violated(CheckoutTiming(**change)) == [prop]


def test_an_order_is_stuck_after_two_visibility_timeouts_or_what_is_given() -> None:
    assert CheckoutTiming().reconcile_after.to_seconds() == 360
    assert CheckoutTiming(consumer_timeout=seconds(60)).reconcile_after.to_seconds() == 720
    sooner = CheckoutTiming(stuck_after=minutes(3))
    assert not violated(sooner)
    assert sooner.reconcile_after.to_seconds() == 180


def test_those_who_settle_know_how_long_an_order_may_be_processing(stack: cdk.Stack) -> None:
    checkout(stack, timing=CheckoutTiming(processing_patience=cdk.Duration.days(30)))
    template = synthesize(stack)
    for function in ("CheckoutConsumer", "CheckoutReconciler"):
        assert template.environment(function)["PROCESSING_PATIENCE_SECONDS"] == "2592000"


def test_those_who_settle_know_when_a_capture_is_announced_as_due(stack: cdk.Stack) -> None:
    checkout(stack, timing=CheckoutTiming(capture_reminder=cdk.Duration.days(2)))
    template = synthesize(stack)
    for function in ("CheckoutConsumer", "CheckoutReconciler"):
        assert template.environment(function)["CAPTURE_REMINDER_SECONDS"] == "172800"


def test_by_default_nobody_is_told_what_is_a_day_anyway() -> None:
    day = CheckoutTiming(capture_reminder=cdk.Duration.minutes(24 * 60))
    assert day.environment() == CheckoutTiming().environment()
    assert "CAPTURE_REMINDER_SECONDS" not in day.environment()


def test_an_outage_longer_than_the_queue_keeps_payments_is_refused() -> None:
    timing = CheckoutTiming(tolerated_outage=cdk.Duration.days(4), longest_retry=hours(1))
    assert violated(timing) == ["timing.tolerated_outage"]


def test_a_duration_not_known_at_synth_is_refused_because_others_are_computed_from_it() -> None:
    token = cdk.Token.as_number({"Ref": "Timeout"})
    assert violated(CheckoutTiming(consumer_timeout=seconds(token))) == ["timing.consumer_timeout"]


def test_more_receives_than_sqs_allows_are_refused() -> None:
    timing = CheckoutTiming(longest_retry=seconds(5), tolerated_outage=hours(3))
    assert violated(timing) == ["timing.max_receive_count"]
    most = CheckoutTiming(longest_retry=seconds(5), tolerated_outage=seconds(998 * 5 - 60))
    assert most.max_receive_count == 1000
    assert violated(most) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("outage_to_ride_out", "tolerated_outage"), ("action_patience", "customer_action_timeout")],
)
def test_an_old_name_is_still_accepted_with_a_warning(old: str, new: str) -> None:
    given = hours(2)
    old_names: dict[str, Any] = {old: given}
    with pytest.warns(DeprecationWarning, match=f"{old} is deprecated: write {new}") as warned:
        timing = CheckoutTiming(**old_names)
    assert [Path(each.filename) for each in warned] == [Path(__file__)]
    assert getattr(timing, new) is given
    with pytest.warns(DeprecationWarning, match=f"write {new}"):
        assert getattr(timing, old) is given
    later = dataclasses.replace(timing, **{new: hours(3)})
    assert getattr(later, new).to_hours() == 3


def test_a_duration_under_both_of_its_names_is_refused() -> None:
    both: dict[str, Any] = {"action_patience": hours(1), "customer_action_timeout": hours(1)}
    with pytest.raises(TypeError, match="give customer_action_timeout alone"):
        CheckoutTiming(**both)
