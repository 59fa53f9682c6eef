"""The safety net: an order is found whatever got lost, and it is never charged from here."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.application.order_records import IndexKey, NotChanged
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    Outcome,
    Unknown,
)
from checkout_runtime.domain.reconciliation import MAX_RESENDS
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import BUYER, HOUR, POLICY, SECOND, SERVICE
from tests.checkout_runtime.in_memory_ports import InMemoryOrders
from tests.checkout_runtime.use_cases import RECONCILE_AFTER_SECONDS

DUE = RECONCILE_AFTER_SECONDS * SECOND
TURN = POLICY.turn_seconds * SECOND


def unknown(checkout: Checkout, key: str = "k1", answer: Outcome | None = None) -> Order:
    """An order whose only request was answered so, and whose message is lost."""
    order = checkout.place(key)
    checkout.payments.next_answers = [answer or Unknown("lost")]
    checkout.deliver(checkout.message(order))
    checkout.clock.time += DUE
    return order


def test_an_order_whose_message_was_lost_is_sent_again_under_a_body_of_its_own(
    checkout: Checkout,
) -> None:
    order = checkout.place()
    checkout.clock.time += DUE - 1
    checkout.run_reconciler()
    assert checkout.queue.sent == []
    checkout.clock.time += 1
    checkout.run_reconciler()
    checkout.run_reconciler()
    assert checkout.queue.sent == [PaymentMessage(order.order_id, 1, resend=1)]
    assert checkout.payments.requests == []


def test_a_capture_whose_answer_was_lost_is_looked_up_and_stored(checkout: Checkout) -> None:
    order = checkout.place()
    checkout.payments.next_answers = [checkout.payments.capture_then_hang]
    checkout.deliver(checkout.message(order))
    checkout.clock.time += DUE
    checkout.run_reconciler()
    assert checkout.now(order).status is OrderStatus.PAID
    assert len(checkout.payments.requests) == 1


def test_what_the_look_up_does_not_know_is_sent_again_and_never_charged_here(
    checkout: Checkout,
) -> None:
    order = unknown(checkout)
    checkout.run_reconciler()
    assert checkout.now(order).status is OrderStatus.UNKNOWN
    assert checkout.queue.sent == [PaymentMessage(order.order_id, 1, resend=1)]
    assert len(checkout.payments.requests) == 1


def test_the_look_up_of_a_worker_that_lost_its_claim_sends_nothing(checkout: Checkout) -> None:
    order = unknown(checkout)

    class Overtaken(type(checkout.payments)):  # type: ignore[misc]
        def look_up(self, payment_key: str) -> Outcome:
            checkout.clock.time += POLICY.lease_seconds * SECOND
            checkout.orders.claim(
                order.order_id,
                1,
                claim_id="x",
                now=checkout.clock.now(),
                service=SERVICE,
                lease_expires_at=2**60,
            )
            return Declined("no_funds")

    checkout.payments = Overtaken()
    checkout.run_reconciler()
    assert checkout.now(order).status is OrderStatus.CHARGING
    assert checkout.queue.sent == []


def test_resends_are_bounded_and_end_with_a_person(checkout: Checkout) -> None:
    order = checkout.place()
    for _ in range(3 * MAX_RESENDS):
        checkout.clock.time += HOUR
        checkout.run_reconciler()
    assert len(checkout.queue.sent) == len(set(checkout.queue.sent)) == MAX_RESENDS
    assert checkout.now(order).status is OrderStatus.NEEDS_REVIEW
    assert checkout.orders.count_in_review(0) == 1


def test_at_the_end_of_retention_an_unclear_order_gets_a_person(checkout: Checkout) -> None:
    order = unknown(checkout)
    checkout.clock.time += 24 * HOUR
    checkout.run_reconciler()
    assert checkout.now(order).status is OrderStatus.NEEDS_REVIEW
    assert len(checkout.payments.requests) == 1


def waiting_for_its_buyer(checkout: Checkout) -> Order:
    return unknown(checkout, answer=ActionRequired("https://bank/"))


def test_a_buyer_who_acted_is_noticed_and_one_who_did_not_is_left_alone(
    checkout: Checkout,
) -> None:
    order = waiting_for_its_buyer(checkout)
    before = checkout.now(order)
    checkout.run_reconciler()
    assert checkout.now(order) == before
    checkout.payments.capture(order)
    checkout.run_reconciler()
    assert checkout.now(order).status is OrderStatus.PAID


@pytest.mark.parametrize(
    ("can_cancel", "answer", "status"),
    [
        (True, Cancelled(), OrderStatus.DECLINED),
        (True, Captured("ch_9", 4200, "EUR"), OrderStatus.PAID),
        (True, Captured("ch_9", 1, "EUR"), OrderStatus.NEEDS_REVIEW),
        (True, Declined("late"), OrderStatus.DECLINED),
        (True, Unknown("http_500"), OrderStatus.UNKNOWN),
        (True, ActionRequired(None), OrderStatus.UNKNOWN),
        (False, Cancelled(), OrderStatus.NEEDS_REVIEW),
    ],
)
def test_after_the_deadline_to_act_an_attempt_ends_only_where_the_service_gave_it_up(
    can_cancel: bool, answer: Outcome | Cancelled, status: OrderStatus, checkout: Checkout
) -> None:
    checkout.payments.can_cancel, checkout.payments.cancelled = can_cancel, answer
    order = waiting_for_its_buyer(checkout)
    checkout.clock.time += HOUR
    checkout.run_reconciler()
    assert checkout.now(order).status is status


def test_a_released_order_is_looked_up_before_anything_else(checkout: Checkout) -> None:
    order = unknown(checkout)
    checkout.clock.time += 24 * HOUR
    checkout.run_reconciler()
    checkout.payments.capture(order)
    assert checkout.reconciler.release([order.order_id, order.order_id]) == [order.order_id]
    checkout.deliver(checkout.message(order))
    assert checkout.now(order).status is OrderStatus.PAID
    assert len(checkout.payments.requests) == 1


def test_one_orders_trouble_stops_no_other(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = checkout.place("a"), checkout.place("b")
    begin_resend = checkout.orders.begin_resend

    def broken(order: Order, now: int, **options: Any) -> Order | None:
        if order.order_id == bad.order_id:
            raise RuntimeError("defect")
        return begin_resend(order, now, **options)

    monkeypatch.setattr(checkout.orders, "begin_resend", broken)
    checkout.clock.time += DUE
    assert checkout.run_reconciler().orders_seen == 2
    assert [message.order_id for message in checkout.queue.sent] == [good.order_id]


def test_a_run_without_time_takes_no_step_and_the_next_one_goes_on(checkout: Checkout) -> None:
    checkout.place()
    checkout.clock.time += DUE
    done = checkout.run_reconciler(in_time=TURN - 1)
    assert (done.orders_acted_on, done.finished) == (0, False)
    assert checkout.orders.bookmark() == dict.fromkeys(range(checkout.orders.lanes))
    assert checkout.run_reconciler().orders_acted_on == 1


def test_an_order_for_which_no_time_is_left_is_not_said_to_be_acted_on(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.place("a"), checkout.place("b")
    begin_resend = checkout.orders.begin_resend

    def slowly(order: Order, now: int, **options: Any) -> Order | None:
        checkout.clock.time += SECOND
        return begin_resend(order, now, **options)

    monkeypatch.setattr(checkout.orders, "begin_resend", slowly)
    checkout.clock.time += DUE
    done = checkout.run_reconciler(in_time=TURN)
    assert (done.orders_seen, done.orders_acted_on) == (2, 1)


@pytest.mark.parametrize(
    "answer", [Unknown("lost"), ActionRequired("https://bank/"), None], ids=str
)
def test_an_order_that_another_worker_claimed_first_is_left_to_it(
    answer: Outcome | None,
    checkout: Checkout,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Be it looked up, cancelled, or given to an operator."""
    order = unknown(checkout, answer=answer)
    if answer is None:
        uncertain = replace(order, resend=MAX_RESENDS, unsettled_since=order.accepted_at)
        checkout.orders.by_id[order.order_id] = uncertain
    checkout.clock.time += HOUR
    stored = checkout.now(order)
    monkeypatch.setattr(checkout.orders, "claim", lambda *_, **__: NotChanged(stored))
    assert checkout.run_reconciler().orders_acted_on == 1
    assert checkout.now(order) == stored
    assert "reconcile_failed" not in [each.getMessage() for each in caplog.records]


