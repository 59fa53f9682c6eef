"""Cancelling an order: exactly one of it and the charge wins, and what comes later is proof.

What each state becomes is in docs/reference/states.md, whose cells test_states.py, one folder up,
carries out. Here is what the cells do not show.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.application.cancel_order import (
    BY_BUYER,
    CancelAsked,
    Cancellation,
    CancelOrder,
    CancelRefused,
    CancelReplayed,
    NoSuchOrder,
    OrderCancelled,
    WhyNotCancelled,
)
from checkout_runtime.application.next_step import NextStep, attempts_left, next_step
from checkout_runtime.application.order_records import Changed, NotChanged, VerdictKind
from checkout_runtime.application.start_payment_attempt import AttemptRefused, StartPaymentAttempt
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.decisions import NeedsReview, NotRequested
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Declined,
    NotFound,
    Opened,
    Outcome,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import IN_STATE
from tests.checkout_runtime.factories import DEADLINE, NOW, new_order
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryOrders, empty_dynamodb
from tests.checkout_runtime.state_events import (
    BUYER,
    CHARGE,
    OTHER_CHARGE,
    PREPARATIONS,
    ScriptedPayments,
    SetClock,
    World,
)

DAY = 24 * 60 * 60 * 1000
NOT_SENT = NotRequested("no_time_left")


class Payments(ScriptedPayments):
    """Counts what it is asked for."""

    def __init__(self, **said: Any) -> None:
        super().__init__(**said)
        self.asked: list[str] = []

    def open(self, order: Order) -> Any:
        self.asked.append("open")
        return super().open(order)

    def abandon(self, reference: str) -> None:
        self.asked.append(f"abandon {reference}")

    def charge(self, order: Order) -> Outcome:
        self.asked.append("charge")
        return super().charge(order)

    def cancel(self, payment_key: str) -> Outcome | NotFound | Cancelled:
        self.asked.append("cancel")
        return super().cancel(payment_key)


@pytest.fixture
def world() -> World:
    return World(empty_dynamodb(), ORDER_TABLE, key="cancel")


def cancel(world: World, principal: str | None = BUYER, **changed: Any) -> Cancellation:
    return CancelOrder(world.orders, world.clock, **changed)(
        world.order_id, by=BY_BUYER, principal=principal
    )


def status_of(world: World) -> OrderStatus:
    return world.order.status


def deliver(world: World, payments: Payments) -> list[str]:
    """Let the message of the current attempt come; return what the service was asked for."""
    world.payments = payments
    world.deliver(world.order.attempt)
    return payments.asked


def test_an_order_that_nobody_tried_is_cancelled_at_once_and_says_who_asked(world: World) -> None:
    told = cancel(world)
    order = world.order
    assert told == OrderCancelled(order)
    assert order.status is OrderStatus.CANCELLED
    assert (order.cancel_asked_at, order.cancel_asked_by) == (world.clock.now(), "buyer")
    assert (order.cancel_reason, order.unsettled_since) == ("asked", None)
    assert deliver(world, Payments()) == []


def test_a_second_request_finds_the_first(world: World) -> None:
    cancel(world)
    world.let_pass(1000)
    asked_at = world.order.cancel_asked_at
    assert cancel(world) == CancelReplayed(world.order)
    assert world.order.cancel_asked_at == asked_at


@pytest.mark.parametrize("state", ["LEASED", "LAPSED", "UNKNOWN", "ACTION_REQUIRED", "PROCESSING"])
def test_an_order_that_may_have_been_requested_is_marked(world: World, state: str) -> None:
    PREPARATIONS[state](world)
    assert isinstance(cancel(world), CancelAsked)
    asked_at = world.order.cancel_asked_at
    assert asked_at == world.clock.now()
    world.let_pass(1000)
    assert cancel(world) == CancelReplayed(world.order)
    assert world.order.cancel_asked_at == asked_at


@pytest.mark.parametrize(
    ("state", "why"),
    [("PAID", WhyNotCancelled.PAID), ("NEEDS_REVIEW", WhyNotCancelled.IN_REVIEW)],
)
def test_what_is_paid_or_in_review_is_not_cancelled(
    world: World, state: str, why: WhyNotCancelled
) -> None:
    PREPARATIONS[state](world)
    assert cancel(world) == CancelRefused(world.order, why)
    assert world.order.cancel_asked_at is None


def test_a_state_of_a_later_version_is_left_alone() -> None:
    orders = InMemoryOrders()
    order = IN_STATE[OrderStatus.NEWER](orders, "k")
    told = CancelOrder(orders, SetClock())(order.order_id, by="shop")
    assert isinstance(told, CancelRefused)
    assert told.why is WhyNotCancelled.NEWER


def test_a_buyer_cancels_none_but_their_own_orders(world: World) -> None:
    assert cancel(world, principal="somebody else") == NoSuchOrder()
    assert status_of(world) is OrderStatus.PENDING
    assert isinstance(cancel(world, principal=None), OrderCancelled)


def test_each_cancellation_is_logged_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    other = World(empty_dynamodb(), ORDER_TABLE, key="requested")
    PREPARATIONS["UNKNOWN"](other)
    caplog.clear()
    for each in (world, other):
        cancel(each)
        cancel(each)
    told = [(vars(each)["event"], vars(each)["order_id"]) for each in caplog.records]
    assert told == [("order_cancelled", world.order_id), ("order_cancel_asked", other.order_id)]


def test_a_preview_stores_nothing(world: World) -> None:
    preview = CancelOrder(world.orders, world.clock).preview
    assert preview(world.order_id) == OrderCancelled(world.order)
    PREPARATIONS["UNKNOWN"](world)
    assert preview(world.order_id) == CancelAsked(world.order)
    assert world.order.cancel_asked_at is None
    assert preview("ord_" + "a" * 52) == NoSuchOrder()


def test_an_order_that_a_backup_calls_untried_is_only_marked(world: World) -> None:
    told = cancel(world, quarantine_before=world.order.accepted_at + 1)
    assert isinstance(told, CancelAsked)
    assert status_of(world) is OrderStatus.PENDING


class Meanwhile:
    """An order table in which somebody else is faster, a number of times."""

    def __init__(self, world: World, *between: Callable[[World], Any]) -> None:
        self._world = world
        self._between = list(between)

    def get(self, order_id: str) -> Order | None:
        order = self._world.orders.get(order_id)
        if self._between:
            self._between.pop(0)(self._world)
        return order

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.orders, name)


def race(world: World, *between: Callable[[World], Any]) -> Cancellation:
    orders: Any = Meanwhile(world, *between)
    return CancelOrder(orders, world.clock)(world.order_id, by="shop")


def test_a_claim_that_is_faster_than_a_cancellation_at_once_makes_it_a_mark(world: World) -> None:
    assert isinstance(race(world, lambda world: world.claim("worker")), CancelAsked)
    assert status_of(world) is OrderStatus.CHARGING


def test_an_attempt_that_is_started_meanwhile_is_cancelled_with_the_order(world: World) -> None:
    PREPARATIONS["DECLINED"](world)
    told = race(world, lambda world: world.start_attempt(replaces=2))
    assert isinstance(told, OrderCancelled)
    assert (world.order.status, world.order.attempt) == (OrderStatus.CANCELLED, 3)


def test_a_capture_that_is_faster_wins(world: World) -> None:
    PREPARATIONS["LEASED"](world)

    def captured(world: World) -> None:
        world.settle.store(world.order, CHARGE, deadline=DEADLINE)

    assert race(world, captured) == CancelRefused(world.order, WhyNotCancelled.PAID)


def test_an_order_that_changes_again_and_again_is_to_be_asked_for_later(world: World) -> None:
    def move(world: World) -> None:
        world.settle.store(world.claim("x"), Declined("no"), deadline=DEADLINE)
        world.start_attempt(world.order.attempt, max_attempts=20)

    told = race(world, *[move] * 5)
    assert told == CancelRefused(told.order, WhyNotCancelled.BUSY)  # type: ignore[union-attr]


def test_a_claim_after_the_cancellation_is_refused(world: World) -> None:
    cancel(world)
    world.claim("late")
    assert status_of(world) is OrderStatus.CANCELLED


@pytest.mark.parametrize("state", ["DECLINED", "UNKNOWN"])
def test_no_attempt_is_started_once_somebody_asked(world: World, state: str) -> None:
    PREPARATIONS[state](world)
    cancel(world)
    start = StartPaymentAttempt(world.orders, world.clock, 5)
    told = start(BUYER, world.order_id, replaces=2, payment_method="pm_3")
    assert isinstance(told, AttemptRefused)
    assert "cancelled" in told.reason


def test_what_an_older_version_declined_of_a_marked_order_starts_no_attempt(world: World) -> None:
    """It does not know the mark. Asking again cancels the order."""
    orders = InMemoryOrders()
    order = IN_STATE[OrderStatus.DECLINED](orders, "k")
    marked = replace(order, cancel_asked_at=NOW - 5)
    orders.by_id[order.order_id] = marked
    asked = orders.start_attempt(
        order.order_id,
        order.principal,
        replaces=1,
        payment_method="pm_2",
        max_attempts=5,
        now=NOW,
    )
    assert isinstance(asked, NotChanged)
    assert (next_step(marked, 5), attempts_left(marked, 5)) == (NextStep.NONE, 0)
    assert next_step(marked, None) is NextStep.NONE
    told = CancelOrder(orders, SetClock())(order.order_id, by="shop")
    assert isinstance(told, OrderCancelled)
    assert told.order.cancel_asked_at == NOW - 5


def test_a_buyer_of_a_marked_order_is_not_sent_to_act(world: World) -> None:
    claimed = world.claim("worker")
    cancel(world)
    world.settle.store(claimed, ActionRequired("https://bank.example.com/"), deadline=DEADLINE)
    assert world.order.action_url is not None
    assert next_step(world.order, 5) is NextStep.WAIT
    world.payments = ScriptedPayments(
        looked_up=ActionRequired("https://bank.example.com/"), cancelled=Cancelled()
    )
    world.let_pass(60_000)
    world.reconcile()
    assert status_of(world) is OrderStatus.CANCELLED
    assert next_step(world.order, 5) is NextStep.NONE


# What whoever claims a marked order does


def test_an_attempt_that_is_claimed_for_the_first_time_is_not_requested(world: World) -> None:
    """The claim was lost between the mark and the request: nothing was ever sent."""
    claimed = world.claim("worker")
    cancel(world)
    world.settle.store(claimed, NOT_SENT, deadline=DEADLINE, uncounted=True)
    assert world.order.attempt_claims == 0
    assert deliver(world, Payments()) == []
    assert status_of(world) is OrderStatus.CANCELLED


def test_nothing_is_opened_for_a_marked_order(world: World) -> None:
    claimed = world.claim("worker")
    cancel(world)
    world.settle.store(claimed, NOT_SENT, deadline=DEADLINE, uncounted=True)
    assert deliver(world, Payments(opened=Opened("pi_1"))) == []
    assert status_of(world) is OrderStatus.CANCELLED


def test_what_was_opened_and_never_requested_is_abandoned(world: World) -> None:
    claimed = world.claim("worker")
    cancel(world)
    world.settle.store(claimed, NOT_SENT, deadline=DEADLINE, uncounted=True)
    world.note_opened()
    assert deliver(world, Payments(opened=Opened("pi_2"))) == ["abandon pi_1"]
    assert status_of(world) is OrderStatus.CANCELLED


def test_a_repeated_request_is_cancelled_and_never_sent_again(world: World) -> None:
    PREPARATIONS["UNKNOWN"](world)
    cancel(world)
    assert deliver(world, Payments(cancelled=Unknown("timeout"))) == ["cancel"]
    assert status_of(world) is OrderStatus.UNKNOWN
    assert deliver(world, Payments(cancelled=Cancelled())) == ["cancel"]
    assert status_of(world) is OrderStatus.CANCELLED


def test_a_cancellation_that_finds_the_capture_pays_the_order(world: World) -> None:
    PREPARATIONS["UNKNOWN"](world)
    cancel(world)
    assert deliver(world, Payments(cancelled=CHARGE)) == ["cancel"]
    assert (world.order.status, world.order.charge_id) == (OrderStatus.PAID, "ch_1")


def test_an_attempt_that_the_service_has_not_known_for_a_day_is_over(world: World) -> None:
    """Before that a request may be on its way, in a gateway, long after its worker's lease."""
    PREPARATIONS["UNKNOWN"](world)
    cancel(world)
    not_known = NotFound()
    assert deliver(world, Payments(cancelled=not_known)) == ["cancel"]
    assert status_of(world) is OrderStatus.UNKNOWN
    world.let_pass(DAY)
    deliver(world, Payments(cancelled=not_known))
    assert status_of(world) is OrderStatus.UNKNOWN
    world.let_pass(world.policy.lease_seconds * 1000)
    deliver(world, Payments(cancelled=not_known))
    assert status_of(world) is OrderStatus.CANCELLED


