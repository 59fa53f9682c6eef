"""What may be done about a claimed attempt, and what an answer means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import Mismatched, NeedsReview, NotRequested
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)
from checkout_runtime.domain.pauses import retry_delay_seconds
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.factories import HOUR, NO_KEYS, NOW, POLICY, SECOND, claimed_order

FIRST = claimed_order(claims=1)
SECOND_CLAIM = claimed_order(claims=2)
LATER = replace(SECOND_CLAIM, lease_expires_at=NOW + 1000 * HOUR)
"""A later claim whose lease is no matter."""
QUARANTINE = replace(POLICY, quarantine_before=NOW + 1)
LAST_SAFE = NOW + (24 * 60 * 60 - POLICY.lease_seconds - POLICY.payment_timeout_seconds) * SECOND


def test_the_first_claim_of_an_attempt_is_the_first_request() -> None:
    assert POLICY.is_first_request(FIRST)
    assert not POLICY.is_first_request(SECOND_CLAIM)


def test_no_request_of_an_order_from_a_backup_counts_as_the_first() -> None:
    assert not QUARANTINE.is_first_request(FIRST)
    assert replace(POLICY, quarantine_before=NOW).is_first_request(FIRST)


def test_retention_counts_from_the_first_claim_less_the_lease_and_the_payment_timeout() -> None:
    assert POLICY.may_repeat_request(LATER, LAST_SAFE - 1)
    assert not POLICY.may_repeat_request(LATER, LAST_SAFE)


def test_a_later_claim_does_not_prolong_retention() -> None:
    assert not POLICY.may_repeat_request(replace(LATER, attempt_claims=9), LAST_SAFE)


def test_nothing_may_be_repeated_where_keys_are_not_honoured() -> None:
    assert not NO_KEYS.may_repeat_request(SECOND_CLAIM, NOW)
    assert not NO_KEYS.may_repeat_request(replace(SECOND_CLAIM, first_claimed_at=None), NOW)


def test_retention_does_not_run_for_what_was_never_requested() -> None:
    unclaimed = replace(FIRST, first_claimed_at=None)
    assert POLICY.may_repeat_request(unclaimed, NOW + 1000 * HOUR)


def test_a_request_that_would_outlast_the_lease_is_not_sent() -> None:
    last = NOW + (POLICY.lease_seconds - POLICY.payment_timeout_seconds) * SECOND
    assert POLICY.before_request(FIRST, last, None) is None
    assert POLICY.before_request(FIRST, last + 1, None) == NotRequested("lease_too_short")
    without_lease = replace(FIRST, lease_expires_at=None)
    assert POLICY.before_request(without_lease, NOW, None) == NotRequested("lease_too_short")


@pytest.mark.parametrize("policy", [POLICY, NO_KEYS])
def test_the_first_request_needs_nobodys_permission(policy: Any) -> None:
    assert policy.before_request(FIRST, NOW, None) is None


@pytest.mark.parametrize("found", [None, NotFound()])
def test_a_key_that_is_still_honoured_may_be_repeated(found: NotFound | None) -> None:
    assert POLICY.before_request(LATER, LAST_SAFE - 1, found) is None


@pytest.mark.parametrize("found", [None, NotFound()])
def test_after_retention_an_operator_decides_about_what_nobody_knows(
    found: NotFound | None,
) -> None:
    assert POLICY.before_request(LATER, LAST_SAFE, found) == NeedsReview("key_retention_over")


@pytest.mark.parametrize(
    ("policy", "patience", "reason"),
    [(POLICY, 48 * HOUR, "key_retention_over"), (NO_KEYS, 24 * HOUR, "keys_not_honoured")],
)
def test_a_look_up_without_an_answer_is_asked_again_for_a_day_past_retention(
    policy: Any, patience: int, reason: str
) -> None:
    asked = NotRequested("look_up_unanswered:http_503")
    unanswered = Unknown("http_503")
    assert policy.before_request(LATER, NOW, unanswered) == asked
    assert policy.before_request(LATER, NOW + patience - 1, unanswered) == asked
    assert policy.before_request(LATER, NOW + patience, unanswered) == NeedsReview(reason)


def test_what_was_processing_once_is_never_requested_again() -> None:
    for order in (FIRST, SECOND_CLAIM):
        processing = replace(order, processing_since=NOW, lease_expires_at=NOW + 10_000 * HOUR)
        late = NOW + 21 * 24 * HOUR
        assert POLICY.before_request(processing, late - 1, NotFound()) == NotRequested(
            "was_processing"
        )
        assert POLICY.before_request(processing, late, NotFound()) == NeedsReview(
            "processing_too_long"
        )


def test_an_operators_release_starts_the_patience_with_a_payment_anew() -> None:
    order = replace(FIRST, processing_since=NOW, released_at=NOW + 24 * HOUR)
    assert not POLICY.is_processing_too_long(order, NOW + 22 * 24 * HOUR - 1)
    assert POLICY.is_processing_too_long(order, NOW + 22 * 24 * HOUR)
    assert not POLICY.is_processing_too_long(FIRST, NOW + 1000 * 24 * HOUR)


def test_a_payment_that_is_processed_is_looked_up_at_growing_pauses() -> None:
    order = replace(FIRST, processing_since=NOW)
    minutes = [
        (POLICY.next_look_up_at(order, NOW + passed) - NOW - passed) / 60_000
        for passed in (0, HOUR // 12, HOUR, 5 * HOUR, 100 * HOUR)
    ]
    assert minutes == [5, 5, 60, 300, 360]


def test_refusals_without_a_word_end_the_attempt_after_a_lease_and_an_operator_after_a_blip() -> (
    None
):
    refused = replace(SECOND_CLAIM, refused_since=NOW)
    lease, blip = POLICY.lease_seconds * SECOND, 15 * 60 * SECOND
    assert not POLICY.may_cancel_refused(refused, NOW + lease - 1)
    assert POLICY.may_cancel_refused(refused, NOW + lease)
    assert not POLICY.is_refused_for_good(refused, NOW + blip - 1)
    assert POLICY.is_refused_for_good(refused, NOW + blip)
    assert not POLICY.may_cancel_refused(FIRST, NOW + 1000 * HOUR)
    assert not POLICY.is_refused_for_good(FIRST, NOW + 1000 * HOUR)


def test_without_keys_and_look_up_a_second_request_is_a_persons_decision() -> None:
    assert NO_KEYS.before_request(LATER, NOW, None) == NeedsReview("keys_not_honoured")


def test_without_keys_not_found_frees_nothing_and_ends_with_an_operator() -> None:
    assert NO_KEYS.before_request(LATER, NOW + 24 * HOUR - 1, NotFound()) == NotRequested(
        "not_found"
    )
    assert NO_KEYS.before_request(LATER, NOW + 24 * HOUR, NotFound()) == NeedsReview("never_found")


def test_an_order_from_a_backup_is_not_requested_without_a_look_up() -> None:
    assert QUARANTINE.before_request(FIRST, NOW, None) == NeedsReview("restored_from_backup")


@given(
    st.integers(1, 5),
    st.integers(0, 60 * 60 * 1000),
    st.sampled_from([None, NotFound(), Unknown("x")]),
)
def test_without_keys_only_the_first_claim_ever_requests(
    claims: int, late: int, found: NotFound | Unknown | None
) -> None:
    order = replace(claimed_order(claims=claims), lease_expires_at=NOW + 1000 * HOUR)
    permitted = NO_KEYS.before_request(order, NOW + late, found) is None
    assert permitted == (claims == 1)


@pytest.mark.parametrize("looked_up", [True, False])
@pytest.mark.parametrize("order", [FIRST, SECOND_CLAIM])
@pytest.mark.parametrize("policy", [POLICY, NO_KEYS])
def test_proof_of_capture_counts_for_any_caller(policy: Any, order: Order, looked_up: bool) -> None:
    proof = Captured("ch_1", 4200, "EUR")
    assert policy.after_answer(order, proof, looked_up=looked_up) == proof


@pytest.mark.parametrize(
    "proof",
    [
        Captured("c", 4201, "EUR"),
        Captured("c", 0, "EUR"),
        Captured("c", 4200, "USD"),
        Captured("c", 4200, "eur"),
    ],
)
def test_a_capture_of_another_amount_or_currency_is_a_mismatch(proof: Captured) -> None:
    assert POLICY.after_answer(FIRST, proof, looked_up=False) == Mismatched(proof)


@pytest.mark.parametrize("looked_up", [True, False])
@pytest.mark.parametrize("order", [FIRST, SECOND_CLAIM])
def test_a_hold_counts_where_it_is_what_was_ordered(order: Order, looked_up: bool) -> None:
    hold = Authorized("ch_1", 4200, "EUR", NOW)
    assert POLICY.after_answer(order, hold, looked_up=looked_up) == hold
    for other in (replace(hold, amount=4201), replace(hold, currency="USD")):
        decision = POLICY.after_answer(order, other, looked_up=looked_up)
        assert decision == NeedsReview("hold_mismatch")


@pytest.mark.parametrize(
    "answer", [Declined("no_funds"), ActionRequired("https://bank/"), Processing()]
)
@pytest.mark.parametrize(
    ("policy", "order", "looked_up", "counts"),
    [
        (POLICY, FIRST, False, True),
        (POLICY, SECOND_CLAIM, False, True),
        (POLICY, SECOND_CLAIM, True, True),
        (NO_KEYS, FIRST, False, True),
        (NO_KEYS, SECOND_CLAIM, True, True),
        (NO_KEYS, SECOND_CLAIM, False, False),
    ],
)
def test_a_no_after_an_unknown_counts_only_by_look_up_or_under_an_honoured_key(
    policy: Any, order: Order, looked_up: bool, counts: bool, answer: Outcome
) -> None:
    decision = policy.after_answer(order, answer, looked_up=looked_up)
    assert decision == (answer if counts else Unknown("answer_to_a_repeated_request"))


def test_a_refused_request_is_a_decline_only_as_the_attempts_first() -> None:
    refused = NotCharged("http_400")
    assert POLICY.after_answer(FIRST, refused, looked_up=False) == Declined("http_400")
    for order, looked_up in [(SECOND_CLAIM, False), (SECOND_CLAIM, True), (FIRST, True)]:
        decision = POLICY.after_answer(order, refused, looked_up=looked_up)
        reason = "not_charged_after_unknown:http_400"
        assert decision == Unknown(reason, without_word=not looked_up)


@pytest.mark.parametrize("order", [FIRST, SECOND_CLAIM])
@pytest.mark.parametrize("policy", [POLICY, NO_KEYS])
@pytest.mark.parametrize("looked_up", [True, False])
def test_unknown_stays_unknown_and_keeps_its_reason(
    looked_up: bool, policy: ChargePolicy, order: Order
) -> None:
    answer = Unknown("http_404", without_word=True)
    assert policy.after_answer(order, answer, looked_up=looked_up) == answer


def test_a_key_that_is_honoured_for_a_second_is_honoured() -> None:
    assert replace(POLICY, key_retention_seconds=1).keys_are_honoured
    assert not NO_KEYS.keys_are_honoured


@pytest.mark.parametrize(
    ("changes", "waited_hours", "expected"),
    [
        ({"attempt_claims": 1}, 24, NeedsReview("never_tried")),
        ({"attempt_claims": 1, "accepted_at": NOW - 1}, 24, NeedsReview("restored_from_backup")),
        ({"attempt_claims": 1}, 24 - 1 / HOUR, None),
        ({"attempt_claims": 2}, 100, None),
        ({"attempt_claims": 1, "unsettled_since": None}, 100, None),
    ],
)
def test_what_nothing_was_requested_of_for_a_day_needs_an_operator(
    changes: dict[str, Any], waited_hours: float, expected: NeedsReview | None
) -> None:
    policy = replace(POLICY, quarantine_before=NOW)
    order = replace(FIRST, **changes)
    decision = NotRequested("left_to_queue")
    now = NOW + round(waited_hours * HOUR)
    assert policy.after_patience(order, decision, now) == (expected or decision)


@pytest.mark.parametrize(
    ("reason", "keys_hours", "patience_hours"),
    [
        ("earlier_attempt_unclear", 7 * 24, 7 * 24),
        ("earlier_attempt_unclear", 1, 24),
        ("earlier_attempt_unclear", 0, 24),
        ("earlier_attempt_open", 7 * 24, 24),
    ],
)
def test_an_outage_inside_the_keys_retention_calls_nobody_about_an_earlier_attempt(
    reason: str, keys_hours: int, patience_hours: int
) -> None:
    policy = replace(POLICY, key_retention_seconds=keys_hours * 60 * 60)
    decision, over = NotRequested(reason), NOW + patience_hours * HOUR
    assert policy.after_patience(FIRST, decision, over - 1) == decision
    assert policy.after_patience(FIRST, decision, over) == NeedsReview(reason)


@pytest.mark.parametrize(
    ("first_claimed_at", "action_deadline", "until"),
    [
        (NOW, None, NOW + 48 * HOUR),
        (NOW, NOW + HOUR, NOW + 25 * HOUR),
        (None, NOW + HOUR, NOW + 25 * HOUR),
    ],
)
def test_a_cancellation_is_tried_for_a_day_after_the_deadline_or_the_keys_retention(
    first_claimed_at: int | None, action_deadline: int | None, until: int
) -> None:
    order = replace(FIRST, first_claimed_at=first_claimed_at, action_deadline=action_deadline)
    assert POLICY.may_try_to_cancel(order, until - 1)
    assert not POLICY.may_try_to_cancel(order, until)


def test_what_was_never_claimed_needs_no_cancellation() -> None:
    order = replace(FIRST, first_claimed_at=None, action_deadline=None)
    assert not POLICY.may_try_to_cancel(order, NOW)


def test_patience_with_a_payment_that_is_processed_starts_anew_with_a_release() -> None:
    order = replace(FIRST, processing_since=NOW)
    patience = POLICY.processing_seconds * SECOND
    assert not POLICY.is_processing_too_long(order, NOW + patience - 1)
    assert POLICY.is_processing_too_long(order, NOW + patience)
    released = replace(order, released_at=NOW + HOUR)
    assert not POLICY.is_processing_too_long(released, NOW + HOUR + patience - 1)
    assert POLICY.is_processing_too_long(released, NOW + HOUR + patience)
    before = replace(order, released_at=NOW - HOUR)
    assert not POLICY.is_processing_too_long(before, NOW + patience - 1)
    assert not POLICY.is_processing_too_long(FIRST, NOW + 2 * patience)


def test_a_silent_look_up_ends_a_day_after_retention_or_after_a_release() -> None:
    silent = Unknown("http_503", unavailable=True)
    ends = NOW + 48 * HOUR
    review = NeedsReview("key_retention_over")
    assert isinstance(POLICY.before_request(LATER, ends - 1, silent), NotRequested)
    assert POLICY.before_request(LATER, ends, silent) == review
    for released_at, over in ((NOW + HOUR, ends), (ends, ends + 24 * HOUR)):
        released = replace(LATER, released_at=released_at)
        assert isinstance(POLICY.before_request(released, over - 1, silent), NotRequested)
        assert POLICY.before_request(released, over, silent) == review


def test_what_was_never_claimed_waits_for_its_look_up() -> None:
    order = replace(LATER, first_claimed_at=None)
    decision = POLICY.before_request(order, NOW + 100 * HOUR, Unknown("http_503"))
    assert decision == NotRequested("look_up_unanswered:http_503")


@pytest.mark.parametrize(
    ("policy", "order", "now", "expected"),
    [
        (POLICY, FIRST, NOW, None),
        (POLICY, FIRST, NOW + 48 * HOUR, "key_retention_over"),
        (NO_KEYS, FIRST, NOW, "keys_not_honoured"),
        (NO_KEYS, replace(FIRST, attempt_claims=0), NOW, None),
        (QUARANTINE, FIRST, NOW, "restored_from_backup"),
        (POLICY, replace(FIRST, processing_since=NOW), NOW + 1000 * HOUR, None),
    ],
)
def test_a_release_is_in_vain_where_a_worker_would_call_an_operator_again(
    policy: ChargePolicy, order: Order, now: int, expected: str | None
) -> None:
    in_review = replace(order, lease_expires_at=None)
    assert policy.why_not_released_unasked(in_review, now) == expected


def test_a_turn_holds_a_look_up_and_a_charge_and_more() -> None:
    assert POLICY.turn_seconds > 2 * POLICY.payment_timeout_seconds


@given(st.integers(1, 600), st.integers(1, 43_200), st.integers(-3, 10**6))
def test_retry_delays_grow_and_stay_in_bounds(first: int, longest: int, tries: int) -> None:
    delay = retry_delay_seconds(first, longest, tries)
    assert min(first, longest) <= delay <= longest
    assert delay <= retry_delay_seconds(first, longest, tries + 1)


def test_retry_delays_double() -> None:
    assert [retry_delay_seconds(5, 120, n) for n in range(1, 8)] == [5, 10, 20, 40, 80, 120, 120]