def test_an_order_that_was_just_sent_again_is_not_acted_on(checkout: Checkout) -> None:
    checkout.place()
    checkout.clock.time += DUE
    checkout.run_reconciler()
    done = checkout.run_reconciler()
    assert (done.orders_seen, done.orders_acted_on) == (1, 0)


def test_after_a_run_that_went_on_from_a_bookmark_the_next_one_reads_every_shard_again() -> None:
    """Else what the bookmark does not name would never be reconciled again."""
    checkout = Checkout(orders=InMemoryOrders(shards=4))
    orders = [checkout.place(str(number)) for number in range(12)]
    checkout.orders.leave_bookmark({3: IndexKey("ord_z", checkout.clock.now())})
    checkout.clock.time += DUE
    assert checkout.run_reconciler().finished
    assert checkout.run_reconciler().orders_seen == len(orders)


def test_the_service_is_left_alone_while_it_is_down_but_an_operator_is_called_all_the_same(
    checkout: Checkout,
) -> None:
    order = unknown(checkout)
    old, lost = checkout.place("old"), checkout.place("lost")
    checkout.orders.by_id[old.order_id] = replace(old, resend=MAX_RESENDS)
    checkout.clock.time += HOUR
    for _ in range(5):
        checkout.look_up_breaker.record(available=False, now=checkout.clock.now())
    done = checkout.run_reconciler()
    assert (done.orders_seen, done.orders_acted_on) == (3, 1)
    assert (checkout.payments.look_ups, checkout.queue.sent) == ([], [])
    assert checkout.now(lost) == lost
    assert checkout.now(order).status is OrderStatus.UNKNOWN
    assert checkout.now(old).status is OrderStatus.NEEDS_REVIEW


