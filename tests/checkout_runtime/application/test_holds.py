"""A hold is stored, looked after until its end, and never forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.item_update import Update
from checkout_runtime.application.announce_outcomes import AnnounceOutcomes
from checkout_runtime.application.follow_hint import Followed, FollowHint
from checkout_runtime.domain.hint import Hint
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    Authorized,
    NotCharged,
    Unknown,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import claim
from tests.checkout_runtime.application.holding_checkout import ALL, DAY, HoldingCheckout
from tests.checkout_runtime.application.test_announce_outcomes import Bus
from tests.checkout_runtime.factories import DEADLINE, HOUR, NOW
from tests.checkout_runtime.holding_payments import WEEK

S = OrderStatus


@pytest.fixture
def checkout() -> HoldingCheckout:
    return HoldingCheckout()


def test_held_money_is_stored_with_its_end_and_the_message_is_done(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.held()
    assert (order.charge_id, order.capture_before) == ("hold_1", checkout.payments.capture_before)
    assert not order.is_settled


def test_a_further_message_asks_for_nothing(checkout: HoldingCheckout) -> None:
    order = checkout.held()
    assert checkout.turn(order)
    assert checkout.now(order) == order
    assert len(checkout.payments.charges) == 1


def test_a_hold_whose_answer_was_lost_is_found_and_not_asked_for_again(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.place()
    checkout.payments.charge(order)
    held = claim(checkout.orders, order)
    checkout.orders.record_unknown(held, checkout.clock.now())
    assert checkout.turn(order)
    assert checkout.now(order).status is S.AUTHORIZED
    assert len(checkout.payments.charges) == 1


@pytest.mark.parametrize("change", [{"amount": 1}, {"currency": "USD"}], ids=str)
def test_a_hold_of_another_amount_or_currency_is_an_operators(
    change: dict[str, Any], checkout: HoldingCheckout
) -> None:
    order = checkout.place()
    hold = Authorized("hold_1", ALL, "EUR", checkout.payments.capture_before)
    checkout.settle.store(
        claim(checkout.orders, order),
        checkout.policy.after_answer(order, replace(hold, **change), looked_up=True),
        deadline=DEADLINE,
    )
    assert checkout.now(order).review_reason == "hold_mismatch"


def test_an_answer_of_a_worker_that_lost_its_claim_changes_nothing_and_is_told(
    checkout: HoldingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    order = checkout.held()
    late = replace(order, status=S.CHARGING, claim_epoch=order.claim_epoch - 1)
    another = Authorized("hold_2", ALL, "EUR", checkout.payments.capture_before)
    checkout.settle.store(late, another, deadline=DEADLINE)
    assert checkout.now(order) == order
    told = vars(caplog.records[0])
    assert (told["event"], told["charge_id"]) == ("claim_lost", another.charge_id)


# Time


def test_its_end_is_told_once_a_day_before(checkout: HoldingCheckout) -> None:
    order = checkout.held()
    checkout.clock.time += WEEK - DAY - 1
    checkout.run_reconciler()
    assert checkout.now(order).capture_reminded_at is None
    checkout.clock.time += 1
    for _ in range(3):
        checkout.run_reconciler()
    assert checkout.now(order).capture_reminded_at == checkout.clock.time
    assert checkout.payments.look_ups == []


def test_how_long_before_its_end_is_the_shops_choice(checkout: HoldingCheckout) -> None:
    checkout.policy = replace(checkout.policy, capture_reminder_seconds=3 * DAY // 1000)
    order = checkout.held()
    checkout.clock.time += WEEK - 3 * DAY - 1
    checkout.run_reconciler()
    assert checkout.now(order).capture_reminded_at is None
    checkout.clock.time += 1
    checkout.run_reconciler()
    assert checkout.now(order).capture_reminded_at == checkout.clock.time


@pytest.mark.parametrize("reminded", [False, True])
def test_a_hold_is_no_unsettled_order_and_counts_once_its_end_is_near(
    reminded: bool, checkout: HoldingCheckout
) -> None:
    order = checkout.held()
    if reminded:
        checkout.clock.time += WEEK - DAY
        checkout.run_reconciler()
    assert checkout.orders.count_open(0) == 0
    assert checkout.orders.count_lapsing(0) == int(reminded)
    checkout.capture(order)
    assert (checkout.orders.count_open(0), checkout.orders.count_lapsing(0)) == (1, 0)


def test_a_refused_capture_of_a_hold_that_is_about_to_end_counts_again(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.pass_to_end(checkout.held())
    checkout.capture(order)
    checkout.payments.next_captures = [NotCharged("frozen")]
    checkout.turn(order)
    assert checkout.orders.count_lapsing(0) == 1


def test_a_hold_that_lapsed_cancels_the_order(checkout: HoldingCheckout) -> None:
    order = checkout.pass_to_end(checkout.held())
    checkout.payments.let_lapse()
    checkout.run_reconciler()
    ended = checkout.now(order)
    assert (ended.status, ended.cancel_reason) == (S.CANCELLED, "lapsed")


def test_a_hold_that_outlives_its_end_is_looked_up_again_later(checkout: HoldingCheckout) -> None:
    order = checkout.pass_to_end(checkout.held())
    for _ in range(3):
        checkout.run_reconciler()
    assert len(checkout.payments.look_ups) == 1
    assert checkout.now(order).status is S.AUTHORIZED
    checkout.clock.time += HOUR
    checkout.payments.let_lapse()
    checkout.run_reconciler()
    assert checkout.now(order).status is S.CANCELLED


def test_where_nothing_is_learned_of_its_end_for_a_day_an_operator_is_called(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.pass_to_end(checkout.held())
    checkout.payments.next_look_ups = [Unknown("http_404", without_word=True)] * 99
    for _ in range(24):
        checkout.run_reconciler()
        assert checkout.now(order).status is S.AUTHORIZED
        checkout.clock.time += HOUR
    assert len(checkout.payments.look_ups) == 7  # each pause is as long as all before
    for _ in range(7):
        checkout.run_reconciler()
        checkout.clock.time += HOUR
    assert checkout.now(order).review_reason == "hold_unclear"


def test_an_operator_may_release_it_and_the_hold_is_found_again(checkout: HoldingCheckout) -> None:
    order = checkout.pass_to_end(checkout.held())
    checkout.orders.record_review(order, "hold_unclear", checkout.clock.now())
    checkout.orders.release(checkout.now(order), checkout.clock.now())
    assert checkout.turn(order)
    assert checkout.now(order).status is S.AUTHORIZED


def test_the_end_of_a_hold_that_cannot_be_looked_up_is_brought_about() -> None:
    checkout = HoldingCheckout(can_look_up=False)
    order = checkout.pass_to_end(checkout.held())
    checkout.run_reconciler()
    assert checkout.payments.cancels == [order.payment_key]
    assert checkout.now(order).cancel_reason == "lapsed"


def test_a_lapse_that_is_learned_while_somebody_asks_for_the_money_changes_nothing(
    checkout: HoldingCheckout,
) -> None:
    """The consumer finds that out itself, under its claim."""
    order = checkout.held()
    checkout.capture(order)
    assert not checkout.orders.holds.record_ended(order, "gone", checkout.clock.now())
    assert checkout.now(order).status is S.UNKNOWN


def test_a_capture_whose_message_was_lost_is_sent_again(checkout: HoldingCheckout) -> None:
    order = checkout.asked()
    checkout.clock.time += HOUR
    checkout.run_reconciler()
    assert [each.order_id for each in checkout.queue.sent] == [order.order_id]
    assert checkout.payments.captures == []
    assert checkout.turn(order)
    assert checkout.now(order).status is S.PAID


# Webhooks


def followed(checkout: HoldingCheckout, order: Order) -> Followed:
    follow = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    return follow(Hint(order.order_id, 1, None), "webhook", DEADLINE)


def test_a_webhook_tells_of_a_capture_and_of_a_lapse_and_not_of_what_is_known(
    checkout: HoldingCheckout,
) -> None:
    order, other, third = (checkout.held(key) for key in ("k1", "k2", "k3"))
    checkout.payments.carry_out(order, 3000)
    checkout.payments.gone.add(other.payment_key)
    assert followed(checkout, order) is Followed.STORED
    assert followed(checkout, other) is Followed.STORED
    assert followed(checkout, third) is Followed.NOTHING_NEW
    found = [checkout.now(each).status for each in (order, other, third)]
    assert found == [S.PAID, S.CANCELLED, S.AUTHORIZED]


def test_a_webhook_leaves_a_capture_that_somebody_asked_for_to_the_queue(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.asked()
    assert followed(checkout, order) is Followed.NOTHING_NEW
    assert checkout.now(order) == order
    checkout.payments.let_lapse()
    assert followed(checkout, order) is Followed.STORED
    assert checkout.now(order).status is S.CANCELLED


# What is told


def test_the_hold_the_reminder_and_the_end_are_announced_once(checkout: HoldingCheckout) -> None:
    checkout.orders._updates.announces = True
    order = checkout.held()
    checkout.pass_to_end(order)
    checkout.run_reconciler()
    checkout.payments.let_lapse()
    checkout.clock.time += HOUR
    checkout.run_reconciler()
    owed = sorted(each.split(":", 2)[:2] for each in checkout.now(order).owed)
    assert owed == [["1", "OrderAuthorized"], ["2", "OrderCaptureDue"], ["3", "OrderCancelled"]]


@pytest.mark.parametrize("changes", [{"attempt": 2}, {"claim_epoch": 9}], ids=str)
def test_nothing_is_told_of_a_hold_that_is_another_by_now(
    changes: dict[str, int], checkout: HoldingCheckout
) -> None:
    order = checkout.held()
    holds, now = checkout.orders.holds, checkout.clock.now()
    assert not holds.record_capture_due(replace(order, **changes), now, now)
    checkout.capture(order)
    assert not holds.record_capture_due(order, now, now)


def test_the_hold_of_another_attempt_is_not_asked_for(checkout: HoldingCheckout) -> None:
    order = checkout.held()
    seen = replace(order, attempt=2)
    checkout.orders.holds.ask_to_capture(seen, ALL, "ada", checkout.clock.now())
    assert checkout.now(order) == order


def test_a_hold_and_its_reminder_that_were_not_announced_are_announced_by_the_next_run(
    checkout: HoldingCheckout,
) -> None:
    """A hold is looked after once its end is near: what it owes does not wait for that."""
    checkout.orders._updates.announces = True
    bus = Bus()
    checkout.announce = AnnounceOutcomes(checkout.orders, bus)
    order = checkout.held()
    assert order.capture_before is not None
    near = order.capture_before - DAY
    assert (checkout.orders.count_announcements(0, NOW), order.next_look_up_at) == (1, near)
    checkout.clock.time += HOUR
    checkout.run_reconciler()
    assert bus.kinds == ["OrderAuthorized"]
    told = checkout.now(order)
    assert (told.unsettled_since, told.owed) == (near, frozenset())
    checkout.clock.time = near
    checkout.run_reconciler()
    assert checkout.orders.count_lapsing(0) == 0
    checkout.clock.time += HOUR
    checkout.run_reconciler()
    assert bus.kinds == ["OrderAuthorized", "OrderCaptureDue"]
    assert checkout.now(order).unsettled_since == order.capture_before
    assert checkout.orders.count_lapsing(0) == 1
    assert checkout.orders.count_announcements(0, checkout.clock.now()) == 0


def test_what_a_hold_owes_is_as_old_after_a_look_up_and_keeps_its_partition(
    checkout: HoldingCheckout,
) -> None:
    """The bus is down for a week: the alarm goes on, and the hold is looked up all the same."""
    checkout.orders._updates.announces = True
    order = checkout.pass_to_end(checkout.held())
    reminded = checkout.orders.oldest_announcement(0)
    checkout.clock.time += HOUR
    checkout.run_reconciler()
    looked_up = checkout.now(order)
    assert (looked_up.next_look_up_at or 0) > checkout.clock.now()
    assert checkout.orders.oldest_announcement(0) == reminded


def test_a_hold_that_owes_nothing_is_moved_from_where_the_version_before_may_have_left_it(
    checkout: HoldingCheckout,
) -> None:
    """Its look-up raced with the confirmation."""
    checkout.orders._updates.announces = True
    owing = checkout.held()
    checkout.orders.confirm(owing, owing.owed)
    now = checkout.clock.now()
    left = Update(set={"unsettled_shard": "announce#0", "unsettled_since": now})
    checkout.orders._updates.update(owing.order_id, left)
    assert checkout.orders.count_announcements(0, now) == 1
    checkout.announce = AnnounceOutcomes(checkout.orders, Bus())
    checkout.clock.time += HOUR
    checkout.run_reconciler()
    assert checkout.now(owing).waits_for_its_time
