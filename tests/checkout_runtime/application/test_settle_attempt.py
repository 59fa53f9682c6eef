"""Where money moves: what is asked, what is sent, and what is stored about one claimed attempt."""

from __future__ import annotations

import pytest

from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.checkout_world import CheckoutWorld
from tests.checkout_runtime.factories import DEADLINE, NO_KEYS, POLICY
from tests.checkout_runtime.ledger_payments import LOST

S = OrderStatus
DAY = 24 * 60 * 60


def after_a_lost_answer(world: CheckoutWorld, *, captured: bool = True) -> Order:
    """An order whose first request was lost: before it was carried out, or after."""
    order = world.place()
    world.payments.next_answers = [world.payments.capture_then_hang if captured else LOST]
    assert not world.deliver(order)
    assert world.stored(order).status is S.UNKNOWN
    return order


def test_a_first_request_is_sent_without_a_look_up(world: CheckoutWorld) -> None:
    order = world.place()
    world.deliver(order)
    assert (world.payments.requests, world.payments.look_ups) == ([order.payment_key], [])


def test_before_a_repeat_the_payment_service_is_asked(world: CheckoutWorld) -> None:
    order = after_a_lost_answer(world)
    assert world.deliver(order)
    assert world.payments.look_ups == [order.payment_key]
    assert world.payments.requests == [order.payment_key]
    assert world.stored(order).charge_id == "ch_1"


def test_what_was_not_found_is_repeated_under_the_same_key(world: CheckoutWorld) -> None:
    order = after_a_lost_answer(world, captured=False)
    assert world.deliver(order)
    assert world.payments.requests == [order.payment_key] * 2
    assert world.captures(order) == 1


def test_without_a_look_up_the_key_alone_prevents_a_second_capture(world: CheckoutWorld) -> None:
    world.payments.can_look_up = False
    order = after_a_lost_answer(world)
    assert world.deliver(order)
    assert world.payments.requests == [order.payment_key] * 2
    assert world.captures(order) == 1


def test_while_the_look_up_is_unanswered_nothing_is_sent(world: CheckoutWorld) -> None:
    order = after_a_lost_answer(world, captured=False)
    world.payments.next_look_ups = [Unknown("http_500")]
    assert not world.deliver(order)
    assert len(world.payments.requests) == 1


@pytest.mark.parametrize("captured", [True, False])
def test_without_keys_a_request_is_sent_once_and_never_again(
    captured: bool, world: CheckoutWorld
) -> None:
    world.policy, world.payments.honours_keys = NO_KEYS, False
    world.payments.can_look_up = False
    order = after_a_lost_answer(world, captured=captured)
    assert world.deliver(order)
    assert world.stored(order).review_reason == "keys_not_honoured"
    assert world.payments.requests == [order.payment_key]


def test_retention_counts_from_the_first_claim_however_often_it_is_claimed(
    world: CheckoutWorld,
) -> None:
    world.payments.can_look_up = False
    order = after_a_lost_answer(world)
    margin = world.policy.lease_seconds + world.policy.payment_timeout_seconds
    world.payments.next_answers = [LOST]
    world.let_pass(DAY - margin - 1)
    assert not world.deliver(order)
    world.let_pass(1)
    assert world.deliver(order)
    stored = world.stored(order)
    assert (stored.status, stored.review_reason) == (S.NEEDS_REVIEW, "key_retention_over")
    assert len(world.payments.requests) == 2


def test_a_new_attempt_has_a_retention_of_its_own(world: CheckoutWorld) -> None:
    order = world.place()
    world.payments.next_answers = [Declined("no_funds")]
    world.deliver(order)
    world.let_pass(2 * DAY)
    world.start_attempt(order)
    world.payments.next_answers = [world.payments.capture_then_hang]
    world.deliver(order)
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID


@pytest.mark.parametrize("answer", [Declined("no_funds"), ActionRequired(None)])
def test_a_no_to_a_repeat_counts_where_keys_are_honoured(
    answer: Outcome, world: CheckoutWorld
) -> None:
    world.payments.can_look_up = False
    order = after_a_lost_answer(world, captured=False)
    world.payments.next_answers = [answer]
    assert world.deliver(order)
    assert world.stored(order).status in (S.DECLINED, S.ACTION_REQUIRED)


@pytest.mark.parametrize("policy", [POLICY, NO_KEYS])
def test_a_no_from_a_look_up_counts_with_or_without_keys(
    policy: ChargePolicy, world: CheckoutWorld
) -> None:
    world.policy = policy
    order = after_a_lost_answer(world, captured=False)
    world.payments.next_look_ups = [Declined("no_funds")]
    assert world.deliver(order)
    assert world.stored(order).decline_code == "no_funds"


def test_a_repeat_refused_as_a_request_frees_no_further_attempt(world: CheckoutWorld) -> None:
    order = after_a_lost_answer(world)
    world.payments.next_look_ups = [NotFound()]
    world.payments.next_answers = [NotCharged("http_400")]
    assert not world.deliver(order)
    assert world.stored(order).status is S.UNKNOWN


def test_a_worker_that_slept_until_its_lease_was_short_sends_nothing(world: CheckoutWorld) -> None:
    held = world.claim(world.place())
    world.let_pass(world.policy.lease_seconds - world.policy.payment_timeout_seconds + 0.001)
    assert world.settle(held, may_charge=True, deadline=DEADLINE) is False
    assert not world.payments.requests
    assert world.stored(held).status is S.UNKNOWN