def test_a_run_that_read_everything_from_the_beginning_leaves_no_bookmark(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[Any] = []
    monkeypatch.setattr(checkout.orders, "leave_bookmark", left.append)
    assert checkout.run_reconciler().finished
    assert left == []


def test_the_service_is_made_ready_before_any_order_is_claimed(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_secret() -> None:
        raise ConnectionError("no secret")

    order = checkout.now(unknown(checkout))
    monkeypatch.setattr(checkout.payments, "prepare", no_secret)
    with pytest.raises(ConnectionError):
        checkout.run_reconciler()
    assert checkout.now(order) == order


def test_each_run_reports_levels(checkout: Checkout, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    unknown(checkout, "a")
    checkout.place("b")
    checkout.clock.time += 5 * SECOND
    reviewed = checkout.orders.by_id[checkout.place("c").order_id]
    checkout.orders.record_stray(reviewed, 1, Captured("c", 1, "EUR"), "capture_mismatch", 0)
    checkout.run_reconciler()
    [gauge] = [r for r in caplog.records if getattr(r, "event", "") == "checkout_gauge"]
    levels = ("orders_unsettled", "oldest_unsettled_seconds", "orders_needing_review")
    assert [getattr(gauge, name) for name in levels] == [2, RECONCILE_AFTER_SECONDS + 5, 1]


def test_the_oldest_of_all_shards_counts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    checkout = Checkout(orders=InMemoryOrders(shards=2))
    since = [checkout.clock.now() - age * SECOND for age in (7, 9_000)]
    for name in ("oldest_open", "oldest_announcement"):
        monkeypatch.setattr(checkout.orders, name, since.__getitem__)
    checkout.run_reconciler()
    [gauge] = [vars(r) for r in caplog.records if getattr(r, "event", "") == "checkout_gauge"]
    assert gauge["oldest_unsettled_seconds"] == gauge["oldest_announcement_seconds"] == 9_000


def test_an_order_from_a_clock_that_is_ahead_is_no_younger_than_now(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    checkout = Checkout(orders=InMemoryOrders(announces=True))
    for name in ("oldest_open", "oldest_announcement"):
        monkeypatch.setattr(checkout.orders, name, lambda _: checkout.clock.now() + HOUR)
    checkout.run_reconciler()
    [gauge] = [vars(r) for r in caplog.records if getattr(r, "event", "") == "checkout_gauge"]
    assert gauge["oldest_unsettled_seconds"] == gauge["oldest_announcement_seconds"] == 0


def test_a_checkout_without_orders_reports_zeros(
    checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert checkout.run_reconciler().finished
    [gauge] = [r for r in caplog.records if getattr(r, "event", "") == "checkout_gauge"]
    levels = ("orders_unsettled", "oldest_unsettled_seconds", "orders_needing_review")
    assert [getattr(gauge, name) for name in levels] == [0, 0, 0]


def test_a_new_attempt_after_a_decline_by_look_up_is_charged(checkout: Checkout) -> None:
    order = unknown(checkout)
    checkout.payments.next_look_ups = [Declined("no_funds")]
    checkout.run_reconciler()
    assert checkout.now(order).status is OrderStatus.DECLINED
    checkout.orders.start_attempt(
        order.order_id, BUYER, replaces=1, payment_method="p", max_attempts=5, now=0
    )
    checkout.deliver(checkout.message(order, attempt=2))
    assert checkout.now(order).status is OrderStatus.PAID


def test_a_resend_that_the_queue_did_not_take_is_not_said_to_be_sent(
    checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    order = checkout.place()
    checkout.queue.refused = {order.order_id}
    checkout.clock.time += DUE
    checkout.run_reconciler()
    assert "order_resent" not in [getattr(r, "event", "") for r in caplog.records]


def test_a_resend_that_the_queue_did_not_take_uses_up_none_of_the_allowed_ones(
    checkout: Checkout,
) -> None:
    order = checkout.place()
    checkout.queue.refused = {order.order_id}
    for _ in range(MAX_RESENDS + 1):
        checkout.clock.time += DUE
        checkout.run_reconciler()
    stored = checkout.now(order)
    assert (stored.status, stored.counted_resends) == (OrderStatus.PENDING, 0)
    assert stored.resend == MAX_RESENDS + 1


def test_a_resend_that_the_queue_took_is_counted(checkout: Checkout) -> None:
    order = checkout.place()
    checkout.clock.time += DUE
    checkout.run_reconciler()
    assert checkout.now(order).counted_resends == 1
