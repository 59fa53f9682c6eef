"""Proof of capture is stored for any caller, and never dropped."""

from __future__ import annotations

from collections.abc import Callable

from checkout_runtime.application.order_records import CaptureRecord
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import (
    CHARGE,
    IN_STATE,
    OrderStore,
    claim,
    placed,
    stored_order,
)
from tests.checkout_runtime.factories import BUYER, NOW, SERVICE, new_order

S = OrderStatus
OTHER = replace(CHARGE, charge_id="ch_2")
STRAY = frozenset({"1:ch_1:4200:EUR"})
Own = Callable[[int], OrderStore]


def test_a_capture_stored_twice_is_one_capture(store: OrderStore, key: str) -> None:
    held = claim(store, placed(store, key))
    assert store.record_capture(held, CHARGE, NOW) is CaptureRecord.PAID
    paid = stored_order(store, held)
    assert store.record_capture(held, CHARGE, NOW) is CaptureRecord.PAID
    assert stored_order(store, held) == paid
    assert paid.stray_charges == frozenset()


def test_a_second_capture_of_a_paid_order_is_kept_and_calls_a_person(own_store: Own) -> None:
    store = own_store(1)
    held = claim(store, placed(store, "k"))
    store.record_capture(held, CHARGE, NOW)
    assert store.record_capture(held, OTHER, NOW + 5) is CaptureRecord.STRAY
    after = stored_order(store, held)
    assert (after.status, after.charge_id) == (S.PAID, "ch_1")
    assert after.stray_charges == {"1:ch_2:4200:EUR"}
    assert (store.count_open(0), store.count_in_review(0)) == (0, 1)


def test_a_capture_after_a_decline_is_kept_and_calls_a_person(own_store: Own) -> None:
    store = own_store(1)
    order = IN_STATE[S.DECLINED](store, "k")
    assert store.record_capture(order, CHARGE, NOW) is CaptureRecord.STRAY
    after = stored_order(store, order)
    assert (after.status, after.charge_id) == (S.NEEDS_REVIEW, None)
    assert after.stray_charges == {"1:ch_1:4200:EUR"}
    assert store.count_in_review(0) == 1


def test_a_capture_of_an_earlier_attempt_stops_the_current_one(store: OrderStore, key: str) -> None:
    first = claim(store, placed(store, key))
    store.record_decline(first, "no_funds", NOW)
    store.start_attempt(
        first.order_id, BUYER, replaces=1, payment_method="p", max_attempts=5, now=NOW
    )
    assert store.record_capture(first, CHARGE, NOW) is CaptureRecord.STRAY
    after = stored_order(store, first)
    assert (after.status, after.attempt) == (S.NEEDS_REVIEW, 2)
    result = store.claim(
        first.order_id, 2, claim_id="c", now=NOW, service=SERVICE, lease_expires_at=NOW
    )
    assert result.order == after


def test_proof_that_settles_nothing_names_its_attempt(store: OrderStore, key: str) -> None:
    first = claim(store, placed(store, key))
    store.record_decline(first, "no_funds", NOW)
    store.start_attempt(
        first.order_id, BUYER, replaces=1, payment_method="p", max_attempts=5, now=NOW
    )
    second = claim(store, stored_order(store, first), claim_id="second")
    store.record_decline(second, "no_funds", NOW)
    store.record_capture(second, OTHER, NOW)
    store.record_capture(first, CHARGE, NOW)
    assert stored_order(store, first).stray_charges == {"2:ch_2:4200:EUR", "1:ch_1:4200:EUR"}


def test_the_current_attempts_capture_still_pays_an_order_with_a_stray_charge(
    own_store: Own,
) -> None:
    store = own_store(1)
    first = claim(store, placed(store, "k"))
    store.record_decline(first, "no_funds", NOW)
    store.start_attempt(
        first.order_id, BUYER, replaces=1, payment_method="p", max_attempts=5, now=NOW
    )
    second = claim(store, stored_order(store, first))
    store.record_capture(first, CHARGE, NOW)
    assert store.record_capture(second, OTHER, NOW) is CaptureRecord.PAID
    after = stored_order(store, first)
    assert (after.status, after.charge_id) == (S.PAID, "ch_2")
    assert after.stray_charges == {"1:ch_1:4200:EUR"}
    assert (store.count_open(0), store.count_in_review(0)) == (0, 1)


def test_every_stray_charge_is_kept_once(store: OrderStore, key: str) -> None:
    order = IN_STATE[S.DECLINED](store, key)
    for _ in range(2):
        assert store.record_capture(order, CHARGE, NOW) is CaptureRecord.STRAY
    stored = stored_order(store, order)
    assert (stored.status, stored.stray_charges) == (S.NEEDS_REVIEW, STRAY)
    store.record_capture(order, OTHER, NOW)
    stored = stored_order(store, order)
    assert (stored.status, stored.charge_id, stored.stray_charges) == (S.PAID, "ch_2", STRAY)


def test_a_capture_of_another_amount_is_kept_with_what_was_captured(own_store: Own) -> None:
    store = own_store(1)
    held = claim(store, placed(store, "k"))
    wrong = replace(CHARGE, amount=1, currency="USD")
    store.record_stray(held, 1, wrong, "capture_mismatch", NOW)
    after = stored_order(store, held)
    assert (after.status, after.review_reason) == (S.NEEDS_REVIEW, "capture_mismatch")
    assert after.stray_charges == {"1:ch_1:1:USD"}
    assert store.count_in_review(0) == 1


def test_a_capture_of_no_known_order_makes_none(store: OrderStore, key: str) -> None:
    assert store.record_capture(new_order(key), CHARGE, NOW) is CaptureRecord.STRAY
    assert store.get(new_order(key).order_id) is None