def test_an_attempt_that_the_service_knows_is_not_over_because_it_cannot_be_cancelled(
    world: World,
) -> None:
    PREPARATIONS["UNKNOWN"](world)
    cancel(world)
    world.let_pass(world.policy.lease_seconds * 1000 + DAY)
    waits = ActionRequired("https://bank.example.com/")
    deliver(world, Payments(looked_up=waits, cancelled=NotFound()))
    assert status_of(world) is OrderStatus.UNKNOWN


def test_a_payment_that_is_being_processed_is_waited_for(world: World) -> None:
    PREPARATIONS["UNKNOWN"](world)
    cancel(world)
    deliver(world, Payments(looked_up=Processing(), cancelled=Unknown("timeout")))
    assert status_of(world) is OrderStatus.PROCESSING


def test_a_cancellation_that_is_never_answered_is_an_operators_in_the_end(world: World) -> None:
    PREPARATIONS["UNKNOWN"](world)
    cancel(world)
    world.let_pass(3 * 24 * 60 * 60 * 1000)
    deliver(world, Payments(looked_up=ActionRequired("https://b/"), cancelled=Unknown("timeout")))
    assert status_of(world) is OrderStatus.NEEDS_REVIEW
    assert world.order.review_reason == "not_cancelled"


def test_a_service_that_is_silent_about_an_old_attempt_is_asked_again(world: World) -> None:
    """It has its time from when somebody asked, and not from the first request."""
    PREPARATIONS["UNKNOWN"](world)
    world.let_pass(3 * 24 * 60 * 60 * 1000)
    cancel(world)
    deliver(world, Payments(looked_up=ActionRequired("https://b/"), cancelled=Unknown("timeout")))
    assert status_of(world) is OrderStatus.UNKNOWN


