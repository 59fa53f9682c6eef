"""Batches of the payment queue: what is deleted, what is delivered again, and what is charged."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.circuit_breaker import (
    FAILURES_TO_OPEN,
    CircuitBreaker,
    Permit,
)
from checkout_runtime.application.order_records import NotChanged
from checkout_runtime.application.process_refund import NotSettledYet
from checkout_runtime.domain.identity import operation_id_for
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.operation_message import OperationMessage
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import ActionRequired, Declined, NotCharged, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.checkout_world import CheckoutWorld, message_of
from tests.checkout_runtime.factories import DEADLINE, NOW, new_order
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
    assert "make_visible_after" not in world.queue.calls


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


def test_the_breaker_knows_for_which_order_a_try_is(
    world: CheckoutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that one that asks nothing does not keep the probe from the others."""
    askers: list[str | None] = []
    permits = CircuitBreaker.permits

    def remember(breaker: CircuitBreaker, now: int, asker: str | None = None) -> Permit | None:
        askers.append(asker)
        return permits(breaker, now, asker)

    monkeypatch.setattr(CircuitBreaker, "permits", remember)
    order = world.place()
    assert world.deliver(order)
    assert askers == [order.order_id]


def test_a_return_to_the_queue_that_fails_leaves_the_message_to_the_queues_own_time(
    world: CheckoutWorld,
) -> None:
    order, other = world.place(), world.place()
    world.payments.next_answers = [Unknown("timeout")]
    world.queue.fail("make_visible_after")
    returned = world.process(message_of(order), message_of(other))
    assert len(returned) == 1
    assert {world.stored(order).status, world.stored(other).status} == {S.PAID, S.UNKNOWN}


class ScriptedRefunds:
    """Ends each operation as it is told, and remembers what it was given."""

    def __init__(self, ended: NotSettledYet | None) -> None:
        self.ended, self.given = ended, list[dict[str, Any]]()

    def __call__(self, asked: OperationMessage, **given: Any) -> NotSettledYet | None:
        self.given.append({"operation": asked, **given})
        return self.ended


@pytest.mark.parametrize(
    ("ended", "delay"),
    [
        (None, None),
        (NotSettledYet("refund_unknown"), 20),
        (NotSettledYet("claimed_by_another", 7), 7),
        (NotSettledYet("names no operation", is_unreadable=True), 0),
    ],
    ids=str,
)
@pytest.mark.parametrize("receive_count", [1, 3])
def test_an_operation_is_handed_on_and_comes_again_when_it_says(
    receive_count: int, ended: NotSettledYet | None, delay: int | None, world: CheckoutWorld
) -> None:
    """When a message was first received counts only for the delivery that is the first."""
    order = world.place()
    operation = OperationMessage(order.order_id, operation_id_for(order.order_id, "refund", "k1"))
    message = replace(
        message_of(order, body=operation.to_body(), receive_count=receive_count),
        first_received_at=NOW,
    )
    refunds = ScriptedRefunds(ended)
    process = replace(world.processor, process_refund=lambda: refunds)
    failed = process([message], batch_id="b", deadline=DEADLINE)
    if delay == 20 and receive_count == 1:
        delay = 5
    assert (failed, world.queue.delays) == (
        ([], {}) if delay is None else ([message], {message.receipt_handle: delay})
    )
    assert refunds.given == [
        {
            "operation": operation,
            "claim_id": f"b/{message.message_id}",
            "first_received_at": NOW if receive_count == 1 else None,
            "deadline": DEADLINE,
        }
    ]


def test_an_operation_that_nobody_processes_here_comes_again(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    order = world.place()
    operation = OperationMessage(order.order_id, operation_id_for(order.order_id, "refund", "k1"))
    message = message_of(order, body=operation.to_body())
    assert world.process(message) == [message]
    assert world.queue.delays == {message.receipt_handle: 5}
    assert "message_failed" not in [each.getMessage() for each in caplog.records]


def test_an_order_in_a_state_of_a_later_version_is_left_to_that_version(
    world: CheckoutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.place()
    newer = NotChanged(replace(order, status=S.NEWER))
    monkeypatch.setattr(world.orders, "claim", lambda *_, **__: newer, raising=False)
    message = message_of(order)
    assert world.process(message) == [message]
    assert world.payments.requests == []


def test_only_the_message_of_the_attempt_that_another_worker_has_comes_again(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [Declined("no_funds")]
    order = world.place()
    first = message_of(order)
    world.process(first)
    world.start_attempt(order)
    world.claim(order)
    second = message_of(world.stored(order))
    assert world.process(first, second) == [second]


@pytest.mark.parametrize(
    ("left_ms", "delay"), [(1, 1), (1000, 1), (1001, 2), (999_000, 999), (0, 0), (None, 0)]
)
def test_an_order_that_another_worker_has_comes_again_when_its_lease_is_over(
    left_ms: int | None, delay: int, world: CheckoutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.place()
    ends = None if left_ms is None else world.clock.now() + left_ms
    lease = replace(order, status=S.CHARGING, lease_expires_at=ends)
    monkeypatch.setattr(world.orders, "claim", lambda *_, **__: NotChanged(lease), raising=False)
    message = message_of(order, receive_count=3)
    assert world.process(message) == [message]
    assert world.queue.delays == {message.receipt_handle: delay}
