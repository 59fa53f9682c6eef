"""The index of unsettled orders: what is in it, in which order, and where a run goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.application.order_records import HoldRecord, IndexKey, Page
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import OrderStatus
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
from tests.checkout_runtime.factories import BUYER, NOW, new_order

S = OrderStatus
Own = Callable[[int], OrderStore]
OPEN = {S.PENDING, S.CHARGING, S.UNKNOWN, S.ACTION_REQUIRED, S.NEWER}
OPEN_LANE, PROCESSING_LANE, HELD_LANE, LAPSING_LANE = 0, 1, 4, 5
"""Of a table with one shard."""


def due(
    store: OrderStore, lane: int, now: int, limit: int = 10, after: IndexKey | None = None
) -> Page:
    return store.due(lane, now, patience_ms=0, limit=limit, after=after)


@pytest.mark.parametrize("state", IN_STATE)
def test_an_order_is_in_the_index_while_it_is_on_its_way_or_needs_a_person(
    state: OrderStatus, own_store: Own
) -> None:
    store = own_store(1)
    order = IN_STATE[state](store, "k")
    assert store.count_open(0) == (state in OPEN)
    assert store.count_in_review(0) == (state is S.NEEDS_REVIEW)
    assert store.oldest_open(0) == (NOW if state in OPEN else None)
    assert store.count_processing(0) == (state is S.PROCESSING)
    assert list(due(store, OPEN_LANE, NOW).orders) == ([order] if state in OPEN else [])


def test_what_is_being_processed_is_due_when_its_next_look_up_is(own_store: Own) -> None:
    store = own_store(1)
    order = IN_STATE[S.PROCESSING](store, "k")
    assert (order.processing_since, order.next_look_up_at) == (NOW, NOW + LEASE)
    assert not due(store, PROCESSING_LANE, NOW + LEASE - 1).orders
    assert list(due(store, PROCESSING_LANE, NOW + LEASE).orders) == [order]
    assert store.record_processing(order, NOW + 9 * LEASE, NOW + LEASE)
    later = stored_order(store, order)
    assert (later.processing_since, later.next_look_up_at) == (NOW, NOW + 9 * LEASE)
    assert not due(store, PROCESSING_LANE, NOW + 8 * LEASE).orders


@pytest.mark.parametrize("end", ["capture", "decline", "review"])
def test_what_was_processed_leaves_its_lane_with_its_outcome(end: str, own_store: Own) -> None:
    store = own_store(1)
    order = IN_STATE[S.PROCESSING](store, "k")
    late = NOW + 50 * LEASE
    ends: dict[str, Callable[[], object]] = {
        "capture": lambda: store.record_capture(order, CHARGE, late),
        "decline": lambda: store.record_decline(order, "no_funds", late),
        "review": lambda: store.record_review(order, "processing_too_long", late),
    }
    assert ends[end]()
    assert not due(store, PROCESSING_LANE, late).orders
    assert store.count_processing(0) == 0
    assert store.count_in_review(0) == (end == "review")
    assert stored_order(store, order).unsettled_since == (late if end == "review" else None)


def test_a_hold_is_due_when_its_end_is_near_and_then_when_it_is_looked_up(own_store: Own) -> None:
    store = own_store(1)
    order = IN_STATE[S.AUTHORIZED](store, "k")
    near, end = NOW + LEASE, HOLD.capture_before
    assert not due(store, HELD_LANE, near - 1).orders
    assert list(due(store, HELD_LANE, near).orders) == [order]
    assert store.holds.record_capture_due(order, end, near)
    assert not store.holds.record_capture_due(order, end, near)
    assert (store.count_open(0), store.count_lapsing(0)) == (0, 1)
    assert not due(store, HELD_LANE, end).orders
    assert not due(store, LAPSING_LANE, end - 1).orders
    [lapsing] = due(store, LAPSING_LANE, end).orders
    stored = store.holds.record_authorized(lapsing, HOLD, end + LEASE, end)
    assert stored is HoldRecord.STORED
    assert not due(store, LAPSING_LANE, end).orders


def test_who_asks_for_held_money_puts_the_order_on_its_way_again(own_store: Own) -> None:
    store = own_store(1)
    order = IN_STATE[S.AUTHORIZED](store, "k")
    store.holds.ask_to_capture(order, 3000, "shop", NOW + 7)
    assert (store.count_open(0), store.oldest_open(0)) == (1, NOW + 7)
    assert not due(store, HELD_LANE, NOW + LEASE).orders
    asked = stored_order(store, order)
    assert (asked.capture_amount, asked.capture_asked_by) == (3000, "shop")
    assert (asked.resend, asked.counted_resends) == (1, 0)


def test_an_open_order_is_due_when_patience_with_it_is_over(own_store: Own) -> None:
    store = own_store(1)
    placed(store, "k")
    for patience, expected in ((5, 0), (4, 1)):
        page = store.due(OPEN_LANE, NOW + 4, patience_ms=patience, limit=9, after=None)
        assert len(page.orders) == expected


def test_an_older_version_passes_over_the_lanes_that_it_does_not_know(own_store: Own) -> None:
    store = own_store(1)
    store.leave_bookmark({OPEN_LANE: None, PROCESSING_LANE: None})
    assert [lane for lane in store.bookmark() if lane < store.shards] == [OPEN_LANE]


def test_a_new_attempt_and_a_release_put_an_order_into_the_index_again(own_store: Own) -> None:
    store = own_store(1)
    declined = IN_STATE[S.DECLINED](store, "a")
    reviewed = IN_STATE[S.NEEDS_REVIEW](store, "b")
    store.start_attempt(
        declined.order_id, BUYER, replaces=1, payment_method="p", max_attempts=5, now=NOW + 7
    )
    store.release(reviewed, NOW + 9)
    assert (store.count_open(0), store.count_in_review(0)) == (2, 0)
    assert stored_order(store, declined).unsettled_since == NOW + 7
    assert stored_order(store, reviewed).unsettled_since == NOW + 9


def test_a_claim_does_not_make_an_order_look_younger(own_store: Own) -> None:
    store = own_store(1)
    claim(store, placed(store, "k"), now=NOW + 5000)
    assert store.oldest_open(0) == NOW


def test_pages_come_oldest_first_and_go_on_where_the_last_one_ended(own_store: Own) -> None:
    store = own_store(1)
    for number in range(7):
        store.accept(new_order(str(number), unsettled_since=NOW + 10 * (number % 5)))
    seen: list[str] = []
    after: IndexKey | None = None
    pages = 0
    while pages == 0 or after is not None:
        page = due(store, 0, NOW + 30, 2, after)
        seen += [order.order_id for order in page.orders]
        after, pages = page.next_key, pages + 1
        assert pages < 9
    times = [stored_order(store, new_order(str(n))).unsettled_since or 0 for n in range(7)]
    assert len(seen) == len(set(seen)) == sum(time <= NOW + 30 for time in times)


def test_orders_younger_than_asked_for_are_left_alone(own_store: Own) -> None:
    store = own_store(1)
    placed(store, "k")
    assert not due(store, 0, NOW - 1).orders


def test_each_order_is_in_its_own_shard_only(own_store: Own) -> None:
    store = own_store(4)
    orders = [placed(store, str(number)) for number in range(12)]
    for shard in range(4):
        expected = {o.order_id for o in orders if unsettled_shard(o.order_id, 4) == shard}
        found = {o.order_id for o in due(store, shard, NOW, 50).orders}
        assert found == expected
        assert store.count_open(shard) == len(expected)


def test_a_bookmark_is_kept_until_it_is_replaced(own_store: Own) -> None:
    store = own_store(4)
    assert store.bookmark() == {}
    places: dict[int, IndexKey | None] = {0: None, 3: IndexKey("ord_x", NOW)}
    store.leave_bookmark(places)
    assert store.bookmark() == places
    store.leave_bookmark({})
    assert store.bookmark() == {}


def test_a_bookmark_is_no_order(own_store: Own) -> None:
    store = own_store(1)
    store.leave_bookmark({0: None})
    assert (store.count_open(0), store.count_in_review(0)) == (0, 0)
    assert store.oldest_open(0) is None


def test_each_resend_has_an_ordinal_of_its_own(store: OrderStore, key: str) -> None:
    order = placed(store, key)
    first = store.begin_resend(order, NOW + 1)
    assert first is not None
    second = store.begin_resend(first, NOW + 2)
    assert second is not None
    assert (first.resend, second.resend, second.resent_at) == (1, 2, NOW + 2)


def test_two_runs_at_once_begin_one_resend(store: OrderStore, key: str) -> None:
    order = placed(store, key)
    assert store.begin_resend(order, NOW) is not None
    assert store.begin_resend(order, NOW + 1) is None
    assert stored_order(store, order).resend == 1


def test_a_resend_whose_answer_was_lost_is_told_again_and_counted_once(
    store: OrderStore, key: str
) -> None:
    order = placed(store, key)
    first = store.begin_resend(order, NOW)
    assert first is not None
    assert store.begin_resend(order, NOW) == first
    assert stored_order(store, order) == first


@pytest.mark.parametrize("seen", ["resend", "resent_at"])
def test_an_earlier_resend_is_not_taken_for_the_next(
    seen: str, store: OrderStore, key: str
) -> None:
    order = placed(store, key)
    first = store.begin_resend(order, NOW)
    assert first is not None
    second = store.begin_resend(first, NOW + 1)
    assert second is not None
    assert (
        store.begin_resend(*{"resend": (order, NOW + 1), "resent_at": (first, NOW)}[seen]) is None
    )
    assert stored_order(store, order) == second


@pytest.mark.parametrize(
    "difference", [{"attempt": 2}, {"claim_epoch": 5}, {"status": S.UNKNOWN}], ids=str
)
def test_a_resend_of_another_attempt_claim_or_state_is_not_the_callers_own(
    difference: dict[str, Any], store: OrderStore, key: str
) -> None:
    order = placed(store, key)
    assert store.begin_resend(order, NOW) is not None
    assert store.begin_resend(replace(order, **difference), NOW) is None


def test_a_resend_is_not_the_callers_own_once_the_order_was_claimed(
    store: OrderStore, key: str
) -> None:
    order = placed(store, key)
    assert store.begin_resend(order, NOW) is not None
    claim(store, order)
    assert store.begin_resend(order, NOW) is None


def test_no_resend_begins_for_an_order_that_moved_on(store: OrderStore, key: str) -> None:
    order = placed(store, key)
    held = claim(store, order)
    assert store.begin_resend(order, NOW) is None
    assert store.begin_resend(replace(order, status=held.status), NOW) is None
    assert store.begin_resend(replace(held, claim_epoch=9), NOW) is None
    store.record_capture(held, CHARGE, NOW)
    assert store.begin_resend(held, NOW) is None
    assert store.begin_resend(new_order(f"{key}-missing"), NOW) is None


@pytest.mark.parametrize("difference", [{"resend": 2}, {"status": S.UNKNOWN}], ids=str)
def test_only_the_last_resend_of_an_order_that_did_not_move_on_is_uncounted(
    difference: dict[str, Any], store: OrderStore, key: str
) -> None:
    resent = store.begin_resend(placed(store, key), NOW)
    assert resent is not None
    store.uncount_resend(replace(resent, **difference))
    assert stored_order(store, resent).counted_resends == 1
    store.uncount_resend(resent)
    assert stored_order(store, resent).counted_resends == 0
