"""Clocks that are wrong, on the order table: what cannot be true binds nobody."""

from __future__ import annotations

from checkout_runtime.application.order_records import Changed
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.checkout_world import CheckoutWorld, message_of
from tests.checkout_runtime.factories import SECOND, SERVICE
from tests.checkout_runtime.ledger_payments import LOST

S = OrderStatus
DAY = 24 * 60 * 60


def test_retention_counts_from_the_earlier_of_the_queues_clock_and_the_workers(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [LOST] * 3
    early, late, again = (world.place() for _ in range(3))
    now = world.clock.now()
    world.process(replace(message_of(early), first_received_at=now - 5000))
    world.process(replace(message_of(late), first_received_at=now + 5000))
    redelivered = message_of(again, receive_count=2)
    world.process(replace(redelivered, first_received_at=now - 5000))
    assert world.stored(early).first_claimed_at == now - 5000
    assert world.stored(late).first_claimed_at == world.stored(again).first_claimed_at == now


def test_a_lease_longer_than_any_is_one_of_a_wrong_clock_and_is_taken_over(
    world: CheckoutWorld,
) -> None:
    order = world.place()
    world.let_pass(DAY)
    world.claim(order, "dead, and a day ahead")
    world.let_pass(-DAY)
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID


def test_a_lease_of_a_clock_that_is_a_little_ahead_is_respected(world: CheckoutWorld) -> None:
    order = world.place()
    skew = world.policy.lease_seconds
    world.let_pass(skew)
    held = world.claim(order)
    world.let_pass(-skew)
    assert not world.deliver(order)
    assert world.stored(order) == held


def test_a_claim_to_look_up_is_not_counted_as_one_that_may_have_requested(
    world: CheckoutWorld,
) -> None:
    order = world.place()
    now = world.clock.now()
    lease = now + world.policy.lease_seconds * SECOND
    taken = world.orders.claim(
        order.order_id,
        1,
        claim_id="asks",
        now=now,
        service=SERVICE,
        lease_expires_at=lease,
        to_look_up=True,
    )
    assert isinstance(taken, Changed)
    assert (taken.order.claim_epoch, taken.order.attempt_claims) == (1, 0)
    assert taken.order.first_claimed_at is None
    world.let_lease_pass()
    assert world.deliver(order)
    assert world.payments.look_ups == []
    assert world.captures(order) == 1
