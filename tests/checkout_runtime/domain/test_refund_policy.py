"""What an answer means for a refund, and which step of the reconciler is due."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.domain.outcomes import Unknown
from checkout_runtime.domain.reconciliation import (
    LONGEST_PAUSE_SECONDS,
    MAX_RESENDS,
    LookUp,
    Peek,
    Resend,
    Review,
    Step,
    Wait,
)
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundRequest, RefundStatus
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    RefundAnswer,
    Refunded,
    RefundMismatched,
    RefundPending,
)
from checkout_runtime.domain.refund_policy import RefundPolicy
from tests.checkout_runtime.factories import HOUR, NO_KEYS, NOW, POLICY, SECOND, SERVICE

ASKABLE = RefundPolicy(POLICY, can_look_up=True)
BLIND = RefundPolicy(POLICY, can_look_up=False)
PATIENCE = 360
DUE = NOW + PATIENCE * SECOND
LEASE = 2 * POLICY.lease_seconds * SECOND
PROCESSED = NOW + POLICY.processing_seconds * SECOND
UNKNOWN: dict[str, Any] = {"status": RefundStatus.UNKNOWN, "first_claimed_at": NOW}
REFUNDING: dict[str, Any] = {**UNKNOWN, "status": RefundStatus.REFUNDING, "lease_expires_at": DUE}
PROCESSING: dict[str, Any] = {"status": RefundStatus.PROCESSING, "processing_since": NOW}


def refund(**changes: Any) -> Refund:
    """A refund that was accepted now."""
    requested = RefundStatus.REQUESTED
    new = Refund("op_a", "ord_a", requested, 1200, "EUR", "ch_1", NOW, NOW, "ops")
    return replace(new, **{"payment_service": SERVICE, **changes})


@pytest.mark.parametrize(
    ("changes", "now", "with_look_up", "without"),
    [
        ({}, DUE - 1, Wait(), Wait()),
        ({}, DUE, Resend(), Resend()),
        ({"resent_at": NOW + 1}, DUE, Wait(), Wait()),
        ({"resent_at": NOW + 1}, DUE + 1, Resend(), Resend()),
        ({"resend": 1}, DUE + PATIENCE * SECOND - 1, Wait(), Wait()),
        ({"resend": 1}, DUE + PATIENCE * SECOND, Resend(), Resend()),
        ({"resend": 9}, NOW + LONGEST_PAUSE_SECONDS * SECOND - 1, Wait(), Wait()),
        ({"resend": 9}, NOW + LONGEST_PAUSE_SECONDS * SECOND, Resend(), Resend()),
        ({"resend": MAX_RESENDS - 1}, NOW + 9 * HOUR, Resend(), Resend()),
        ({"resend": MAX_RESENDS}, NOW + 9 * HOUR, Review("never_tried"), Review("never_tried")),
        (UNKNOWN, DUE - 1, Wait(), Wait()),
        (UNKNOWN, DUE, LookUp(), Resend()),
        (UNKNOWN, NOW + 25 * HOUR, LookUp(), Review("key_retention_over")),
        ({**UNKNOWN, "resend": MAX_RESENDS}, NOW + 9 * HOUR, LookUp(), Review("resends_used_up")),
        ({**UNKNOWN, "lease_expires_at": DUE + 1}, DUE, LookUp(), Resend()),
        ({**REFUNDING, "lease_expires_at": None}, DUE, LookUp(), Resend()),
        ({**REFUNDING, "lease_expires_at": DUE}, DUE, LookUp(), Resend()),
        ({**REFUNDING, "lease_expires_at": DUE + 1}, DUE, Wait(), Wait()),
        ({**REFUNDING, "lease_expires_at": DUE + LEASE}, DUE, Wait(), Wait()),
        ({**REFUNDING, "lease_expires_at": DUE + LEASE + 1}, DUE, LookUp(), Resend()),
        (PROCESSING, NOW, Peek(), Wait()),
        (PROCESSING, PROCESSED - 1, Peek(), Wait()),
        (PROCESSING, PROCESSED, Peek(), Review("processing_too_long")),
        ({"status": RefundStatus.REFUNDED}, NOW + 99 * HOUR, Wait(), Wait()),
        ({"status": RefundStatus.NOT_REFUNDED}, NOW + 99 * HOUR, Wait(), Wait()),
        ({"status": RefundStatus.NEEDS_REVIEW}, NOW + 99 * HOUR, Wait(), Wait()),
        ({"status": RefundStatus.NEWER}, NOW + 99 * HOUR, Wait(), Wait()),
    ],
)
def test_the_step_that_is_due(
    changes: dict[str, Any], now: int, with_look_up: Step, without: Step
) -> None:
    due = refund(**changes)
    assert ASKABLE.step_for(due, now, SERVICE, patience_seconds=PATIENCE) == with_look_up
    assert BLIND.step_for(due, now, SERVICE, patience_seconds=PATIENCE) == without


def test_a_patience_beyond_the_longest_pause_is_kept() -> None:
    patience = LONGEST_PAUSE_SECONDS + 1
    due = NOW + patience * SECOND
    assert ASKABLE.step_for(refund(), due - 1, SERVICE, patience_seconds=patience) == Wait()
    assert ASKABLE.step_for(refund(), due, SERVICE, patience_seconds=patience) == Resend()


def test_another_services_charge_is_an_operators_at_once() -> None:
    step = ASKABLE.step_for(refund(), NOW, "another", patience_seconds=PATIENCE)
    assert step == Review("other_service")


@pytest.mark.parametrize(
    ("answer", "decision"),
    [
        (Refunded("re_1", 1200, "EUR"), Refunded("re_1", 1200, "EUR")),
        (Refunded("re_1", 1201, "EUR"), RefundMismatched(Refunded("re_1", 1201, "EUR"))),
        (Refunded("re_1", 1200, "USD"), RefundMismatched(Refunded("re_1", 1200, "USD"))),
        (Unknown("timeout"), Unknown("timeout")),
        (NotRefunded("no"), Unknown("answer_to_a_repeated_request")),
        (RefundPending("re_1"), Unknown("answer_to_a_repeated_request")),
    ],
)
def test_what_an_answer_to_a_repeated_request_means_where_no_key_is_honoured(
    answer: RefundAnswer, decision: object
) -> None:
    policy = RefundPolicy(NO_KEYS, can_look_up=False)
    repeated = refund(attempt_claims=2)
    assert policy.after_answer(repeated, answer, looked_up=False) == decision


@pytest.mark.parametrize(
    ("policy", "claims", "looked_up"),
    [(NO_KEYS, 1, False), (NO_KEYS, 2, True), (POLICY, 2, False)],
)
def test_a_no_counts_to_a_first_request_under_a_key_and_from_a_look_up(
    policy: Any, claims: int, looked_up: bool
) -> None:
    rules, claimed = RefundPolicy(policy, can_look_up=True), refund(attempt_claims=claims)
    no = NotRefunded("no")
    assert rules.after_answer(claimed, no, looked_up=looked_up) == no


@pytest.mark.parametrize(
    ("changes", "request_", "same"),
    [
        ({"asked_amount": 1200}, RefundRequest(1200), True),
        ({"asked_amount": 1200}, RefundRequest(1200, "ch_1", "other words"), True),
        ({"asked_amount": 1200}, RefundRequest(1201), False),
        ({"asked_amount": 1200}, RefundRequest(None), False),
        ({}, RefundRequest(None, "ch_2"), False),
        ({"stray": "ch_1:1200:EUR"}, RefundRequest(None, "ch_1"), True),
        ({"stray": "ch_1:1200:EUR"}, RefundRequest(None), False),
    ],
)
def test_a_key_asks_for_the_same_money_or_for_another_refund(
    changes: dict[str, Any], request_: RefundRequest, same: bool
) -> None:
    assert refund(**changes).is_asked_for_by(request_) is same


@pytest.mark.parametrize(
    ("stored", "reference", "service", "is_ours"),
    [
        (SERVICE, None, SERVICE, True),
        (None, None, SERVICE, True),
        ("another", None, SERVICE, False),
        # As an older version stored a given name, without its kind.
        ("acme", "pi_1", "stripe:live:acme", True),
        ("acme", None, "stripe:live:acme", False),
        ("acme", None, "http:acme", True),
        ("acme", "pi_1", "http:acme", False),
    ],
)
def test_a_refund_is_of_the_service_that_charged(
    stored: str | None, reference: str | None, service: str, is_ours: bool
) -> None:
    charged = refund(payment_service=stored, payment_reference=reference)
    assert charged.is_of(service) is is_ours


def test_what_a_log_record_says_of_a_refund() -> None:
    assert refund().log_fields == {"order_id": "ord_a", "refund_id": "op_a"}
