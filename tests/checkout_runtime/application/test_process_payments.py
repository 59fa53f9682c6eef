"""Batches of the payment queue: what is deleted, what is delivered again, and what is charged."""

from __future__ import annotations

import pytest

from checkout_runtime.application.circuit_breaker import FAILURES_TO_OPEN
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import ActionRequired, Declined, NotCharged, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.checkout_world import CheckoutWorld, message_of
from tests.checkout_runtime.factories import new_order
from tests.checkout_runtime.ledger_payments import LOST

S = OrderStatus


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (None, S.PAID),
        (Declined("no_funds"), S.DECLINED),
        (NotCharged("http_400"), S.DECLINED),
        (ActionRequired("https://bank.example.com/"), S.ACTION_REQUIRED),
    ],
)
def test_a_message_is_deleted_once_the_outcome_is_stored(
    answer: Declined | None, status: OrderStatus, world: CheckoutWorld
) -> None:
    order = world.place()
    world.payments.next_answers = [answer] if answer else []
    assert world.deliver(order)
    assert world.stored(order).status is status
    assert world.queue.delays == {}


def test_a_message_is_kept_while_the_outcome_is_unknown(world: CheckoutWorld) -> None:
    order = world.place()
    message = message_of(order, receive_count=3)
    world.payments.next_answers = [LOST]
    assert world.process(message) == [message]
    assert world.stored(order).status is S.UNKNOWN
    assert world.queue.delays == {message.receipt_handle: 20}


@pytest.mark.parametrize(
    ("answer", "record"),
    [
        (None, "record_capture"),
        (Declined("no_funds"), "record_decline"),
        (ActionRequired(None), "record_action_required"),
    ],
)
def test_a_message_is_kept_where_the_outcome_could_not_be_stored(
    answer: Declined | None, record: str, world: CheckoutWorld
) -> None:
    order = world.place()
    world.payments.next_answers = [answer] if answer else []
    world.outcomes.fail(record)
    assert not world.deliver(order)
    assert world.stored(order).status is S.CHARGING


def test_a_capture_that_could_not_be_stored_is_stored_by_the_next_delivery(
    world: CheckoutWorld,
) -> None:
    order = world.place()
    world.outcomes.fail("record_capture")
    assert not world.deliver(order)
    world.outcomes.heal()
    world.let_lease_pass()
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID
    assert world.captures(order) == len(world.payments.requests) == 1


def test_a_duplicate_delivery_after_success_charges_nothing(world: CheckoutWorld) -> None:
    order = world.place()
    asked = message_of(order, message_id="same")
    assert world.process(asked) == world.process(asked) == []
    assert world.process(message_of(order, resend=1), message_of(order, resend=2)) == []
    assert world.captures(order) == len(world.payments.requests) == 1


def test_two_messages_of_one_batch_charge_their_order_once(world: CheckoutWorld) -> None:
    order = world.place()
    assert world.process(message_of(order), message_of(order, resend=1)) == []
    assert len(world.payments.requests) == 1


def test_groups_are_independent_of_one_another(world: CheckoutWorld) -> None:
    paid, unclear, also_paid = (world.place() for _ in range(3))
    trouble = message_of(unclear)
    world.orders.fail("claim", unclear.order_id)
    assert world.process(message_of(paid), trouble, message_of(also_paid)) == [trouble]
    assert [world.stored(each).status for each in (paid, also_paid)] == [S.PAID, S.PAID]


def test_messages_of_a_group_are_taken_in_order_though_groups_are_mixed(
    world: CheckoutWorld,
) -> None:
    one, other = world.place(), world.place()
    batch = [message_of(each, resend=n) for n in range(2) for each in (one, other)]
    world.payments.next_answers = [LOST, LOST]
    returned = world.process(*batch)
    assert {(m.group, m.body) for m in returned} == {(m.group, m.body) for m in batch}
    for order in (one, other):
        own = [m for m in returned if m.group == order.order_id]
        assert [PaymentMessage.from_body(m.body).resend for m in own] == [0, 1]


def test_a_failed_message_takes_the_later_ones_of_its_group_with_it(world: CheckoutWorld) -> None:
    order, other = world.place(), world.place()
    first, later = message_of(order), message_of(order, resend=1)
    world.orders.fail("claim", order.order_id)
    assert world.process(first, message_of(other), later) == [first, later]
    assert world.orders.calls.count("claim") == 2
    assert world.payments.requests == [other.payment_key]


