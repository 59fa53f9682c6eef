"""An upgrade and a rollback: orders of the version before in every state, and ours in its hands.

The version before runs as it was released (``simulator/previous``), on the same table.
"""

from __future__ import annotations

import importlib
from dataclasses import fields
from typing import Any

import pytest

from checkout_runtime.application.order_records import Changed, Refusal
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Declined,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import replace
from simulator import previous
from simulator.botocore_client import BotocoreClient
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import DEADLINE, HOUR, NOW, POLICY, SECOND
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE

S = OrderStatus
DAY = 24 * HOUR
STATES = ["PENDING", "CHARGING", "UNKNOWN", "ACTION_REQUIRED", "DECLINED", "NEEDS_REVIEW", "PAID"]
"""Of the version before."""


def of_before(module: str) -> Any:
    """A module of the version before."""
    previous.install()
    return importlib.import_module(f"previous_checkout_runtime.{module}")


class Before:
    """The version before, at work on one table."""

    def __init__(self, checkout: Checkout) -> None:
        client = BotocoreClient(checkout.orders._model)
        orders, outcomes = (
            of_before("adapters.dynamodb_orders"),
            of_before("adapters.dynamodb_outcomes"),
        )
        self.orders = orders.DynamoDbOrders(client, ORDER_TABLE)
        self.outcomes = outcomes.DynamoDbOutcomes(client, ORDER_TABLE, 1)
        unsettled = of_before("adapters.dynamodb_unsettled")
        self.unsettled = unsettled.DynamoDbUnsettledOrders(client, ORDER_TABLE, 1)
        self.words = of_before("domain.outcomes")

    def claim(self, order_id: str, attempt: int = 1) -> Any:
        return self.orders.claim(
            order_id,
            attempt,
            claim_id="before",
            now=NOW,
            lease_expires_at=NOW + POLICY.lease_seconds * SECOND,
        ).order

    def bring(self, order_id: str, state: str, attempt: int = 1) -> None:
        """Bring an order that is pending to a state, as the version before did."""
        if state == "PENDING":
            return
        held = self.claim(order_id, attempt)
        match state:
            case "UNKNOWN":
                self.outcomes.record_unknown(held, NOW)
            case "ACTION_REQUIRED":
                self.outcomes.record_action_required(held, "https://bank/", NOW + HOUR, NOW)
            case "DECLINED":
                self.outcomes.record_decline(held, "no_funds", NOW)
            case "NEEDS_REVIEW":
                self.outcomes.record_review(held, "key_retention_over", NOW)
            case "PAID":
                captured = self.words.Captured("ch_0", held.amount, held.currency)
                self.outcomes.record_capture(held, captured, NOW)

    def shows(self, order_id: str) -> Any:
        return self.orders.get(order_id)


@pytest.fixture
def checkout() -> Checkout:
    return Checkout()


def placed_before(checkout: Checkout) -> str:
    """Place an order by the code of the version before."""
    order_module, line = of_before("domain.order"), of_before("domain.order").OrderLine("mug", 1)
    order_id: str = checkout.place("made to name one").order_id
    del checkout.orders.by_id[order_id]
    order = order_module.Order(
        order_id=order_id,
        principal="buyer",
        fingerprint="f" * 64,
        status=order_module.OrderStatus.PENDING,
        amount=4200,
        currency="EUR",
        customer="cus_1",
        lines=(line,),
        payment_method="pm_1",
        accepted_at=NOW,
        unsettled_since=NOW,
    )
    assert Before(checkout).orders.accept(order) is None
    return order_id


@pytest.mark.parametrize("state", STATES)
def test_an_order_of_the_version_before_is_read_as_it_was(state: str, checkout: Checkout) -> None:
    order_id, before = placed_before(checkout), Before(checkout)
    before.bring(order_id, state)
    theirs, ours = before.shows(order_id), checkout.orders.by_id[order_id]
    for field in fields(theirs):
        if field.name != "lines":
            assert getattr(ours, field.name) == getattr(theirs, field.name), field.name
    assert ours.payment_service is None


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("captured", [False, True], ids=["", "captured meanwhile"])
def test_an_order_of_the_version_before_is_settled_by_this_one(
    state: str, captured: bool, checkout: Checkout
) -> None:
    """Whatever the queue, the reconciler and an operator do afterwards: at most one charge."""
    order_id, before = placed_before(checkout), Before(checkout)
    before.bring(order_id, state)
    order = checkout.orders.by_id[order_id]
    checkout.payments.can_cancel = True
    if captured and state not in ("PENDING", "DECLINED", "PAID"):
        # What was captured cannot be cancelled any more: that is the answer then.
        checkout.payments.cancelled = checkout.payments.capture(order)
    checkout.clock.time = NOW + HOUR
    for _ in range(30):
        checkout.deliver(checkout.message(order))
        if checkout.now(order).status is S.NEEDS_REVIEW:
            checkout.orders.release(checkout.now(order), checkout.clock.now())
        checkout.run_reconciler()
        checkout.clock.time += HOUR
    settled = checkout.now(order)
    assert settled.status in (S.PAID, S.DECLINED)
    assert checkout.payments.captures_of(order_id) <= 1
    if captured and state not in ("PENDING", "DECLINED"):
        assert settled.status is S.PAID


