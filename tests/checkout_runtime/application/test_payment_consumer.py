"""The consumer with ports in memory: who may charge, what waits, and what fails with what."""

from __future__ import annotations

import pytest

from checkout_runtime.application.process_payments import ReceivedMessage
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Unknown,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import HOUR, NO_KEYS, POLICY, SECOND, SERVICE

TURN = POLICY.turn_seconds * SECOND
LEASE = POLICY.lease_seconds * SECOND


def unclear(checkout: Checkout) -> Order:
    """An order whose first request was lost."""
    order = checkout.place()
    checkout.payments.next_answers = [Unknown("lost")]
    checkout.deliver(checkout.message(order))
    return order


def test_an_order_is_charged_and_paid_in_three_writes(checkout: Checkout) -> None:
    order = checkout.place()
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).charge_id == "ch_1"
    assert checkout.orders.writes == ["PENDING", "CHARGING", "PAID"]
    assert checkout.payments.look_ups == []


def test_a_second_delivery_after_success_charges_nothing(checkout: Checkout) -> None:
    order = checkout.place()
    checkout.deliver(checkout.message(order), checkout.message(order))
    assert checkout.deliver(checkout.message(order)) == []
    assert len(checkout.payments.requests) == 1


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Declined("no_funds"), OrderStatus.DECLINED),
        (NotCharged("http_400"), OrderStatus.DECLINED),
        (ActionRequired("https://bank/"), OrderStatus.ACTION_REQUIRED),
        (Captured("c", 1, "EUR"), OrderStatus.NEEDS_REVIEW),
    ],
)
def test_an_answer_is_stored_and_its_message_is_done(
    answer: Outcome, status: OrderStatus, checkout: Checkout
) -> None:
    order = checkout.place()
    checkout.payments.next_answers = [answer]
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).status is status
    assert checkout.deliver(checkout.message(order)) == []
    assert len(checkout.payments.requests) == 1


def test_an_unknown_outcome_comes_again_with_growing_pauses(checkout: Checkout) -> None:
    order = checkout.place()
    for receives, pause in [(1, 5), (2, 10), (3, 20), (9, 120)]:
        checkout.payments.next_answers = [Unknown("http_500")]
        message = checkout.message(order, receives=receives)
        assert checkout.deliver(message) == [message.message_id]
        assert checkout.queue.delays[message.receipt_handle] == pause


def test_every_repeated_request_comes_after_a_look_up_and_under_the_same_key(
    checkout: Checkout,
) -> None:
    order = unclear(checkout)
    checkout.deliver(checkout.message(order))
    assert checkout.payments.look_ups == [order.payment_key]
    assert checkout.payments.requests == [order.payment_key] * 2
    assert checkout.now(order).status is OrderStatus.PAID


def test_a_look_up_that_is_not_answered_permits_no_request(checkout: Checkout) -> None:
    order = unclear(checkout)
    checkout.payments.next_look_ups = [Unknown("http_503")]
    assert checkout.deliver(checkout.message(order)) != []
    assert len(checkout.payments.requests) == 1


def test_without_keys_not_found_permits_no_request(checkout: Checkout) -> None:
    checkout.policy, checkout.payments.honours_keys = NO_KEYS, False
    order = unclear(checkout)
    checkout.payments.next_look_ups = [NotFound()]
    assert checkout.deliver(checkout.message(order)) != []
    assert len(checkout.payments.requests) == 1


def test_after_retention_nothing_is_repeated_and_a_person_is_called(checkout: Checkout) -> None:
    order = unclear(checkout)
    checkout.clock.time += 25 * HOUR
    assert checkout.deliver(checkout.message(order)) == []
    assert len(checkout.payments.requests) == 1
    assert checkout.now(order).status is OrderStatus.NEEDS_REVIEW
    assert checkout.orders.count_in_review(0) == 1


