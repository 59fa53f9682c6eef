"""What the reconciler does about an order that did not settle in good time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.reconciliation import (
    LONGEST_PAUSE_SECONDS,
    MAX_RESENDS,
    CancelAction,
    LookUp,
    Peek,
    ReconcilePolicy,
    Resend,
    Review,
    Step,
    Wait,
)
from tests.checkout_runtime.factories import HOUR, NO_KEYS, NOW, POLICY, SECOND, new_order

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
        ({"status": OrderStatus.DECLINED}, NOW + 99 * HOUR, Wait(), Wait()),
        ({"status": OrderStatus.PAID}, NOW + 99 * HOUR, Wait(), Wait()),
        ({"status": OrderStatus.NEEDS_REVIEW}, NOW + 99 * HOUR, Wait(), Wait()),
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
    ],
)
def test_each_state_has_one_step(
    order: dict[str, Any], now: int, with_look_up: Step, without: Step
) -> None:
    assert LOOKS_UP.step_for(new_order(**order), now) == with_look_up
    assert BLIND.step_for(new_order(**order), now) == without


def test_a_service_that_honours_no_keys_and_cannot_be_asked_needs_a_person() -> None:
    policy = replace(BLIND, charge=NO_KEYS)
    assert isinstance(policy.step_for(new_order(**UNKNOWN), DUE), Review)


def test_resends_come_with_growing_pauses() -> None:
    pauses = []
    for resend in range(MAX_RESENDS):
        order = new_order(resend=resend, resent_at=NOW)
        due = next(
            second
            for second in range(0, LONGEST_PAUSE_SECONDS + 1, 10)
            if LOOKS_UP.step_for(order, NOW + second * SECOND) != Wait()
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
    assert policy.step_for(order, NOW + LONGEST_PAUSE_SECONDS * SECOND) != Wait()
