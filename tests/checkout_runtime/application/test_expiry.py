"""Orders that nobody pays expire, where that is asked for, and no others."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.adapters.dynamodb_announcements import DynamoDbAnnouncements
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.dynamodb_outcomes import DynamoDbOutcomes
from checkout_runtime.adapters.dynamodb_unsettled import DynamoDbUnsettledOrders
from checkout_runtime.application.announce_outcomes import AnnounceOutcomes
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.order_records import NotChanged
from checkout_runtime.application.reconcile_orders import ReconcileOrders
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.reconciliation import ReconcilePolicy
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.factories import SERVICE, new_order
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryQueue, empty_dynamodb
from tests.checkout_runtime.state_events import (
    HOUR,
    LEASE_SECONDS,
    POLICY,
    InOrder,
    ScriptedPayments,
    SetClock,
)

DAY_SECONDS = 24 * 60 * 60
DAY = DAY_SECONDS * 1000


class Bus:
    """Takes every event, unless it is down."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.is_down = False

    def put(self, events: Any) -> list[bool]:
        self.kinds += [] if self.is_down else [each.announcement.kind for each in events]
        return [not self.is_down for _ in events]


class Checkout:
    """An order table, and a reconciler that meets it."""

    def __init__(self, *, announces: bool = False, expires: bool = True) -> None:
        self.dynamodb = empty_dynamodb()
        self.clock, self.bus, self.queue = SetClock(), Bus(), InMemoryQueue()
        self.policy = POLICY
        self.expires_after = DAY_SECONDS if expires else None
        table = (self.dynamodb, ORDER_TABLE, 1)
        self.orders = DynamoDbOrders(*table, announces=announces)
        self.outcomes = DynamoDbOutcomes(
            *table, announces=announces, expires_after_seconds=self.expires_after
        )
        self.unsettled = DynamoDbUnsettledOrders(*table, expires=expires)
        announcements = DynamoDbAnnouncements(self.dynamodb, ORDER_TABLE)
        self.announce = AnnounceOutcomes(announcements, self.bus)
        self.announces = announces

    def placed(self) -> Order:
        order = replace(new_order("k"), accepted_at=self.clock.now())
        order = replace(order, unsettled_since=self.clock.now())
        assert self.orders.accept(order) is None
        return order

    def claimed(self, order: Order) -> Order:
        now = self.clock.now()
        lease = now + LEASE_SECONDS * 1000
        self.orders.claim(
            order.order_id,
            order.attempt,
            claim_id="worker",
            now=now,
            lease_expires_at=lease,
            service=SERVICE,
        )
        return self.now(order)

    def declined(self) -> Order:
        order = self.claimed(self.placed())
        self.outcomes.record_decline(order, "no_funds", self.clock.now())
        return self.now(order)

    def now(self, order: Order) -> Order:
        found = self.orders.get(order.order_id)
        assert found is not None
        return found

    def partition(self, order: Order) -> str | None:
        read = {"TableName": ORDER_TABLE, "Key": {"pk": {"S": order.order_id}}}
        item = self.dynamodb.call("GetItem", read)["Item"]
        name: str | None = item.get("unsettled_shard", {}).get("S")
        return name

    def reconcile(self, after_ms: int = 0) -> int:
        """Let the reconciler run, and return on how many orders it acted."""
        self.clock.time += after_ms
        settle = SettleAttempt(
            self.outcomes,
            ScriptedPayments(),
            self.clock,
            self.policy,
            CircuitBreaker(),
            CircuitBreaker(),
        )
        policy = ReconcilePolicy(
            charge=self.policy,
            reconcile_after_seconds=60,
            can_look_up=True,
            expires_after_seconds=self.expires_after,
        )
        run = ReconcileOrders(
            self.orders,
            self.unsettled,
            settle,
            self.queue,
            self.clock,
            InOrder(),
            policy,
            self.announce if self.announces else None,
        )
        return run(run_id="run", deadline=self.clock.now() + HOUR).orders_acted_on


@pytest.fixture
def checkout() -> Checkout:
    return Checkout()


def test_a_declined_order_is_cancelled_when_its_time_is_over_and_not_before(
    checkout: Checkout,
) -> None:
    order = checkout.declined()
    assert checkout.partition(order) == "expire#0"
    checkout.reconcile(DAY - 1)
    assert checkout.now(order).status is OrderStatus.DECLINED
    checkout.reconcile(1)
    expired = checkout.now(order)
    assert (expired.status, expired.cancel_reason) == (OrderStatus.CANCELLED, "expired")
    assert (expired.cancel_asked_by, expired.decline_code) == ("expires_after", "no_funds")
    assert (checkout.partition(order), expired.expires_at) == (None, None)


def test_an_order_that_nobody_tried_is_cancelled_too(checkout: Checkout) -> None:
    order = checkout.placed()
    checkout.reconcile(DAY - 1)
    assert checkout.now(order).status is OrderStatus.PENDING
    checkout.reconcile(1)
    assert checkout.now(order).cancel_reason == "expired"


