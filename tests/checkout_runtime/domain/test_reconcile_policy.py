"""What the reconciler does about an order that did not settle in good time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.reconciliation import (
    LONGEST_PAUSE_SECONDS,
    MAX_RESENDS,
    CancelAction,
    Expire,
    LookUp,
    Peek,
    ReconcilePolicy,
    RemindToCapture,
    Resend,
    Review,
    Step,
    Wait,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.factories import HOUR, NO_KEYS, NOW, POLICY, SECOND, SERVICE, new_order

AFTER = 360
DUE = NOW + AFTER * SECOND
LOOKS_UP = ReconcilePolicy(charge=POLICY, reconcile_after_seconds=AFTER, can_look_up=True)
BLIND = replace(LOOKS_UP, can_look_up=False)
CHARGING: dict[str, Any] = {
    "status": OrderStatus.CHARGING,
    "first_claimed_at": NOW,
    "lease_expires_at": NOW + 40 * SECOND,
}
UNKNOWN: dict[str, Any] = {"status": OrderStatus.UNKNOWN, "first_claimed_at": NOW}
PROCESSING: dict[str, Any] = {"status": OrderStatus.PROCESSING, "processing_since": NOW}
DECLINED: dict[str, Any] = {"status": OrderStatus.DECLINED}
PROCESSED = NOW + POLICY.processing_seconds * SECOND


@pytest.mark.parametrize(
    ("order", "now", "with_look_up", "without"),
    [
        ({}, DUE - 1, Wait(), Wait()),
        ({}, DUE, Resend(), Resend()),
        ({"resend": MAX_RESENDS}, NOW + 99 * HOUR, Review("never_tried"), Review("never_tried")),
        (CHARGING, DUE, LookUp(), Resend()),
        ({**CHARGING, "lease_expires_at": DUE + 1}, DUE, Wait(), Wait()),
        ({**CHARGING, "lease_expires_at": DUE}, DUE, LookUp(), Resend()),
        (CHARGING, NOW + 25 * HOUR, LookUp(), Review("key_retention_over")),
        (UNKNOWN, DUE - 1, Wait(), Wait()),
        (UNKNOWN, DUE, LookUp(), Resend()),
        (UNKNOWN, NOW + 25 * HOUR, LookUp(), Review("key_retention_over")),
        ({**UNKNOWN, "resend": MAX_RESENDS}, NOW + 9 * HOUR, LookUp(), Review("resends_used_up")),
        ({**UNKNOWN, "resent_at": DUE}, DUE, Wait(), Wait()),
        ({"accepted_at": NOW - HOUR}, DUE - 1, Wait(), Wait()),
        ({"unsettled_since": None}, DUE - 1, Wait(), Wait()),
        ({"unsettled_since": None}, DUE, Resend(), Resend()),
        ({**PROCESSING, "next_look_up_at": DUE + 1}, DUE, Wait(), Wait()),
        ({**PROCESSING, "next_look_up_at": DUE}, DUE, Peek(), Wait()),
        (PROCESSING, NOW, Peek(), Wait()),
        (PROCESSING, PROCESSED - 1, Peek(), Wait()),
        (PROCESSING, PROCESSED, Peek(), Review("processing_too_long")),
        # The key of the request is forgotten; a hold is captured under another.
        ({**UNKNOWN, "capture_before": NOW}, NOW + 25 * HOUR, LookUp(), Resend()),
        ({"status": OrderStatus.AUTHORIZED, "next_look_up_at": DUE + 1}, DUE, Wait(), Wait()),
        # Nobody stored when it is to be looked after.
        ({"status": OrderStatus.AUTHORIZED}, NOW, RemindToCapture(), RemindToCapture()),
        ({"status": OrderStatus.DECLINED}, NOW + 99 * HOUR, Wait(), Wait()),
        ({"status": OrderStatus.PAID}, NOW + 99 * HOUR, Wait(), Wait()),
        ({"status": OrderStatus.NEEDS_REVIEW}, NOW + 99 * HOUR, Wait(), Wait()),
        # What a later version of this code left, only that version knows how to go on with.
        ({"status": OrderStatus.NEWER}, NOW + 99 * HOUR, Wait(), Wait()),
        (
            {"status": OrderStatus.ACTION_REQUIRED, "action_deadline": DUE + 1},
            DUE,
            Peek(),
            Wait(),
        ),
        (
            {"status": OrderStatus.ACTION_REQUIRED, "action_deadline": DUE},
            DUE,
            CancelAction(),
            CancelAction(),
        ),
        ({"status": OrderStatus.ACTION_REQUIRED}, DUE, CancelAction(), CancelAction()),
        (
            {
                "status": OrderStatus.ACTION_REQUIRED,
                "action_deadline": DUE + 1,
                "cancel_asked_at": NOW,
            },
            DUE,
            LookUp(),
            Wait(),
        ),
        (
            {
                "status": OrderStatus.ACTION_REQUIRED,
                "action_deadline": DUE,
                "cancel_asked_at": NOW,
            },
            DUE,
            CancelAction(),
            CancelAction(),
        ),
    ],
)
def test_each_state_has_one_step(
    order: dict[str, Any], now: int, with_look_up: Step, without: Step
) -> None:
    assert LOOKS_UP.step_for(new_order(**order), now, SERVICE) == with_look_up
    assert BLIND.step_for(new_order(**order), now, SERVICE) == without


@pytest.mark.parametrize(
    ("order", "now", "step"),
    [
        ({}, DUE + HOUR - 1, Resend()),
        ({}, DUE + HOUR, Expire()),
        ({"unsettled_since": None}, DUE + HOUR, Expire()),
        ({"unsettled_since": NOW + 1}, DUE + HOUR, Resend()),
        ({"attempt_claims": 1}, DUE + HOUR, Resend()),
        (UNKNOWN, DUE + HOUR, LookUp()),
        # It came out of a backup: somebody may have tried it since.
        ({"accepted_at": NOW - 1}, DUE + HOUR, Resend()),
        ({**DECLINED, "expires_at": DUE, "unsettled_since": DUE}, DUE - 1, Wait()),
        ({**DECLINED, "expires_at": DUE, "unsettled_since": DUE}, DUE, Expire()),
        # What it owes is announced first.
        ({**DECLINED, "expires_at": DUE}, DUE, Wait()),
    ],
)
def test_an_order_that_nobody_paid_expires_at_its_time(
    order: dict[str, Any], now: int, step: Step
) -> None:
    charge = replace(POLICY, quarantine_before=NOW)
    policy = replace(LOOKS_UP, charge=charge, expires_after_seconds=AFTER + 60 * 60)
    assert policy.step_for(new_order(**order), now, SERVICE) == step


@pytest.mark.parametrize("policy", [LOOKS_UP, BLIND], ids=["looks up", "blind"])
@pytest.mark.parametrize(
    "order",
    [
        CHARGING,
        UNKNOWN,
        {"status": OrderStatus.ACTION_REQUIRED, "action_deadline": NOW + 99 * HOUR},
        {"status": OrderStatus.PROCESSING, "next_look_up_at": NOW + 99 * HOUR},
    ],
)
def test_an_attempt_of_another_service_stops_at_the_first_look(
    order: dict[str, Any], policy: ReconcilePolicy
) -> None:
    of_another = new_order(**order, payment_service="another")
    now = NOW + 41 * SECOND
    assert policy.step_for(of_another, now, SERVICE) == Review("other_service")


def test_a_worker_of_another_service_is_not_interrupted() -> None:
    of_another = new_order(**CHARGING, payment_service="another")
    assert LOOKS_UP.step_for(of_another, NOW, SERVICE) == Wait()


def test_a_service_that_honours_no_keys_and_cannot_be_asked_needs_a_person() -> None:
    policy = replace(BLIND, charge=NO_KEYS)
    assert isinstance(policy.step_for(new_order(**UNKNOWN), DUE, SERVICE), Review)


def test_resends_come_with_growing_pauses() -> None:
    pauses = []
    for resend in range(MAX_RESENDS):
        order = new_order(resend=resend, resent_at=NOW)
        due = next(
            second
            for second in range(0, LONGEST_PAUSE_SECONDS + 1, 10)
            if LOOKS_UP.step_for(order, NOW + second * SECOND, SERVICE) != Wait()
        )
        pauses.append(due)
    assert pauses[:4] == [360, 720, 1440, 2880]
    assert set(pauses[4:]) == {LONGEST_PAUSE_SECONDS}


@given(
    st.sampled_from([OrderStatus.PENDING, OrderStatus.UNKNOWN, OrderStatus.CHARGING]),
    st.integers(0, MAX_RESENDS + 5),
    st.booleans(),
    st.sampled_from([POLICY, NO_KEYS]),
)
def test_no_unsettled_order_waits_for_ever(
    status: OrderStatus, resend: int, can_look_up: bool, charge: Any
) -> None:
    policy = ReconcilePolicy(charge=charge, reconcile_after_seconds=AFTER, can_look_up=can_look_up)
    order = new_order(
        status=status, resend=resend, resent_at=NOW, first_claimed_at=NOW, lease_expires_at=NOW
    )
    assert policy.step_for(order, NOW + LONGEST_PAUSE_SECONDS * SECOND, SERVICE) != Wait()