def test_a_message_behind_one_that_succeeded_may_fail_alone(world: CheckoutWorld) -> None:
    order = world.place()
    later = message_of(order, attempt=2)
    assert world.process(message_of(order), later) == [later]


def test_nothing_is_started_without_time_for_a_turn(world: CheckoutWorld) -> None:
    order = world.place()
    turn = world.policy.turn_seconds
    late = message_of(order)
    assert world.process(late, seconds=turn - 0.001) == [late]
    assert world.stored(order) == order
    assert world.process(message_of(order), seconds=turn) == []


def test_nothing_is_claimed_if_the_payment_service_cannot_be_prepared(
    world: CheckoutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.place()

    def no_secret() -> None:
        raise ConnectionError("no secret")

    monkeypatch.setattr(world.payments, "prepare", no_secret)
    with pytest.raises(ConnectionError):
        world.process(message_of(order))
    assert world.stored(order) == order


@pytest.mark.parametrize("body", ["", "{}", '{"attempt":1,"order_id":"reconciler#bookmark"}'])
def test_an_unreadable_message_comes_back_at_once_and_holds_up_no_other(
    body: str, world: CheckoutWorld
) -> None:
    order = world.place()
    poison = replace(message_of(new_order("nobody")), body=body, group="another-group")
    assert world.process(poison, message_of(order)) == [poison]
    assert world.queue.delays == {poison.receipt_handle: 0}
    assert world.stored(order).status is S.PAID


def test_a_message_that_names_no_order_comes_back_at_once(world: CheckoutWorld) -> None:
    order = world.place()
    stranger = message_of(new_order("never-placed"), receive_count=4)
    assert world.process(stranger, message_of(order)) == [stranger]
    assert world.queue.delays == {stranger.receipt_handle: 0}


def test_a_live_lease_hands_the_message_back_for_the_rest_of_the_lease(
    world: CheckoutWorld,
) -> None:
    order = world.place()
    held = world.claim(order)
    world.let_pass(10.5)
    message = message_of(order)
    assert world.process(message) == [message]
    # Rounded up: a second too early would be one more receive for nothing.
    assert world.queue.delays == {message.receipt_handle: world.policy.lease_seconds - 10}
    assert world.stored(order) == held
    assert not world.payments.requests


def test_an_earlier_attempt_is_deleted_and_a_later_one_is_kept(world: CheckoutWorld) -> None:
    order = world.place()
    world.payments.next_answers = [Declined("no_funds")]
    world.deliver(order)
    world.start_attempt(order)
    pending = world.stored(order)
    later = message_of(order, attempt=3)
    assert world.process(message_of(order, attempt=1)) == []
    assert world.process(later) == [later]
    assert world.stored(order) == pending
    assert len(world.payments.requests) == 1


def test_behind_an_open_breaker_nothing_is_tried_and_nothing_is_claimed(
    world: CheckoutWorld,
) -> None:
    orders = [world.place() for _ in range(FAILURES_TO_OPEN + 2)]
    messages = [message_of(order) for order in orders]
    world.payments.next_answers = [LOST] * FAILURES_TO_OPEN
    assert set(world.process(*messages)) == set(messages)
    untried = [world.stored(order) for order in orders if world.stored(order).attempt_claims == 0]
    assert len(world.payments.requests) == FAILURES_TO_OPEN
    assert [order.status for order in untried] == [S.PENDING] * 2


def test_after_the_pause_one_order_probes_and_its_success_lets_all_through(
    world: CheckoutWorld,
) -> None:
    orders = [world.place() for _ in range(FAILURES_TO_OPEN)]
    world.payments.next_answers = [LOST] * FAILURES_TO_OPEN
    world.process(*map(message_of, orders))
    world.let_pass(60)
    assert world.process(*map(message_of, orders)) == []
    assert {world.captures(order) for order in orders} == {1}


def test_a_return_to_the_queue_that_fails_leaves_the_message_to_the_queues_own_time(
    world: CheckoutWorld,
) -> None:
    order, other = world.place(), world.place()
    world.payments.next_answers = [Unknown("timeout")]
    world.queue.fail("make_visible_after")
    returned = world.process(message_of(order), message_of(other))
    assert len(returned) == 1
    assert {world.stored(order).status, world.stored(other).status} == {S.PAID, S.UNKNOWN}