def test_an_attempt_that_was_started_begins_its_time_anew(checkout: Checkout) -> None:
    order = checkout.declined()
    checkout.clock.time += DAY - 1
    checkout.orders.start_attempt(
        order.order_id,
        order.principal,
        replaces=1,
        payment_method="pm_2",
        max_attempts=5,
        now=checkout.clock.now(),
    )
    assert checkout.partition(order) == "open#0"
    checkout.reconcile(1)
    assert checkout.now(order).status is OrderStatus.PENDING
    assert checkout.now(order).expires_at is None


def test_money_that_may_be_on_its_way_never_expires(checkout: Checkout) -> None:
    claimed = checkout.claimed(checkout.placed())
    checkout.reconcile(2 * DAY)
    assert checkout.now(claimed).status is OrderStatus.NEEDS_REVIEW
    checkout.reconcile(2 * DAY)
    assert checkout.now(claimed).status is OrderStatus.NEEDS_REVIEW


@pytest.mark.parametrize("processes", [True, False])
def test_who_waits_for_a_buyer_or_a_bank_never_expires(
    checkout: Checkout, *, processes: bool
) -> None:
    waiting, now = checkout.claimed(checkout.placed()), checkout.clock.now()
    if processes:
        checkout.outcomes.record_processing(waiting, now + HOUR, now)
    else:
        checkout.outcomes.record_action_required(waiting, "https://bank/", now + 9 * DAY, now)
    status = checkout.now(waiting).status
    checkout.reconcile(2 * DAY)
    assert checkout.now(waiting).status is status


def test_an_order_that_a_backup_calls_untried_does_not_expire(checkout: Checkout) -> None:
    order = checkout.placed()
    checkout.policy = replace(POLICY, quarantine_before=order.accepted_at + 1)
    checkout.reconcile(2 * DAY)
    found = checkout.now(order)
    assert (found.status, found.cancel_asked_at) == (OrderStatus.PENDING, None)
    assert found.resend == 1, "it goes the way of every restored order"


def test_where_nothing_expires_a_declined_order_leaves_the_index() -> None:
    checkout = Checkout(expires=False)
    order = checkout.declined()
    assert checkout.partition(order) is None
    assert checkout.unsettled.lanes == 6
    pending = new_order("other")
    assert checkout.orders.accept(pending) is None
    checkout.reconcile(9 * DAY)
    assert checkout.now(pending).status is OrderStatus.PENDING


def test_a_decline_is_announced_before_it_waits_to_expire() -> None:
    checkout = Checkout(announces=True)
    checkout.bus.is_down = True
    order = checkout.declined()
    assert checkout.partition(order) == "announce#0"
    checkout.reconcile(DAY - 2 * HOUR)
    checkout.bus.is_down = False
    checkout.reconcile(HOUR)
    assert (checkout.partition(order), checkout.bus.kinds) == ("expire#0", ["OrderDeclined"])
    checkout.reconcile(HOUR)
    [told] = map(Announcement.from_member, checkout.now(order).owed)
    assert (told.kind, told.details) == ("OrderCancelled", {"reason": "expired"})
    checkout.reconcile(HOUR)
    assert (checkout.partition(order), checkout.bus.kinds[-1]) == (None, "OrderCancelled")


def test_who_confirms_an_announcement_leaves_an_order_that_expires_where_it_is() -> None:
    checkout = Checkout(announces=True)
    order = checkout.declined()
    for _ in range(3):
        checkout.reconcile(HOUR)
        assert checkout.partition(order) == "expire#0"
        assert checkout.now(order).unsettled_since == order.expires_at


def test_a_stray_charge_ends_the_waiting(checkout: Checkout) -> None:
    order = checkout.declined()
    late = Captured("ch_late", order.amount, order.currency)
    checkout.outcomes.record_capture(order, late, checkout.clock.now())
    checkout.reconcile(2 * DAY)
    assert checkout.now(order).status is OrderStatus.NEEDS_REVIEW
    assert checkout.now(order).expires_at is None


def test_money_that_comes_after_the_expiry_is_an_operators(checkout: Checkout) -> None:
    order = checkout.declined()
    checkout.reconcile(DAY)
    late = Captured("ch_late", order.amount, order.currency)
    checkout.outcomes.record_capture(order, late, checkout.clock.now())
    assert checkout.now(order).status is OrderStatus.NEEDS_REVIEW
    assert checkout.partition(order) == "review#0"


def test_a_buyer_who_pays_in_the_same_moment_wins(checkout: Checkout) -> None:
    order = checkout.declined()
    checkout.orders.start_attempt(
        order.order_id,
        order.principal,
        replaces=1,
        payment_method="pm_2",
        max_attempts=5,
        now=checkout.clock.now(),
    )
    checkout.orders.cancel_at_once(order, by="expires_after", reason="expired", now=1)
    assert checkout.now(order).status is OrderStatus.PENDING


def test_an_expiry_is_logged_once_and_no_expiry_that_another_write_overtook(
    checkout: Checkout, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    order = checkout.declined()
    refused = NotChanged(order)
    with monkeypatch.context() as overtaken:
        overtaken.setattr(checkout.orders, "cancel_at_once", lambda *_, **__: refused)
        assert checkout.reconcile(DAY) == 0
    assert "order_cancelled" not in [each.getMessage() for each in caplog.records]
    assert checkout.reconcile() == 1
    [told] = [vars(each) for each in caplog.records if each.getMessage() == "order_cancelled"]
    assert (told["reason"], told["order_id"]) == ("expired", order.order_id)
