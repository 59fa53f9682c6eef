"""Accepting orders, starting attempts, resuming and reading them."""

from __future__ import annotations

import logging

import pytest

from checkout_runtime.application.limit_attempts import TooManyAttempts
from checkout_runtime.application.order_records import AttemptsLimited, OrdersLimited
from checkout_runtime.application.place_order import (
    Created,
    Mismatch,
    PlaceOrder,
    Replayed,
    TooManyOrders,
)
from checkout_runtime.application.read_order import ReadOrder
from checkout_runtime.application.resume_payment import (
    NothingToResume,
    Resumed,
    ResumePayment,
    ResumeReplayed,
)
from checkout_runtime.application.start_payment_attempt import (
    AttemptRefused,
    AttemptReplayed,
    AttemptStarted,
    NoSuchOrder,
    StartPaymentAttempt,
)
from checkout_runtime.domain.identity import cart_name
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import ActionRequired, Declined
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import BUYER
from tests.checkout_runtime.state_events import SUBMISSION


def placing(checkout: Checkout, namespace: str = "tests") -> PlaceOrder:
    return PlaceOrder(checkout.orders, checkout.clock, namespace)


def declined(checkout: Checkout) -> Order:
    order = checkout.place()
    checkout.payments.next_answers = [Declined("no_funds")]
    checkout.deliver(checkout.message(order))
    return checkout.now(order)


def test_a_placement_is_one_write(checkout: Checkout) -> None:
    assert isinstance(placing(checkout)(BUYER, "k", SUBMISSION), Created)
    assert checkout.orders.writes == ["PENDING"]


def test_a_resubmission_finds_the_same_order_and_writes_nothing(checkout: Checkout) -> None:
    first = placing(checkout)(BUYER, "k", SUBMISSION)
    checkout.clock.time += 1000
    second = placing(checkout)(BUYER, "k", replace(SUBMISSION, payment_method="pm_9"))
    assert isinstance(first, Created)
    assert second == Replayed(first.order)
    assert checkout.orders.writes == ["PENDING"]


