"""One order for one intent on the order table, at whatever moment it is submitted again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from checkout_runtime.application.place_order import Created, Mismatch, Replayed
from checkout_runtime.application.start_payment_attempt import AttemptRefused
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import Captured, Declined, NotFound, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.checkout_world import CheckoutWorld, message_of
from tests.checkout_runtime.factories import BUYER
from tests.checkout_runtime.ledger_payments import LOST

S = OrderStatus


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key that no other test has."""
    return str(request.node.nodeid)


def test_a_resubmission_shows_the_stored_order_and_stores_nothing(
    world: CheckoutWorld, key: str
) -> None:
    created = world.submit(key)
    assert isinstance(created, Created)
    world.deliver(created.order)
    world.let_pass(60 * 60 * 24 * 365)
    paid = world.stored(created.order)
    assert world.submit(key, payment_method="pm_other") == Replayed(paid)
    assert world.stored(created.order) == paid


def test_other_content_under_the_key_stores_nothing(world: CheckoutWorld, key: str) -> None:
    created = world.submit(key)
    for changes in ({"amount": 1}, {"currency": "USD"}, {"customer": "cus_2"}, {"lines": ()}):
        assert world.submit(key, **changes) == Mismatch(created.order.order_id)
    assert world.stored(created.order) == created.order


def test_another_principal_with_the_same_key_has_an_order_of_its_own(
    world: CheckoutWorld, key: str
) -> None:
    mine, theirs = world.submit(key, BUYER), world.submit(key, "somebody else")
    assert isinstance(theirs, Created)
    assert mine.order.order_id != theirs.order.order_id


def test_submissions_at_the_same_instant_make_one_order(world: CheckoutWorld, key: str) -> None:
    with ThreadPoolExecutor(8) as buyers:
        placements = list(buyers.map(lambda _: world.submit(key), range(16)))
    assert sum(isinstance(placement, Created) for placement in placements) == 1
    assert len({placement.order.order_id for placement in placements}) == 1


def test_a_placement_whose_answer_was_lost_is_replayed(world: CheckoutWorld, key: str) -> None:
    world.orders.lose_answer("accept")
    with pytest.raises(ConnectionError):
        world.submit(key)
    world.orders.heal()
    assert isinstance(world.submit(key), Replayed)


def test_deliveries_at_the_same_instant_charge_once(world: CheckoutWorld) -> None:
    world.payments.honours_keys = False
    order = world.place()
    with ThreadPoolExecutor(6) as workers:
        list(workers.map(lambda n: world.process(message_of(order, resend=n)), range(12)))
    assert len(world.payments.requests) == world.captures(order) == 1
    assert world.stored(order).status is S.PAID


def test_a_redriven_dead_letter_of_a_settled_or_reviewed_order_charges_nothing(
    world: CheckoutWorld,
) -> None:
    world.payments.can_look_up = False
    order = world.place()
    world.payments.next_answers = [LOST]
    world.deliver(order)
    world.let_pass(60 * 60 * 48)
    assert world.deliver(order)
    assert world.stored(order).status is S.NEEDS_REVIEW
    before = world.stored(order)
    assert world.deliver(order)
    assert world.stored(order) == before
    assert len(world.payments.requests) == 1


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (NotFound(), S.NEEDS_REVIEW),
        (Unknown("http_500"), S.UNKNOWN),
        (Captured("ch_1", 4200, "EUR"), S.PAID),
    ],
)
def test_a_released_order_is_never_charged_after_its_retention(
    found: NotFound | Unknown | Captured, status: OrderStatus, world: CheckoutWorld
) -> None:
    order = world.place()
    world.payments.next_answers = [LOST]
    world.deliver(order)
    world.let_pass(60 * 60 * 48)
    world.deliver(order)
    assert world.reconciler.release([order.order_id]) == [order.order_id]
    world.payments.next_look_ups = [found]
    world.deliver(order)
    assert len(world.payments.requests) == 1
    assert world.stored(order).status is status


def test_a_stray_charge_keeps_the_current_attempt_from_being_claimed(world: CheckoutWorld) -> None:
    order = world.place()
    other = replace(order, attempt=0)
    world.outcomes.record_capture(other, Captured("ch_0", 4200, "EUR"), world.clock.now())
    assert world.deliver(order)
    assert world.reconciler.release([order.order_id]) == []
    assert not world.payments.requests


def test_no_money_moves_for_an_order_with_a_stray_charge_in_whatever_state(
    world: CheckoutWorld,
) -> None:
    """No transition leads there; an edit of an item by hand may."""
    for answer in (LOST, Declined("no_funds")):
        order = world.place()
        world.payments.next_answers = [answer]
        world.deliver(order)
        world.client.call(
            "UpdateItem",
            {
                "TableName": world.table_name,
                "Key": {"pk": {"S": order.order_id}},
                "UpdateExpression": "SET stray_charges = :proof",
                "ExpressionAttributeValues": {":proof": {"SS": ["1:ch_0:4200:EUR"]}},
            },
        )
        before = world.stored(order)
        requests = len(world.payments.requests)
        world.deliver(order)
        assert isinstance(world.start_attempt(order), AttemptRefused)
        assert world.stored(order) == before
        assert len(world.payments.requests) == requests


def test_a_resubmitted_order_that_a_restore_lost_is_looked_up_before_it_is_charged(
    world: CheckoutWorld, key: str
) -> None:
    order = world.submit(key).order
    world.deliver(order)
    world.client.call(
        "DeleteItem",
        {
            "TableName": world.table_name,
            "Key": {"pk": {"S": order.order_id}},
        },
    )
    world.let_pass(25 * 60 * 60)
    world.payments.honours_keys = False  # for that long
    # A day is granted for buyers to submit again what the backup does not hold.
    a_day_later = world.clock.now() + 24 * 60 * 60 * 1000
    world.policy = replace(world.policy, quarantine_before=a_day_later)
    world.let_pass(60)
    assert world.submit(key).order.order_id == order.order_id
    world.deliver(order)
    assert world.captures(order) == 1
