"""Runs of the reconciler over a real index: sweeps, races, crashes, and never a charge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from checkout_runtime.application.circuit_breaker import FAILURES_TO_OPEN, FIRST_PAUSE_SECONDS
from checkout_runtime.application.reconcile_orders import Reconciled
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import ActionRequired, Captured, Declined, NotFound
from tests.checkout_runtime.application.checkout_world import (
    CheckoutWorld,
    message_of,
)
from tests.checkout_runtime.factories import NO_KEYS
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, empty_dynamodb
from tests.checkout_runtime.ledger_payments import LOST
from tests.checkout_runtime.use_cases import RECONCILE_AFTER_SECONDS

S = OrderStatus
A_DAY_OF_RUNS = 30


def lost_message(world: CheckoutWorld, seconds: float = RECONCILE_AFTER_SECONDS) -> Order:
    """An order that nobody was told about, old enough for the reconciler."""
    order = world.place()
    world.let_pass(seconds)
    return order


def lost_answer(world: CheckoutWorld, *, captured: bool) -> Order:
    """An order that is unknown and whose message is gone."""
    order = world.place()
    world.payments.next_answers = [world.payments.capture_then_hang if captured else LOST]
    world.process(message_of(order))
    world.let_pass(RECONCILE_AFTER_SECONDS)
    return order


def test_the_ordinal_is_stored_before_the_message_is_sent(world: CheckoutWorld) -> None:
    order = lost_message(world)
    world.queue.fail("send")
    world.reconcile()
    assert world.stored(order).resend == 1
    world.queue.heal()
    world.let_pass(2 * RECONCILE_AFTER_SECONDS)
    world.reconcile()
    # The ordinal that may or may not have been sent is not used again.
    assert world.queue.sent == [PaymentMessage(order.order_id, 1, resend=2)]


def test_nothing_is_sent_where_the_ordinal_is_not_stored(world: CheckoutWorld) -> None:
    for trouble in (world.unsettled.fail, world.unsettled.lose_answer):
        lost_message(world)
        trouble("begin_resend")
        world.reconcile()
        world.unsettled.heal()
    assert world.queue.sent == []


def test_no_two_resends_have_the_same_body(world: CheckoutWorld) -> None:
    orders = [lost_message(world), lost_answer(world, captured=False)]
    for _ in range(A_DAY_OF_RUNS):
        world.let_pass(60 * 60)
        world.reconcile()
    bodies = [message.to_body() for message in world.queue.sent]
    first = {PaymentMessage(order.order_id, 1).to_body() for order in orders}
    assert len(bodies) == len(set(bodies)) > 20
    assert not first & set(bodies)


def test_two_runs_at_once_do_no_harm(world: CheckoutWorld) -> None:
    lost = lost_message(world)
    unclear = lost_answer(world, captured=False)
    captured = lost_answer(world, captured=True)
    world.executor = OtherRunInBetween(world)
    world.reconcile()
    sent = world.queue.sent
    assert len(set(sent)) == len(sent)
    assert {message.order_id for message in sent} == {lost.order_id, unclear.order_id}
    assert world.stored(captured).status is S.PAID
    orders = {order.order_id: order for order in (lost, unclear)}
    asked = [message_of(orders[message.order_id], resend=message.resend) for message in sent]
    assert world.process(*asked) == []
    assert {world.captures(order) for order in (lost, unclear, captured)} == {1}


class OtherRunInBetween:
    """Lets a second run pass after the first has read a page and before it acts on it."""

    def __init__(self, world: CheckoutWorld) -> None:
        self._world, self._passed = world, False

    def run_all(self, tasks: Sequence[Any]) -> list[Any]:
        if not self._passed:
            self._passed = True
            self._world.reconcile()
            self._world.clock.time += 1
        return [task() for task in tasks]


@pytest.mark.parametrize("shards", [1, 3])
def test_over_runs_that_end_early_every_order_is_acted_on_once(
    shards: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = CheckoutWorld(empty_dynamodb(), ORDER_TABLE, shards)
    monkeypatch.setattr("checkout_runtime.application.reconcile_orders._PAGE", 2)
    world.executor = TakesTime(world, seconds=1)
    orders = {world.place().order_id for _ in range(13)}
    world.let_pass(RECONCILE_AFTER_SECONDS)
    runs: list[Reconciled] = []
    while not runs or not runs[-1].finished:
        runs.append(world.reconcile(seconds=world.policy.turn_seconds + 4))
    assert len(runs) > 2
    assert [run.finished for run in runs[:-1]] == [False] * (len(runs) - 1)
    assert Counter(message.order_id for message in world.queue.sent) == dict.fromkeys(orders, 1)
    assert world.unsettled.bookmark() == {}


class TakesTime:
    """Each task takes a time."""

    def __init__(self, world: CheckoutWorld, seconds: int) -> None:
        self._world, self._seconds = world, seconds

    def run_all(self, tasks: Sequence[Any]) -> list[Any]:
        results = []
        for task in tasks:
            results.append(task())
            self._world.let_pass(self._seconds)
        return results


def test_no_run_ever_charges(world: CheckoutWorld) -> None:
    lost_message(world)
    lost_answer(world, captured=False)
    world.claim(world.place())
    world.payments.next_answers = [ActionRequired(None)]
    world.deliver(world.place())
    requests = list(world.payments.requests)
    for _ in range(A_DAY_OF_RUNS):
        world.let_pass(60 * 60)
        world.reconcile()
    assert world.payments.requests == requests
    assert world.unsettled.count_open(0) == 0
    assert world.unsettled.count_in_review(0) == 4


@pytest.mark.parametrize("asked_before", [False, True])
def test_what_the_reconciler_sends_settles_the_order(
    asked_before: bool, world: CheckoutWorld
) -> None:
    order = lost_answer(world, captured=False) if asked_before else lost_message(world)
    world.reconcile()
    [sent] = world.queue.sent
    assert world.process(message_of(order, resend=sent.resend)) == []
    assert world.stored(order).status is S.PAID


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (Declined("no_funds"), S.DECLINED),
        (Captured("ch_7", 1, "EUR"), S.NEEDS_REVIEW),
        (NotFound(), S.ACTION_REQUIRED),
    ],
)
def test_news_about_a_buyer_who_has_to_act_is_stored_and_nothing_else(
    found: Declined | Captured | NotFound, status: OrderStatus, world: CheckoutWorld
) -> None:
    order = world.place()
    world.payments.next_answers = [ActionRequired("https://bank.example.com/")]
    world.deliver(order)
    world.let_pass(RECONCILE_AFTER_SECONDS)
    world.payments.next_look_ups = [found]
    world.reconcile()
    assert world.stored(order).status is status
    assert world.queue.sent == []


def test_a_worker_that_claims_while_the_buyers_news_is_read_keeps_its_claim(
    world: CheckoutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.place()
    world.payments.next_answers = [ActionRequired(None)]
    world.deliver(order)
    world.let_pass(RECONCILE_AFTER_SECONDS)

    def resumed_meanwhile(payment_key: str) -> Declined:
        world.resume(order)
        world.claim(order, "worker")
        return Declined("no_funds")

    monkeypatch.setattr(world.payments, "look_up", resumed_meanwhile)
    world.reconcile()
    stored = world.stored(order)
    assert (stored.status, stored.claim_id) == (S.CHARGING, "worker")


def test_orders_in_trouble_do_not_stop_the_others(world: CheckoutWorld) -> None:
    orders = [lost_message(world) for _ in range(3)]
    world.unsettled.fail("begin_resend", orders[0].order_id)
    done = world.reconcile()
    assert (done.orders_seen, done.orders_acted_on, done.finished) == (3, 2, True)
    assert {m.order_id for m in world.queue.sent} == {o.order_id for o in orders[1:]}


def test_an_order_that_cannot_be_read_does_not_hide_the_others(world: CheckoutWorld) -> None:
    strange, order = lost_message(world), lost_message(world)
    world.client.call(
        "UpdateItem",
        {
            "TableName": world.table_name,
            "Key": {"pk": {"S": strange.order_id}},
            "UpdateExpression": "SET #status = :later_version",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {":later_version": {"S": "PARTLY_PAID"}},
        },
    )
    world.reconcile()
    assert [message.order_id for message in world.queue.sent] == [order.order_id]


def test_a_look_up_takes_no_request_off_the_count(world: CheckoutWorld) -> None:
    world.policy = NO_KEYS
    world.payments.next_answers = [LOST]
    order = world.place()
    world.deliver(order)
    world.let_pass(3600)
    world.reconcile()
    assert world.stored(order).attempt_claims == 1
    world.deliver(order)
    assert world.payments.requests == [order.payment_key]


def test_only_orders_in_review_without_a_stray_charge_are_released(
    world: CheckoutWorld,
) -> None:
    pending, unclear, stray = (world.place() for _ in range(3))
    held = world.claim(unclear)
    world.outcomes.record_review(held, "look", world.clock.now())
    charge = Captured("ch_5", 1, "EUR")
    world.outcomes.record_stray(stray, 1, charge, "capture_mismatch", world.clock.now())
    asked = [order.order_id for order in (pending, unclear, stray)]
    assert world.reconciler.release(asked) == [unclear.order_id]
    stored = world.stored(unclear)
    assert (stored.status, stored.review_reason, stored.resend) == (S.UNKNOWN, None, 1)
    assert world.stored(pending) == pending
    assert world.stored(stray).status is S.NEEDS_REVIEW
    assert world.unsettled.count_open(0) == 2


def test_a_lease_of_a_wrong_clock_does_not_keep_the_reconciler_waiting(
    world: CheckoutWorld,
) -> None:
    order = world.place()
    world.let_pass(24 * 60 * 60)
    world.claim(order, "dead, and a day ahead")
    world.let_pass(-12 * 60 * 60)
    world.reconcile()
    assert world.stored(order).status is S.UNKNOWN


def test_an_order_that_moved_on_does_not_use_up_the_probe_after_an_outage(
    world: CheckoutWorld,
) -> None:
    gone, waits = (lost_answer(world, captured=True) for _ in range(2))
    for _ in range(FAILURES_TO_OPEN):
        world.look_up_breaker.record(available=False, now=world.clock.now())
    world.let_pass(FIRST_PAUSE_SECONDS)
    world.orders.fail("claim", gone.order_id)
    world.reconcile()
    assert world.stored(waits).status is S.PAID
