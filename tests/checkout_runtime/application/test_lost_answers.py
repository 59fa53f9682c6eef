"""A write that was carried out and whose answer was lost: nobody is charged for it again."""

from __future__ import annotations

import pytest

from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import ActionRequired, Declined
from tests.checkout_runtime.application.checkout_world import CheckoutWorld
from tests.checkout_runtime.factories import NO_KEYS

S = OrderStatus


def test_a_claim_whose_answer_was_lost_charges_nobody_twice(world: CheckoutWorld) -> None:
    order = world.place()
    world.orders.lose_answer("claim")
    assert not world.deliver(order)
    assert not world.payments.requests
    world.orders.heal()
    assert not world.deliver(order)
    world.let_lease_pass()
    assert world.deliver(order)
    assert world.payments.look_ups == [order.payment_key]
    assert world.captures(order) == 1


def test_a_claim_repeated_by_the_client_is_still_its_holders_first(world: CheckoutWorld) -> None:
    order = world.place()
    assert world.claim(order, "mine") == world.claim(order, "mine")
    assert world.policy.is_first_request(world.stored(order))


@pytest.mark.parametrize(
    ("answer", "record", "status"),
    [
        (None, "record_capture", S.PAID),
        (Declined("no_funds"), "record_decline", S.DECLINED),
        (ActionRequired(None), "record_action_required", S.ACTION_REQUIRED),
    ],
)
def test_an_outcome_whose_answer_was_lost_is_not_charged_for_again(
    answer: Declined | None, record: str, status: OrderStatus, world: CheckoutWorld
) -> None:
    order = world.place()
    world.payments.next_answers = [answer] if answer else []
    world.outcomes.lose_answer(record)
    assert not world.deliver(order)
    world.outcomes.heal()
    assert world.deliver(order)
    assert world.stored(order).status is status
    assert len(world.payments.requests) == 1


@pytest.mark.parametrize("record", ["record_unknown", "record_review"])
def test_a_lost_answer_about_trouble_ends_where_the_trouble_would(
    record: str, world: CheckoutWorld
) -> None:
    world.payments.can_look_up = False
    world.policy = NO_KEYS
    order = world.place()
    world.payments.next_answers = [world.payments.capture_then_hang]
    world.outcomes.lose_answer(record)
    world.deliver(order)
    world.deliver(order)
    world.outcomes.heal()
    assert world.deliver(order)
    assert world.stored(order).status is S.NEEDS_REVIEW
    assert world.captures(order) == 1
