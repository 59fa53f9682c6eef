"""Claims: one holder at a time, epochs that grow, and a holder that knows its own claim."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.application.order_records import CaptureRecord, Changed, NotChanged
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import (
    CHARGE,
    IN_STATE,
    LEASE,
    OrderStore,
    claim,
    placed,
    stored_order,
)
from tests.checkout_runtime.factories import NOW, SERVICE
from tests.checkout_runtime.in_memory_ports import InMemoryOrders

S = OrderStatus


def try_claim(
    store: OrderStore,
    order: Order,
    *,
    claim_id: str = "other",
    now: int = NOW,
    attempt: int = 1,
    **opening: Any,
) -> Changed | NotChanged:
    return store.claim(
        order.order_id,
        attempt,
        claim_id=claim_id,
        now=now,
        service=SERVICE,
        lease_expires_at=now + LEASE,
        **opening,
    )


def test_a_claim_raises_the_epoch_and_notes_holder_lease_and_first_time(
    store: OrderStore, key: str
) -> None:
    order = claim(store, placed(store, key))
    assert (order.claim_epoch, order.attempt_claims, order.claim_id) == (1, 1, "holder")
    assert (order.lease_expires_at, order.first_claimed_at) == (NOW + LEASE, NOW)
    assert order == stored_order(store, order)


def test_a_live_lease_keeps_others_out(store: OrderStore, key: str) -> None:
    held = claim(store, placed(store, key))
    assert try_claim(store, held, now=NOW + LEASE - 1) == NotChanged(held)


def test_a_lapsed_lease_may_be_taken_over_and_the_first_claim_still_counts(
    store: OrderStore, key: str
) -> None:
    held = claim(store, placed(store, key))
    taken = try_claim(store, held, now=NOW + LEASE)
    assert isinstance(taken, Changed)
    assert (taken.order.claim_epoch, taken.order.attempt_claims) == (2, 2)
    assert taken.order.first_claimed_at == NOW


def test_a_worker_whose_answer_was_lost_finds_its_claim_its_own(
    store: OrderStore, key: str
) -> None:
    held = claim(store, placed(store, key))
    assert try_claim(store, held, claim_id="holder") == Changed(held)
    assert stored_order(store, held) == held


@pytest.mark.parametrize("attempt", [0, 2])
def test_another_attempt_than_the_current_one_is_not_claimed(
    attempt: int, store: OrderStore, key: str
) -> None:
    order = placed(store, key)
    assert try_claim(store, order, attempt=attempt) == NotChanged(order)


def test_an_earlier_attempt_is_not_claimed_after_its_replacement(
    store: OrderStore, key: str
) -> None:
    order = IN_STATE[S.DECLINED](store, key)
    store.start_attempt(
        order.order_id, order.principal, replaces=1, payment_method="p", max_attempts=5, now=NOW
    )
    assert isinstance(try_claim(store, order, attempt=1), NotChanged)
    taken = try_claim(store, order, attempt=2)
    assert isinstance(taken, Changed)
    assert (taken.order.claim_epoch, taken.order.attempt_claims) == (2, 1)


RECORDS: dict[str, Callable[[OrderStore, Order], bool]] = {
    "decline": lambda store, order: bool(store.record_decline(order, "stolen", NOW)),
    "unknown": lambda store, order: store.record_unknown(order, NOW),
    "action_required": lambda store, order: store.record_action_required(order, None, NOW, NOW),
    "review": lambda store, order: store.record_review(order, "look", NOW),
}


@pytest.mark.parametrize("record", RECORDS)
def test_a_worker_that_lost_its_claim_stores_nothing(
    record: str, store: OrderStore, key: str
) -> None:
    held = claim(store, placed(store, key))
    taken = claim(store, held, claim_id="other", now=NOW + LEASE)
    assert RECORDS[record](store, held) is False
    assert stored_order(store, held) == taken


@pytest.mark.parametrize("record", RECORDS)
def test_a_worker_of_an_earlier_attempt_stores_nothing(
    record: str, store: OrderStore, key: str
) -> None:
    held = claim(store, placed(store, key))
    store.record_decline(held, "no_funds", NOW)
    store.start_attempt(
        held.order_id, held.principal, replaces=1, payment_method="p", max_attempts=5, now=NOW
    )
    now = claim(store, stored_order(store, held))
    assert RECORDS[record](store, held) is False
    assert stored_order(store, held) == now


@pytest.mark.parametrize("record", RECORDS)
def test_an_outcome_stored_twice_by_its_holder_counts_as_stored(
    record: str, store: OrderStore, key: str
) -> None:
    held = claim(store, placed(store, key))
    assert RECORDS[record](store, held) is True
    once = stored_order(store, held)
    assert RECORDS[record](store, held) is True
    assert stored_order(store, held) == once


def test_a_late_capture_by_a_worker_that_lost_its_claim_pays_the_order(
    store: OrderStore, key: str
) -> None:
    held = claim(store, placed(store, key))
    claim(store, held, claim_id="other", now=NOW + LEASE)
    assert store.record_capture(held, CHARGE, NOW) is CaptureRecord.PAID
    assert stored_order(store, held).status is S.PAID


@pytest.mark.parametrize("record", RECORDS)
def test_nothing_overwrites_a_paid_order(record: str, store: OrderStore, key: str) -> None:
    held = claim(store, placed(store, key))
    store.record_capture(held, CHARGE, NOW)
    paid = stored_order(store, held)
    assert RECORDS[record](store, held) is False
    assert isinstance(try_claim(store, held, now=NOW + 10 * LEASE), NotChanged)
    assert stored_order(store, held) == paid


def test_the_first_deadline_to_act_stands(store: OrderStore, key: str) -> None:
    held = claim(store, placed(store, key))
    store.record_action_required(held, "https://bank/1", NOW + 100, NOW)
    again = claim(store, held, "c", to_look_up=True)
    store.record_action_required(again, "https://bank/2", NOW + 999, NOW)
    after = stored_order(store, held)
    assert (after.action_url, after.action_deadline) == ("https://bank/2", NOW + 100)


def test_a_buyer_who_is_asked_again_after_processing_has_a_new_deadline(
    store: OrderStore, key: str
) -> None:
    held = claim(store, placed(store, key))
    store.record_action_required(held, "https://bank/1", NOW + 100, NOW)
    again = claim(store, held, "c", to_look_up=True)
    store.record_processing(again, NOW + 500, NOW)
    store.record_action_required(stored_order(store, held), "https://bank/2", NOW + 999, NOW + 500)
    assert stored_order(store, held).action_deadline == NOW + 999


def test_a_stray_charge_takes_the_page_to_act_on_away(store: OrderStore, key: str) -> None:
    held = claim(store, placed(store, key))
    store.record_action_required(held, "https://bank/1", NOW + 100, NOW)
    store.record_stray(held, 1, Captured("ch_9", 1, "EUR"), "capture_mismatch", NOW)
    stray = stored_order(store, held)
    assert (stray.status, stray.action_url) == (OrderStatus.NEEDS_REVIEW, None)


def test_a_claim_of_opened_attempts_only_is_refused_where_nothing_was_opened(
    store: OrderStore, key: str
) -> None:
    order = placed(store, key)
    assert try_claim(store, order, only_opened=True) == NotChanged(order)
    assert stored_order(store, order) == order


def test_a_claim_stores_what_was_opened(store: OrderStore, key: str) -> None:
    order = placed(store, key)
    taken = try_claim(store, order, opened_as="pi_1")
    assert isinstance(taken, Changed)
    assert taken.order.payment_reference == "pi_1"
    assert stored_order(store, order) == taken.order


def test_what_was_opened_first_stands(store: OrderStore, key: str) -> None:
    order = placed(store, key)
    try_claim(store, order, opened_as="pi_1")
    taken = try_claim(store, order, now=NOW + LEASE, opened_as="pi_2")
    assert isinstance(taken, Changed)
    assert taken.order.payment_reference == "pi_1"


def test_a_retry_claims_what_was_opened_before(store: OrderStore, key: str) -> None:
    order = placed(store, key)
    try_claim(store, order, opened_as="pi_1")
    taken = try_claim(store, order, now=NOW + LEASE, only_opened=True)
    assert isinstance(taken, Changed)
    assert (taken.order.payment_reference, taken.order.attempt_claims) == ("pi_1", 2)


def test_a_refused_claim_stores_no_reference(store: OrderStore, key: str) -> None:
    held = claim(store, placed(store, key))
    assert try_claim(store, held, opened_as="pi_1") == NotChanged(held)
    assert stored_order(store, held).payment_reference is None


def test_a_new_attempt_has_nothing_opened(store: OrderStore, key: str) -> None:
    taken = try_claim(store, placed(store, key), opened_as="pi_1")
    assert isinstance(taken, Changed)
    store.record_decline(taken.order, "no_funds", NOW)
    started = store.start_attempt(
        taken.order.order_id,
        taken.order.principal,
        replaces=1,
        payment_method="p",
        max_attempts=5,
        now=NOW,
    )
    assert isinstance(started, Changed)
    assert started.order.payment_reference is None
    assert stored_order(store, started.order) == started.order


def of_a_second_attempt(order: Order, **changes: Any) -> Order:
    first = EarlierAttempt(1, None, None, None)
    return replace(order, attempt=2, earlier_attempts=(first,), **changes)


@pytest.mark.parametrize("stored", [S.CHARGING, S.DECLINED])
def test_what_a_holder_of_another_attempt_stores_is_refused_though_the_epoch_is_its_own(
    stored: OrderStatus,
) -> None:
    """Epochs grow with every claim. The attempt is a second fence, should they ever not."""
    orders = InMemoryOrders()
    held = claim(orders, placed(orders, "k"))
    second = of_a_second_attempt(held, status=stored, decline_code="other")
    orders.by_id[held.order_id] = second
    assert not orders.record_decline(held, "no_funds", NOW)
    assert orders.by_id[held.order_id] == second


def test_a_decline_of_a_second_attempt_that_is_stored_again_knows_itself() -> None:
    orders = InMemoryOrders()
    held = of_a_second_attempt(claim(orders, placed(orders, "k")))
    orders.by_id[held.order_id] = held
    stored = [orders.record_decline(held, "no_funds", NOW) for _ in range(2)]
    assert stored == [OrderStatus.DECLINED, OrderStatus.DECLINED]