def test_a_second_attempt_of_the_version_before_is_charged_once(checkout: Checkout) -> None:
    """It stored nothing of the first attempt but that there was one."""
    order_id, before = placed_before(checkout), Before(checkout)
    before.bring(order_id, "DECLINED")
    before.orders.start_attempt(
        order_id, "buyer", replaces=1, payment_method="pm_2", max_attempts=3, now=NOW
    )
    order = checkout.orders.by_id[order_id]
    assert [each.attempt for each in order.earlier_attempts] == [1]
    checkout.deliver(checkout.message(order, attempt=2))
    assert checkout.now(order).status is S.PAID
    assert checkout.payments.look_ups == [f"{order_id}:1"]


# A rollback: the version before meets what this one wrote.


def of_ours(checkout: Checkout, answer: Any) -> Order:
    order = checkout.place()
    checkout.payments.next_answers = [answer]
    checkout.deliver(checkout.message(order))
    return checkout.now(order)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Unknown("timeout"), "UNKNOWN"),
        (Unknown("http_404", without_word=True), "UNKNOWN"),
        (ActionRequired("https://bank/"), "ACTION_REQUIRED"),
        (Declined("no_funds"), "DECLINED"),
    ],
    ids=str,
)
def test_the_version_before_reads_and_settles_an_order_of_ours(
    answer: Any, state: str, checkout: Checkout
) -> None:
    order, before = of_ours(checkout, answer), Before(checkout)
    shown = before.shows(order.order_id)
    assert shown.status == state
    if state == "DECLINED":
        before.orders.start_attempt(
            order.order_id, "buyer", replaces=1, payment_method="p", max_attempts=3, now=NOW
        )
    if state == "ACTION_REQUIRED":
        before.orders.resume(order.order_id, "buyer", 1, NOW)
    attempt = before.shows(order.order_id).attempt
    before.bring(order.order_id, "PAID", attempt)
    assert before.shows(order.order_id).status == "PAID"
    assert checkout.now(order).status is S.PAID
    assert checkout.orders.count_open(0) == 0


def tried_by_ours(checkout: Checkout, order: Order) -> Order:
    """Let an attempt come to everything that this version stores beside one, then be declined."""

    def held(**options: Any) -> Order:
        claim = checkout.orders.claim(
            order.order_id,
            1,
            claim_id="ours",
            now=NOW,
            lease_expires_at=NOW,
            service=checkout.payments.name,
            **options,
        )
        assert isinstance(claim, Changed)
        return claim.order

    outcomes, orders = checkout.outcomes, checkout.orders
    outcomes.record_processing(held(opened_as="pi_1"), NOW, NOW)
    outcomes.record_action_required(orders.by_id[order.order_id], "https://bank/", NOW, NOW)
    orders.resume(order.order_id, order.principal, 1, NOW)
    outcomes.record_unknown(held(only_opened=True), NOW, refusal=Refusal("http_404", NOW))
    tried = orders.by_id[order.order_id]
    assert None not in (tried.processing_since, tried.refused_as, tried.refused_since)
    assert (tried.payment_service, tried.uncounted_resends) == (checkout.payments.name, 1)
    outcomes.record_decline(held(only_opened=True), "no_funds", NOW)
    return orders.by_id[order.order_id]


def test_an_attempt_that_the_version_before_starts_has_nothing_of_the_one_that_it_replaces(
    checkout: Checkout,
) -> None:
    """It clears what it knows, and nothing that this version stores beside an attempt."""
    by_ours, by_theirs = (tried_by_ours(checkout, checkout.place(key)) for key in ("k1", "k2"))
    wish: dict[str, Any] = {"replaces": 1, "payment_method": "pm_2", "max_attempts": 3, "now": NOW}
    started = checkout.orders.start_attempt(by_ours.order_id, by_ours.principal, **wish)
    Before(checkout).orders.start_attempt(by_theirs.order_id, by_theirs.principal, **wish)
    theirs = checkout.orders.by_id[by_theirs.order_id]
    assert isinstance(started, Changed)
    assert replace(theirs, order_id=by_ours.order_id) == started.order
    [first] = theirs.earlier_attempts
    assert first == EarlierAttempt(1, checkout.payments.name, "pi_1", "no_funds")