def test_a_cancel_route_without_a_word_is_not_waited_for(world: World) -> None:
    """The usual rules lead on: the request is repeated under its key, and the charge has won."""
    PREPARATIONS["UNKNOWN"](world)
    cancel(world)
    broken = Unknown("http_404", without_word=True)
    assert deliver(world, Payments(looked_up=broken, cancelled=broken)) == ["cancel", "charge"]
    assert status_of(world) is OrderStatus.PAID


def test_a_worker_without_time_cancels_nothing(world: World) -> None:
    PREPARATIONS["UNKNOWN"](world)
    cancel(world)
    world.payments = payments = Payments(cancelled=Cancelled())
    held = world.claim("slow")
    world.settle(held, may_charge=True, deadline=world.clock.now() + 1000)
    assert payments.asked == []
    assert status_of(world) is OrderStatus.UNKNOWN


# In review


def reviewed(world: World) -> None:
    """A marked order that no machine can decide."""
    claimed = world.claim("worker")
    cancel(world)
    world.settle.store(claimed, NeedsReview("somebody look"), deadline=DEADLINE)
    assert status_of(world) is OrderStatus.NEEDS_REVIEW


def test_what_a_verdict_declines_of_a_marked_order_is_cancelled(world: World) -> None:
    reviewed(world)
    world.payments = ScriptedPayments(cancelled=Cancelled())
    world.judge(VerdictKind.DECLINED)
    assert (world.order.status, world.order.cancel_reason) == (OrderStatus.CANCELLED, "asked")