def test_a_worker_that_slept_through_its_lease_sends_nothing(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = unclear(checkout)

    def slow_look_up(payment_key: str) -> NotFound:
        checkout.clock.time += LEASE
        return NotFound()

    monkeypatch.setattr(checkout.payments, "look_up", slow_look_up)
    assert checkout.deliver(checkout.message(order)) != []
    assert len(checkout.payments.requests) == 1
    assert checkout.now(order).status is OrderStatus.UNKNOWN


def test_while_another_worker_charges_the_message_waits_until_the_lease_is_over(
    checkout: Checkout,
) -> None:
    order = checkout.place()
    waiting: list[list[str]] = []

    def meanwhile(claimed: Order) -> Outcome:
        checkout.clock.time += 1500
        waiting.append(checkout.deliver(replace(checkout.message(order), message_id="other")))
        return checkout.payments.capture(claimed)

    checkout.payments.next_answers = [meanwhile]
    assert checkout.deliver(checkout.message(order)) == []
    assert waiting == [["other"]]
    assert list(checkout.queue.delays.values()) == [39]
    assert checkout.payments.captures_of(order.order_id) == 1


@pytest.mark.parametrize("honours_keys", [True, False])
@pytest.mark.parametrize("can_look_up", [True, False])
def test_two_workers_make_one_charge_even_where_the_first_outlives_its_lease(
    honours_keys: bool, can_look_up: bool, checkout: Checkout
) -> None:
    checkout.policy = POLICY if honours_keys else NO_KEYS
    checkout.payments.honours_keys, checkout.payments.can_look_up = honours_keys, can_look_up
    order = checkout.place()

    def overtaken(claimed: Order) -> Outcome:
        checkout.clock.time += LEASE
        checkout.deliver(checkout.message(order))
        return checkout.payments.capture(claimed)

    checkout.payments.next_answers = [overtaken]
    checkout.deliver(checkout.message(order))
    assert checkout.payments.captures_of(order.order_id) == 1
    assert checkout.now(order).status is OrderStatus.PAID


def test_a_late_decline_does_not_end_an_order_that_another_worker_holds(
    checkout: Checkout,
) -> None:
    order = checkout.place()

    def overtaken(claimed: Order) -> Outcome:
        checkout.clock.time += LEASE
        checkout.orders.claim(
            order.order_id,
            1,
            claim_id="other",
            now=checkout.clock.now(),
            service=SERVICE,
            lease_expires_at=2**60,
        )
        return Declined("no_funds")

    checkout.payments.next_answers = [overtaken]
    assert checkout.deliver(checkout.message(order)) != []
    assert checkout.now(order).status is OrderStatus.CHARGING


def test_a_message_of_an_older_attempt_is_done_and_of_a_later_one_is_kept(
    checkout: Checkout,
) -> None:
    order = checkout.place()
    checkout.payments.next_answers = [Declined("no_funds")]
    checkout.deliver(checkout.message(order))
    checkout.orders.start_attempt(
        order.order_id, order.principal, replaces=1, payment_method="p", max_attempts=5, now=0
    )
    assert checkout.deliver(checkout.message(order, attempt=1)) == []
    assert checkout.deliver(checkout.message(order, attempt=3)) != []
    assert len(checkout.payments.requests) == 1


@pytest.mark.parametrize("body", ["", "{}", "no json", '{"order_id":"x","attempt":1}'])
def test_an_unreadable_message_comes_again_at_once_and_holds_up_no_other_group(
    body: str, checkout: Checkout
) -> None:
    order = checkout.place()
    poison = ReceivedMessage("poison", "g", body, "r-poison", 3)
    assert checkout.deliver(poison, checkout.message(order)) == ["poison"]
    assert checkout.queue.delays == {"r-poison": 0}
    assert checkout.now(order).status is OrderStatus.PAID


def test_a_message_that_names_no_order_comes_again_until_it_is_a_dead_letter(
    checkout: Checkout,
) -> None:
    message = checkout.message(checkout.place())
    checkout.orders.by_id.clear()
    assert checkout.deliver(message) == [message.message_id]
    assert checkout.queue.delays == {message.receipt_handle: 0}


def test_what_follows_a_failed_message_in_its_group_fails_with_it_and_is_not_tried(
    checkout: Checkout,
) -> None:
    first, other = checkout.place("a"), checkout.place("b")

    def lose_the_first(order: Order) -> Outcome:
        lost = order.order_id == first.order_id
        return Unknown("lost") if lost else checkout.payments.capture(order)

    checkout.payments.next_answers = [lose_the_first] * 2
    batch = [checkout.message(first), checkout.message(other), checkout.message(first)]
    assert checkout.deliver(*batch) == [batch[0].message_id, batch[2].message_id]
    assert sorted(checkout.payments.requests) == sorted([first.payment_key, other.payment_key])
    assert set(checkout.queue.delays) == {batch[0].receipt_handle, batch[2].receipt_handle}


def test_a_group_that_breaks_fails_alone(checkout: Checkout) -> None:
    good, bad = checkout.place("a"), checkout.place("b")

    def break_down(order: Order) -> Outcome:
        if order.order_id == bad.order_id:
            raise RuntimeError("defect")
        return checkout.payments.capture(order)

    checkout.payments.next_answers = [break_down, break_down]
    messages = [checkout.message(good), checkout.message(bad)]
    assert checkout.deliver(*messages) == [messages[1].message_id]
    assert checkout.now(good).status is OrderStatus.PAID


def test_nothing_is_started_that_cannot_be_finished_in_time(checkout: Checkout) -> None:
    order = checkout.place()
    message = checkout.message(order)
    assert checkout.deliver(message, in_time=TURN - 1) == [message.message_id]
    assert checkout.orders.writes == ["PENDING"]
    assert checkout.queue.delays[message.receipt_handle] > 0
    assert checkout.deliver(message, in_time=TURN) == []


def test_an_order_from_a_backup_is_looked_up_before_its_first_request(checkout: Checkout) -> None:
    order = checkout.place()
    checkout.policy = replace(POLICY, quarantine_before=checkout.clock.now() + 1)
    checkout.payments.capture(order)
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.payments.requests == []
    assert checkout.now(order).status is OrderStatus.PAID


def test_a_charge_whose_capture_could_not_be_stored_is_found_again(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = checkout.place()
    with monkeypatch.context() as broken:
        broken.setattr(checkout.orders, "record_capture", _no_answer)
        assert checkout.deliver(checkout.message(order)) != []
    checkout.clock.time += LEASE
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).status is OrderStatus.PAID
    assert checkout.payments.captures_of(order.order_id) == 1


def test_proof_of_a_capture_that_could_not_be_stored_is_at_least_in_the_log(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without keys and look-up nobody but the log knows the charge then."""
    caplog.set_level("INFO")
    order = checkout.place()
    monkeypatch.setattr(checkout.orders, "record_capture", _no_answer)
    checkout.deliver(checkout.message(order))
    assert "ch_1" in [getattr(record, "charge_id", None) for record in caplog.records]


def _no_answer(*args: object) -> None:
    raise ConnectionError("no answer")