def test_an_asynchronous_attempt_is_followed_by_one_of_the_version_before_and_both_are_settled(
    checkout: Checkout,
) -> None:
    order, before = of_ours(checkout, Processing()), Before(checkout)
    checkout.payments.next_look_ups = [Declined("account_closed")]
    checkout.clock.time += HOUR
    checkout.run_reconciler()
    wish = {"payment_method": "pm_2", "max_attempts": 3, "now": NOW}
    before.orders.start_attempt(order.order_id, order.principal, replaces=1, **wish)
    checkout.deliver(checkout.message(order, attempt=2))
    assert checkout.now(order).status is S.PAID


def test_an_asynchronous_payment_waits_untouched_until_this_version_is_back(
    checkout: Checkout,
) -> None:
    """The version before knows no such state: it reads none of it, and loses nothing."""
    order, before = of_ours(checkout, Processing()), Before(checkout)
    with pytest.raises(ValueError, match="PROCESSING"):
        before.shows(order.order_id)
    assert before.unsettled.oldest_open(0) is None
    assert not before.unsettled.open_before(0, NOW + 99 * DAY, 50, None).orders
    with pytest.raises(ValueError, match="PROCESSING"):
        before.claim(order.order_id)
    assert checkout.now(order) == order
    checkout.payments.capture(order)
    checkout.clock.time += HOUR
    checkout.run_reconciler()
    assert checkout.now(order).status is S.PAID


def test_an_attempt_that_both_versions_tried_is_charged_once(checkout: Checkout) -> None:
    """Ours, rolled back, theirs, rolled forward: under the same key, looked up first."""
    order, before = of_ours(checkout, Unknown("timeout")), Before(checkout)
    held = before.claim(order.order_id)
    assert held.attempt_claims == 2
    checkout.payments.capture(order)
    before.outcomes.record_unknown(held, NOW)
    checkout.deliver(checkout.message(order))
    assert checkout.now(order).status is S.PAID
    assert checkout.payments.captures_of(order.order_id) == 1
    checkout.settle.store(order, Declined("late"), deadline=DEADLINE)
    assert checkout.now(order).status is S.PAID


# Orders that owe an announcement, in the hands of the version before.


def owing(checkout: Checkout, answer: Any) -> Order:
    checkout.orders._updates.announces = True
    order = of_ours(checkout, answer)
    assert order.owed
    return order


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (ActionRequired("https://bank/"), "ACTION_REQUIRED"),
        (Declined("no_funds"), "DECLINED"),
    ],
    ids=str,
)
def test_the_version_before_settles_an_order_that_owes_and_leaves_what_it_owes(
    answer: Any, state: str, checkout: Checkout
) -> None:
    order, before = owing(checkout, answer), Before(checkout)
    assert before.shows(order.order_id).status == state
    if state == "DECLINED":
        before.orders.start_attempt(
            order.order_id, "buyer", replaces=1, payment_method="p", max_attempts=3, now=NOW
        )
    else:
        before.orders.resume(order.order_id, "buyer", 1, NOW)
    before.bring(order.order_id, "PAID", before.shows(order.order_id).attempt)
    settled = checkout.now(order)
    assert (settled.status, settled.owed) == (S.PAID, order.owed)


def test_the_version_before_does_not_find_a_settled_order_that_owes(checkout: Checkout) -> None:
    order, before = owing(checkout, Declined("no_funds")), Before(checkout)
    assert order.unsettled_since is not None
    assert before.unsettled.oldest_open(0) is None
    assert not before.unsettled.open_before(0, NOW + 99 * DAY, 50, None).orders
    assert before.unsettled.count_in_review(0) == 0


def test_lanes_of_this_version_in_a_bookmark_are_passed_over_by_the_version_before(
    checkout: Checkout,
) -> None:
    checkout.orders.leave_bookmark(dict.fromkeys(range(checkout.orders.lanes)))
    assert set(Before(checkout).unsettled.bookmark()) <= {0}


def test_the_relay_before_sends_a_message_for_an_order_that_only_owes_and_nothing_is_charged(
    checkout: Checkout,
) -> None:
    """While a deployment replaces it, the filter of this version may bring it such a record."""
    order = owing(checkout, Declined("no_funds"))
    captures = checkout.payments.captures_of(order.order_id)
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.payments.captures_of(order.order_id) == captures
    assert checkout.now(order) == order