def test_a_marked_order_that_is_released_is_ended_and_not_charged(world: World) -> None:
    reviewed(world)
    world.release()
    assert deliver(world, Payments(cancelled=Cancelled())) == ["cancel"]
    assert status_of(world) is OrderStatus.CANCELLED


def test_late_proof_is_a_stray_that_is_kept_or_given_back_by_the_operators_choice(
    world: World,
) -> None:
    cancel(world)
    late = world.order
    world.settle.store(late, CHARGE, deadline=DEADLINE)
    assert status_of(world) is OrderStatus.NEEDS_REVIEW
    assert world.order.strays_of("ch_1")
    world.release()
    assert status_of(world) is OrderStatus.NEEDS_REVIEW
    world.payments = ScriptedPayments(looked_up=CHARGE)
    world.judge(VerdictKind.PAID, "ch_1")
    assert (world.order.status, world.order.charge_id) == (OrderStatus.PAID, "ch_1")


def test_a_cancelled_order_whose_stray_was_refunded_elsewhere_is_cancelled_again(
    world: World,
) -> None:
    cancel(world)
    world.settle.store(world.order, CHARGE, deadline=DEADLINE)
    world.let_pass(60_000)
    world.payments = ScriptedPayments(looked_up=CHARGE, cancelled=CHARGE)
    world.judge(VerdictKind.REFUNDED_ELSEWHERE, "ch_1")
    # It is not released: to find out again could charge.
    world.release()
    assert status_of(world) is OrderStatus.NEEDS_REVIEW
    world.judge(VerdictKind.DECLINED)
    assert status_of(world) is OrderStatus.CANCELLED
    world.settle.store(world.order, OTHER_CHARGE, deadline=DEADLINE)
    assert status_of(world) is OrderStatus.NEEDS_REVIEW


