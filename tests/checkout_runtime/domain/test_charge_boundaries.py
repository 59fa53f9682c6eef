"""The rules for charges at their boundaries, to the millisecond."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import NeedsReview, NotRequested
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import (
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Unknown,
)
from checkout_runtime.domain.pauses import retry_delay_seconds
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.factories import HOUR, NO_KEYS, NOW, POLICY, SECOND, claimed_order

FIRST, REPEATED = claimed_order(1), claimed_order(2)
QUARANTINE = replace(POLICY, quarantine_before=NOW + 1)
LEASE = 2 * POLICY.lease_seconds * SECOND
PROCESSED = POLICY.processing_seconds * SECOND
SILENT = Unknown("timeout")
WORDLESS = Unknown("http_404", without_word=True)


@pytest.mark.parametrize(("left", "enough"), [(0, True), (-1, False)])
def test_a_turn_needs_its_whole_time(left: int, enough: bool) -> None:
    deadline = NOW + POLICY.turn_seconds * SECOND + left
    assert POLICY.has_time_for_turn(NOW, deadline) is enough


@pytest.mark.parametrize(
    ("policy", "found", "now", "may"),
    [
        (POLICY, None, NOW, True),
        (POLICY, NotFound(), NOW, True),
        (POLICY, WORDLESS, NOW, True),
        (POLICY, SILENT, NOW, False),
        (QUARANTINE, WORDLESS, NOW, False),
        (QUARANTINE, NotFound(), NOW, True),
        (POLICY, WORDLESS, NOW + 24 * HOUR, False),
    ],
)
def test_when_a_request_may_be_repeated_after_a_look_up(
    policy: ChargePolicy, found: NotFound | Unknown | None, now: int, may: bool
) -> None:
    assert policy.may_repeat_after(found, REPEATED, now) is may


@pytest.mark.parametrize(
    ("since", "ended"),
    [(None, False), (NOW - LEASE // 2, True), (NOW - LEASE // 2 + 1, False)],
)
def test_workers_of_earlier_attempts_have_ended_a_lease_after_them(
    since: int | None, ended: bool
) -> None:
    order = replace(REPEATED, unsettled_since=since)
    assert POLICY.have_earlier_workers_ended(order, NOW) is ended


@pytest.mark.parametrize(
    ("changes", "is_live"),
    [
        ({"lease_expires_at": NOW}, False),
        ({"lease_expires_at": NOW + 1}, True),
        ({"lease_expires_at": NOW + LEASE}, True),
        ({"lease_expires_at": NOW + LEASE + 1}, False),
        ({"lease_expires_at": None}, False),
        ({"lease_expires_at": NOW + 1, "status": OrderStatus.UNKNOWN}, False),
    ],
)
def test_a_lease_is_live_until_it_ends_unless_it_is_of_a_wrong_clock(
    changes: dict[str, Any], is_live: bool
) -> None:
    assert POLICY.is_lease_live(replace(FIRST, **changes), NOW) is is_live


@pytest.mark.parametrize(
    ("age", "stop"),
    [
        (PROCESSED - 1, NotRequested("was_processing")),
        (PROCESSED, NeedsReview("processing_too_long")),
    ],
)
def test_what_was_processing_is_never_requested(age: int, stop: NotRequested | NeedsReview) -> None:
    order = replace(FIRST, processing_since=NOW - age)
    assert POLICY.before_request(order, NOW, NotFound()) == stop


@pytest.mark.parametrize(
    ("policy", "claims", "answer", "looked_up", "decision"),
    [
        (NO_KEYS, 1, Declined("no"), False, Declined("no")),
        (NO_KEYS, 2, Declined("no"), False, Unknown("answer_to_a_repeated_request")),
        (NO_KEYS, 2, Declined("no"), True, Declined("no")),
        (POLICY, 2, Declined("no"), False, Declined("no")),
        (POLICY, 1, NotCharged("x"), False, Declined("x")),
        (POLICY, 1, NotCharged("x"), True, Unknown("not_charged_after_unknown:x")),
        (
            POLICY,
            2,
            NotCharged("x"),
            False,
            Unknown("not_charged_after_unknown:x", without_word=True),
        ),
    ],
)
def test_what_an_answer_means(
    policy: ChargePolicy, claims: int, answer: Outcome, looked_up: bool, decision: object
) -> None:
    order = replace(FIRST, attempt_claims=claims)
    assert policy.after_answer(order, answer, looked_up=looked_up) == decision


def test_a_charge_that_was_refunded_elsewhere_pays_nothing() -> None:
    order = replace(FIRST, refunded_charges=frozenset({"1:ch_1:4200:EUR"}))
    captured = Captured("ch_1", 4200, "EUR")
    decision = POLICY.after_answer(order, captured, looked_up=True)
    assert decision == Declined("refunded_elsewhere")


@pytest.mark.parametrize(("more", "too_long"), [(0, True), (-1, False)])
def test_a_day_of_silence_about_an_asynchronous_payment_is_too_long(
    more: int, too_long: bool
) -> None:
    assert POLICY.is_unasked_too_long(NOW, NOW + 24 * HOUR + more) is too_long


@pytest.mark.parametrize(
    ("before", "cleared", "is_held"),
    [(NOW + 1, 0, True), (NOW + 1, NOW, True), (NOW + 1, NOW + 1, False), (NOW, 0, False)],
)
def test_an_order_is_held_from_its_restore_until_it_is_released(
    before: int, cleared: int, is_held: bool
) -> None:
    policy = replace(POLICY, quarantine_before=before)
    assert policy.is_held(replace(FIRST, cleared_before=cleared)) is is_held


def test_before_the_first_try_the_pause_is_that_after_it() -> None:
    assert [retry_delay_seconds(5, 120, tries) for tries in (-1, 0, 1, 2)] == [5, 5, 5, 10]