@pytest.mark.parametrize(
    ("left_ms", "seconds"), [(0, 1), (1, 1), (1000, 1), (1001, 2), (60_000, 60)]
)
def test_a_buyer_who_is_limited_is_told_in_how_many_whole_seconds_to_come_again(
    left_ms: int, seconds: int, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = OrdersLimited(checkout.clock.now() + left_ms)
    monkeypatch.setattr(checkout.orders, "accept", lambda *_, **__: limited)
    assert placing(checkout)(BUYER, "k", SUBMISSION) == TooManyOrders(seconds)
    attempts = AttemptsLimited(checkout.clock.now() + left_ms, is_of_checkout=False)
    monkeypatch.setattr(checkout.orders, "start_attempt", lambda *_, **__: attempts)
    refused = starting(checkout)(BUYER, "ord_1", replaces=1, payment_method="pm_2")
    assert refused == TooManyAttempts(seconds, is_of_checkout=False)


def test_other_content_under_the_same_key_is_a_mismatch_and_changes_nothing(
    checkout: Checkout,
) -> None:
    first = placing(checkout)(BUYER, "k", SUBMISSION)
    assert isinstance(first, Created)
    second = placing(checkout)(BUYER, "k", replace(SUBMISSION, amount=1))
    assert second == Mismatch(first.order.order_id)
    assert checkout.now(first.order) == first.order


def test_each_placement_is_told_and_names_its_request_once(
    checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    place = placing(checkout)
    place(BUYER, "k", SUBMISSION, request_id="r1")
    place(BUYER, "k", SUBMISSION, request_id="r1")
    place(BUYER, "k", SUBMISSION, request_id="r2")
    place(BUYER, "k", replace(SUBMISSION, amount=1), request_id="r3")
    assert [
        (record["event"], record["correlation_id"], record["request_id"])
        for record in map(vars, caplog.records)
    ] == [
        ("order_accepted", "r1", None),
        ("order_replayed", "r1", None),
        ("order_replayed", "r1", "r2"),
        ("order_mismatched", "r1", "r3"),
    ]


def test_a_cart_is_guarded_by_its_name_in_this_checkout(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded: list[str | None] = []
    monkeypatch.setattr(checkout.orders, "accept", lambda _, cart, **__: guarded.append(cart))
    monkeypatch.setattr(checkout.orders, "find", lambda _, cart: guarded.append(cart))
    for cart_id in (None, "cart_1"):
        placing(checkout)(BUYER, "k", SUBMISSION, cart_id=cart_id)
        assert placing(checkout).replay(BUYER, "k", SUBMISSION, cart_id=cart_id) is None
    name = cart_name("tests", "cart_1")
    assert guarded == [None, None, name, name]


def test_two_principals_and_two_checkouts_may_use_the_same_key(checkout: Checkout) -> None:
    placing(checkout)(BUYER, "k", SUBMISSION)
    placing(checkout)("other", "k", SUBMISSION)
    placing(checkout, "staging")(BUYER, "k", SUBMISSION)
    assert len(checkout.orders.by_id) == 3


def test_an_order_is_shown_to_its_principal_only(checkout: Checkout) -> None:
    order = checkout.place()
    read = ReadOrder(checkout.orders)
    assert read(BUYER, order.order_id) == order
    assert read("other", order.order_id) is None
    assert read(BUYER, "ord_" + "a" * 52) is None


def starting(checkout: Checkout, max_attempts: int = 3) -> StartPaymentAttempt:
    return StartPaymentAttempt(checkout.orders, checkout.clock, max_attempts)


def test_a_declined_attempt_is_replaced_once_however_often_the_button_is_pressed(
    checkout: Checkout,
) -> None:
    order = declined(checkout)
    start = starting(checkout)
    first = start(BUYER, order.order_id, replaces=1, payment_method="pm_2")
    second = start(BUYER, order.order_id, replaces=1, payment_method="pm_2")
    assert isinstance(first, AttemptStarted)
    assert second == AttemptReplayed(first.order)
    checkout.deliver(checkout.message(order, attempt=2))
    paid = start(BUYER, order.order_id, replaces=1, payment_method="pm_2")
    assert isinstance(paid, AttemptReplayed)
    assert paid.order.status is OrderStatus.PAID


def test_what_cannot_be_replaced_is_refused_and_said_why(checkout: Checkout) -> None:
    order = declined(checkout)
    start = starting(checkout, max_attempts=2)
    start(BUYER, order.order_id, replaces=1, payment_method="pm_2")
    other_card = start(BUYER, order.order_id, replaces=1, payment_method="pm_3")
    too_early = start(BUYER, order.order_id, replaces=2, payment_method="pm_3")
    checkout.payments.next_answers = [Declined("no_funds")]
    checkout.deliver(checkout.message(order, attempt=2))
    used_up = start(BUYER, order.order_id, replaces=2, payment_method="pm_3")
    for result, why in [
        (other_card, "attempt 1 is not the current one; the current one is 2"),
        (too_early, "PENDING"),
        (used_up, "all 2"),
    ]:
        assert isinstance(result, AttemptRefused)
        assert why in result.reason


def test_another_principals_order_cannot_be_told_from_one_that_is_not_there(
    checkout: Checkout,
) -> None:
    order = declined(checkout)
    start, resume = starting(checkout), ResumePayment(checkout.orders, checkout.clock)
    for principal, order_id in [("other", order.order_id), (BUYER, "ord_" + "a" * 52)]:
        result = start(principal, order_id, replaces=1, payment_method="p")
        assert result == NoSuchOrder()
        assert resume(principal, order_id, 1) == NothingToResume(None)
    assert checkout.now(order) == order


def test_only_the_current_attempt_is_one_that_was_resumed(checkout: Checkout) -> None:
    order = declined(checkout)
    starting(checkout)(BUYER, order.order_id, replaces=1, payment_method="pm_2")
    resume = ResumePayment(checkout.orders, checkout.clock)
    assert isinstance(resume(BUYER, order.order_id, 1), NothingToResume)
    assert isinstance(resume(BUYER, order.order_id, 2), ResumeReplayed)


def test_a_payment_is_resumed_once_and_looked_up_before_anything_else(checkout: Checkout) -> None:
    order = checkout.place()
    checkout.payments.next_answers = [ActionRequired("https://bank/")]
    checkout.deliver(checkout.message(order))
    resume = ResumePayment(checkout.orders, checkout.clock)
    assert isinstance(resume(BUYER, order.order_id, 1), Resumed)
    assert isinstance(resume(BUYER, order.order_id, 1), ResumeReplayed)
    assert isinstance(resume(BUYER, order.order_id, 2), NothingToResume)
    checkout.deliver(checkout.message(order))
    assert checkout.payments.look_ups == [order.payment_key]
    assert checkout.now(order).status is OrderStatus.PAID
