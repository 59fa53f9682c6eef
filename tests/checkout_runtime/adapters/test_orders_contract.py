"""What every order table does: each method in each state, on the model and on the local AWS."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from checkout_runtime.application.order_records import Changed, NotChanged, Verdict, VerdictKind
from checkout_runtime.domain.order import Order, OrderLine, OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import (
    CHARGE,
    HOLD,
    IN_STATE,
    LEASE,
    OrderStore,
    claim,
    placed,
    stored_order,
)
from tests.checkout_runtime.factories import BUYER, NOW, SERVICE, new_order
from tests.slices import sliced

S = OrderStatus
Method = Callable[[OrderStore, Order], Any]

PAID_VERDICT = Verdict("operator", "seen at the bank", VerdictKind.PAID, "ch_9")
DECLINED_VERDICT = Verdict("operator", "cancelled there", VerdictKind.DECLINED)
METHODS: dict[str, tuple[Method, dict[OrderStatus, OrderStatus]]] = {
    "accept": (
        lambda store, order: store.accept(
            replace(order, status=S.PENDING, attempt=1, unsettled_since=NOW)
        ),
        {},
    ),
    "start_attempt": (
        lambda store, order: store.start_attempt(
            order.order_id,
            BUYER,
            replaces=order.attempt,
            payment_method="pm_2",
            max_attempts=5,
            now=NOW,
        ),
        {S.DECLINED: S.PENDING},
    ),
    "resume": (
        lambda store, order: store.resume(order.order_id, BUYER, order.attempt, NOW),
        {S.ACTION_REQUIRED: S.UNKNOWN},
    ),
    "release": (
        lambda store, order: store.release(order, NOW),
        {S.NEEDS_REVIEW: S.UNKNOWN},
    ),
    "claim": (
        lambda store, order: store.claim(
            order.order_id,
            order.attempt,
            claim_id="next",
            now=NOW,
            service=SERVICE,
            lease_expires_at=NOW + LEASE,
        ),
        {S.PENDING: S.CHARGING, S.UNKNOWN: S.CHARGING},
    ),
    "claim to look up": (
        lambda store, order: store.claim(
            order.order_id,
            order.attempt,
            claim_id="next",
            now=NOW,
            lease_expires_at=NOW + LEASE,
            service=SERVICE,
            to_look_up=True,
        ),
        {S.PENDING: S.CHARGING, S.UNKNOWN: S.CHARGING, S.ACTION_REQUIRED: S.CHARGING},
    ),
    "record_decline": (
        lambda store, order: store.record_decline(order, "stolen", NOW),
        {S.CHARGING: S.DECLINED, S.PROCESSING: S.DECLINED},
    ),
    "record_unknown": (
        lambda store, order: store.record_unknown(order, NOW),
        {S.CHARGING: S.UNKNOWN},
    ),
    "record_action_required": (
        lambda store, order: store.record_action_required(order, None, NOW, NOW),
        {S.CHARGING: S.ACTION_REQUIRED, S.PROCESSING: S.ACTION_REQUIRED},
    ),
    "record_review": (
        lambda store, order: store.record_review(order, "other", NOW),
        {
            S.CHARGING: S.NEEDS_REVIEW,
            S.PROCESSING: S.NEEDS_REVIEW,
            S.AUTHORIZED: S.NEEDS_REVIEW,
        },
    ),
    "ask to capture": (
        lambda store, order: store.holds.ask_to_capture(order, 4200, "shop", NOW),
        {S.AUTHORIZED: S.UNKNOWN},
    ),
    "record_authorized": (
        lambda store, order: store.holds.record_authorized(order, HOLD, NOW + LEASE, NOW + 1),
        {S.CHARGING: S.AUTHORIZED, S.PROCESSING: S.AUTHORIZED, S.AUTHORIZED: S.AUTHORIZED},
    ),
    "record_ended": (
        lambda store, order: store.holds.record_ended(order, "expired", NOW),
        {S.CHARGING: S.CANCELLED, S.PROCESSING: S.CANCELLED, S.AUTHORIZED: S.CANCELLED},
    ),
    "record_processing": (
        lambda store, order: store.record_processing(order, NOW + 1, NOW),
        {S.CHARGING: S.PROCESSING, S.PROCESSING: S.PROCESSING},
    ),
    "record_paid_earlier": (
        lambda store, order: store.record_paid_earlier(order, 1, CHARGE, NOW),
        {S.CHARGING: S.PAID},
    ),
    "verdict paid": (
        lambda store, order: store.settle_by_verdict(order, PAID_VERDICT, NOW),
        {S.NEEDS_REVIEW: S.PAID, S.DECLINED: S.PAID, S.CANCELLED: S.PAID},
    ),
    "cancel_at_once": (
        lambda store, order: store.cancel_at_once(order, by="shop", reason="asked", now=NOW),
        {S.PENDING: S.CANCELLED, S.DECLINED: S.CANCELLED},
    ),
    "verdict declined": (
        lambda store, order: store.settle_by_verdict(order, DECLINED_VERDICT, NOW),
        {S.NEEDS_REVIEW: S.DECLINED},
    ),
    "record_capture": (
        lambda store, order: store.record_capture(order, CHARGE, NOW),
        {
            S.PENDING: S.NEEDS_REVIEW,
            S.CHARGING: S.PAID,
            S.UNKNOWN: S.PAID,
            S.ACTION_REQUIRED: S.PAID,
            S.PROCESSING: S.PAID,
            S.AUTHORIZED: S.PAID,
            S.DECLINED: S.NEEDS_REVIEW,
            S.NEEDS_REVIEW: S.PAID,
            S.CANCELLED: S.NEEDS_REVIEW,
            S.NEWER: S.NEEDS_REVIEW,
        },
    ),
    "record_stray": (
        lambda store, order: store.record_stray(
            order, 1, replace(CHARGE, amount=1), "capture_mismatch", NOW
        ),
        {state: S.NEEDS_REVIEW for state in S if state is not S.PAID},
    ),
}


@pytest.mark.parametrize(("method", "state"), sliced(3, product(METHODS, IN_STATE)))
def test_each_method_leaves_only_the_states_it_may(
    method: str, state: OrderStatus, store: OrderStore, key: str
) -> None:
    order = IN_STATE[state](store, key)
    act, leads_to = METHODS[method]
    act(store, order)
    after = stored_order(store, order)
    assert after.status is leads_to.get(state, state)
    if state not in leads_to and method != "record_stray":
        assert after == order


@pytest.mark.parametrize("method", [m for m in METHODS if not m.startswith("record_")])
def test_a_method_on_an_order_that_is_not_there_makes_none(
    method: str, store: OrderStore, key: str
) -> None:
    order = new_order(key)
    result = METHODS[method][0](store, order)
    if method != "accept":
        assert result == NotChanged(None)
        assert store.get(order.order_id) is None


@pytest.mark.parametrize("method", [m for m in METHODS if m.startswith("record_")])
def test_an_outcome_of_an_order_that_is_not_there_makes_none(
    method: str, store: OrderStore, key: str
) -> None:
    METHODS[method][0](store, new_order(key, claim_epoch=1))
    assert store.get(new_order(key).order_id) is None


def test_an_accepted_order_is_read_back_as_it_was(store: OrderStore, key: str) -> None:
    order = new_order(key, customer="Zoë 🛒", lines=(OrderLine("é", 1), OrderLine("mug", 10**6)))
    assert store.accept(order) is None
    assert store.get(order.order_id) == order


def test_a_second_acceptance_returns_the_first_order_and_changes_nothing(
    store: OrderStore, key: str
) -> None:
    first = placed(store, key)
    assert store.accept(replace(first, amount=1, payment_method="pm_2")) == first
    assert stored_order(store, first) == first


def test_a_replay_returns_the_stored_order(store: OrderStore, key: str) -> None:
    paid = IN_STATE[S.PAID](store, key)
    assert store.accept(new_order(key)) == paid
    assert paid.charge_id == "ch_1"


@pytest.mark.parametrize(
    "changes",
    [{"principal": "somebody else"}, {"replaces": 2}, {"replaces": 0}, {"max_attempts": 1}],
    ids=str,
)
def test_an_attempt_is_not_started_for_others_nor_out_of_turn_nor_beyond_the_last(
    changes: dict[str, Any], store: OrderStore, key: str
) -> None:
    order = IN_STATE[S.DECLINED](store, key)
    asked: dict[str, Any] = {"principal": BUYER, "replaces": 1, "max_attempts": 2, **changes}
    result = store.start_attempt(order.order_id, payment_method="pm_2", now=NOW, **asked)
    assert result == NotChanged(order)
    assert stored_order(store, order) == order


def test_a_new_attempt_starts_afresh_and_keeps_the_epoch(store: OrderStore, key: str) -> None:
    order = IN_STATE[S.DECLINED](store, key)
    METHODS["start_attempt"][0](store, order)
    after = stored_order(store, order)
    assert (after.attempt, after.payment_method, after.unsettled_since) == (2, "pm_2", NOW)
    assert (after.attempt_claims, after.resend, after.first_claimed_at) == (0, 0, None)
    assert (after.decline_code, after.claim_id, after.claim_epoch) == (None, None, 1)


def test_what_the_buyer_had_to_do_for_one_attempt_is_not_asked_of_the_next(
    store: OrderStore, key: str
) -> None:
    order = IN_STATE[S.ACTION_REQUIRED](store, key)
    looked_up = store.claim(
        order.order_id,
        1,
        claim_id="c",
        now=NOW,
        service=SERVICE,
        lease_expires_at=NOW + 1,
        to_look_up=True,
    )
    assert isinstance(looked_up, Changed)
    store.record_decline(looked_up.order, "not_done", NOW)
    METHODS["start_attempt"][0](store, order)
    fresh = stored_order(store, order)
    assert (fresh.attempt, fresh.action_url, fresh.action_deadline) == (2, None, None)
    later = NOW + 100 * LEASE
    store.record_action_required(claim(store, fresh, claim_id="second"), None, later, NOW)
    assert stored_order(store, order).action_deadline == later


def test_a_double_click_starts_one_attempt(store: OrderStore, key: str) -> None:
    order = IN_STATE[S.DECLINED](store, key)
    first = METHODS["start_attempt"][0](store, order)
    second = METHODS["start_attempt"][0](store, order)
    assert isinstance(first, Changed)
    assert second == NotChanged(first.order)


@pytest.mark.parametrize(("principal", "attempt"), [("somebody else", 1), (BUYER, 2)])
def test_nobody_else_and_no_other_attempt_is_resumed(
    principal: str, attempt: int, store: OrderStore, key: str
) -> None:
    order = IN_STATE[S.ACTION_REQUIRED](store, key)
    result = store.resume(order.order_id, principal, attempt, NOW)
    assert result == NotChanged(order)


def test_a_resumed_and_a_released_order_get_an_ordinal_for_a_body_of_its_own(
    store: OrderStore, key: str
) -> None:
    resumed = IN_STATE[S.ACTION_REQUIRED](store, f"{key}-a")
    released = IN_STATE[S.NEEDS_REVIEW](store, f"{key}-b")
    store.resume(resumed.order_id, BUYER, 1, NOW)
    store.release(released, NOW)
    assert stored_order(store, resumed).resend == resumed.resend + 1
    assert stored_order(store, released).resend == released.resend + 1
    assert stored_order(store, released).review_reason is None


def test_an_order_with_a_stray_charge_is_neither_claimed_nor_released_nor_started_again(
    store: OrderStore, key: str
) -> None:
    order = claim(store, placed(store, key))
    store.record_stray(order, 1, replace(CHARGE, amount=1), "capture_mismatch", NOW)
    before = stored_order(store, order)
    for method in ("claim", "claim to look up", "release", "start_attempt", "resume"):
        assert METHODS[method][0](store, order) == NotChanged(before)