# Announced


def told_of(orders: InMemoryOrders, order: Order) -> list[tuple[str, Any]]:
    members = map(Announcement.from_member, orders.by_id[order.order_id].owed)
    return [(each.kind, dict(each.details)) for each in sorted(members, key=lambda e: e.ordinal)]


def test_each_way_to_cancelled_is_announced() -> None:
    orders = InMemoryOrders(announces=True)
    at_once = IN_STATE[OrderStatus.PENDING](orders, "at once")
    CancelOrder(orders, SetClock())(at_once.order_id, by="shop")
    assert told_of(orders, at_once) == [("OrderCancelled", {"reason": "asked"})]

    later = IN_STATE[OrderStatus.CHARGING](orders, "later")
    CancelOrder(orders, SetClock())(later.order_id, by="shop")
    assert told_of(orders, later) == []
    assert orders.record_decline(later, "no_funds", NOW) is OrderStatus.CANCELLED
    assert told_of(orders, later) == [("OrderCancelled", {"reason": "asked"})]


def test_a_decline_whose_answer_was_lost_is_stored_once_as_what_it_was() -> None:
    orders = InMemoryOrders()
    order = IN_STATE[OrderStatus.CHARGING](orders, "k")
    for _ in range(2):
        assert orders.record_decline(order, "no", NOW) is OrderStatus.DECLINED
    marked = IN_STATE[OrderStatus.CHARGING](orders, "marked")
    assert isinstance(orders.ask_to_cancel(marked, by="shop", now=NOW), Changed)
    for _ in range(2):
        assert orders.record_decline(marked, "no", NOW) is OrderStatus.CANCELLED


@pytest.mark.parametrize(
    ("changes", "at_once"),
    [
        ({"status": OrderStatus.PENDING}, True),
        ({"status": OrderStatus.PENDING, "attempt_claims": 1}, False),
        ({"status": OrderStatus.PENDING, "accepted_at": NOW - 1}, False),
        ({"status": OrderStatus.UNKNOWN}, False),
        ({"status": OrderStatus.DECLINED, "attempt_claims": 1}, True),
    ],
    ids=str,
)
def test_only_what_can_have_captured_nothing_is_cancelled_at_once(
    changes: dict[str, Any], at_once: bool
) -> None:
    """Not an order that was accepted before the table was restored, and may have been tried."""
    cancel = CancelOrder(InMemoryOrders(), SetClock(), quarantine_before=NOW)
    assert cancel.is_at_once(new_order(**changes)) is at_once