def test_a_look_up_that_took_the_lease_leaves_no_time_to_send(
    world: CheckoutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = after_a_lost_answer(world, captured=False)

    def slow_look_up(payment_key: str) -> NotFound:
        world.let_lease_pass()
        return NotFound()

    monkeypatch.setattr(world.payments, "look_up", slow_look_up)
    assert not world.deliver(order)
    assert len(world.payments.requests) == 1


@pytest.mark.parametrize("proof", [Captured("ch_9", 1, "EUR"), Captured("ch_9", 4200, "USD")])
def test_a_capture_that_does_not_match_is_kept_as_proof_and_needs_a_person(
    proof: Captured, world: CheckoutWorld
) -> None:
    order = world.place()
    world.payments.next_answers = [proof]
    assert world.deliver(order)
    stored = world.stored(order)
    assert (stored.status, stored.charge_id) == (S.NEEDS_REVIEW, None)
    assert stored.stray_charges == {f"1:ch_9:{proof.amount}:{proof.currency}"}
    assert world.deliver(order)
    assert len(world.payments.requests) == 1


def test_a_stale_worker_with_a_capture_in_hand_pays_the_order(world: CheckoutWorld) -> None:
    stale = world.claim(world.place())
    world.let_lease_pass()
    holder = world.claim(stale, "another")
    assert world.settle.store(stale, Captured("ch_1", 4200, "EUR"), deadline=DEADLINE)
    assert world.stored(stale).status is S.PAID
    assert world.settle.store(holder, Declined("no_funds"), deadline=DEADLINE) is False
    assert world.stored(stale).status is S.PAID


@pytest.mark.parametrize("decision", [Declined("no_funds"), ActionRequired(None), Unknown("x")])
def test_a_stale_worker_without_proof_stores_nothing(
    decision: Declined | ActionRequired | Unknown, world: CheckoutWorld
) -> None:
    stale = world.claim(world.place())
    world.let_lease_pass()
    holder = world.claim(stale, "another")
    assert world.settle.store(stale, decision, deadline=DEADLINE) is False
    assert world.stored(stale) == holder


@pytest.mark.parametrize("decision", [Declined("no_funds"), ActionRequired(None)])
def test_a_stale_worker_does_not_take_the_holders_outcome_for_its_own(
    decision: Declined | ActionRequired, world: CheckoutWorld
) -> None:
    stale = world.claim(world.place())
    world.let_lease_pass()
    holder = world.claim(stale, "another")
    assert world.settle.store(holder, decision, deadline=DEADLINE) is True
    assert world.settle.store(stale, decision, deadline=DEADLINE) is False
    assert world.settle.store(holder, decision, deadline=DEADLINE) is True


def test_a_late_capture_of_a_replaced_attempt_stops_the_new_one(world: CheckoutWorld) -> None:
    order = world.place()
    first = world.claim(order)
    world.settle.store(first, Declined("no_funds"), deadline=DEADLINE)
    world.start_attempt(order)
    assert world.settle.store(first, Captured("ch_late", 4200, "EUR"), deadline=DEADLINE)
    assert world.deliver(order)
    assert world.stored(order).stray_charges == {"1:ch_late:4200:EUR"}
    assert not world.payments.requests


def test_an_order_from_a_backup_is_asked_about_before_its_first_request(
    world: CheckoutWorld,
) -> None:
    order = world.place()
    world.payments.capture(order)
    world.payments.honours_keys = False
    world.policy = replace(world.policy, quarantine_before=world.clock.now() + 1)
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID
    assert (world.payments.requests, world.captures(order)) == ([], 1)


def test_an_order_from_a_backup_that_nobody_can_be_asked_about_needs_a_person(
    world: CheckoutWorld,
) -> None:
    world.payments.can_look_up = False
    order = world.place()
    world.policy = replace(world.policy, quarantine_before=world.clock.now() + 1)
    assert world.deliver(order)
    assert world.stored(order).review_reason == "restored_from_backup"
    assert not world.payments.requests


@pytest.mark.parametrize(
    ("answer", "seconds", "status"),
    [
        (Cancelled(), 0, S.DECLINED),
        (Captured("ch_1", 4200, "EUR"), 0, S.PAID),
        (Captured("ch_1", 1, "EUR"), 0, S.NEEDS_REVIEW),
        (Declined("no_funds"), 0, S.DECLINED),
        (Unknown("http_500"), 0, S.UNKNOWN),
        (ActionRequired("https://bank/"), 0, S.UNKNOWN),
        (NotFound(), 0, S.UNKNOWN),
        (Processing(), 0, S.PROCESSING),
        (Unknown("http_500"), 2 * DAY, S.NEEDS_REVIEW),
    ],
)
def test_an_attempt_nobody_acted_on_ends_as_the_payment_service_says(
    answer: Outcome | Cancelled, seconds: int, status: OrderStatus, world: CheckoutWorld
) -> None:
    world.payments.can_cancel, world.payments.cancelled = True, answer
    order = world.place()
    first = world.claim(order)
    world.let_pass(seconds)
    world.settle.store(first, world.settle.end_action(first), deadline=DEADLINE)
    assert world.stored(order).status is status


def test_where_nothing_can_be_cancelled_an_operator_ends_the_attempt(world: CheckoutWorld) -> None:
    held = world.claim(world.place())
    world.settle.store(held, world.settle.end_action(held), deadline=DEADLINE)
    assert world.stored(held).review_reason == "action_not_taken"
    assert world.payments.look_ups == [held.payment_key]
