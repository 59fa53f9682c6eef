"""Orders as answers: what a buyer is told of each state, and when to ask again."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.order_records import NotChanged
from checkout_runtime.application.start_payment_attempt import AttemptRefused, StartPaymentAttempt
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.handlers.order_answers import order_answer
from tests.checkout_runtime.factories import BUYER, new_order
from tests.checkout_runtime.handlers.http_requests import body_of
from tests.checkout_runtime.state_events import SetClock

BANK = "https://bank.example.com/3ds"


@pytest.mark.parametrize(
    ("status", "shown", "code", "retry_after"),
    [
        (OrderStatus.PENDING, "PENDING", 202, "1"),
        (OrderStatus.CHARGING, "CHARGING", 202, "1"),
        (OrderStatus.UNKNOWN, "UNKNOWN", 202, "1"),
        (OrderStatus.ACTION_REQUIRED, "ACTION_REQUIRED", 202, "1"),
        (OrderStatus.PROCESSING, "PROCESSING", 202, "60"),
        (OrderStatus.NEEDS_REVIEW, "NEEDS_REVIEW", 202, "1"),
        (OrderStatus.NEWER, "UNKNOWN", 202, "1"),
        (OrderStatus.PAID, "PAID", 200, None),
        (OrderStatus.DECLINED, "DECLINED", 200, None),
        (OrderStatus.AUTHORIZED, "AUTHORIZED", 200, None),
    ],
)
def test_every_state_is_shown_and_says_when_to_ask_again(
    status: OrderStatus, shown: str, code: int, retry_after: str | None
) -> None:
    order = new_order(status=status)
    answer = order_answer(order, attempt_limit=3)
    assert answer["statusCode"] == code
    assert body_of(answer)["status"] == shown
    assert answer["headers"].get("Retry-After") == retry_after
    read = order_answer(order, attempt_limit=3, accepted=False)
    assert (read["statusCode"], read["headers"].get("Retry-After")) == (200, retry_after)


def test_no_state_is_forgotten() -> None:
    for status in OrderStatus:
        order_answer(new_order(status=status), attempt_limit=3)


@pytest.mark.parametrize(
    ("changes", "step", "left"),
    [
        ({"status": OrderStatus.PENDING}, "wait", 2),
        ({"status": OrderStatus.CHARGING}, "wait", 2),
        ({"status": OrderStatus.UNKNOWN}, "wait", 2),
        ({"status": OrderStatus.PROCESSING}, "wait", 2),
        ({"status": OrderStatus.NEEDS_REVIEW}, "wait", 2),
        ({"status": OrderStatus.NEWER}, "wait", 2),
        ({"status": OrderStatus.ACTION_REQUIRED, "action_url": BANK}, "act", 2),
        # The payment service named no page that a buyer may be sent to.
        ({"status": OrderStatus.ACTION_REQUIRED}, "wait", 2),
        ({"status": OrderStatus.DECLINED}, "pay_again", 2),
        ({"status": OrderStatus.DECLINED, "attempt": 2}, "pay_again", 1),
        ({"status": OrderStatus.DECLINED, "attempt": 3}, "none", 0),
        # The limit was lowered since.
        ({"status": OrderStatus.DECLINED, "attempt": 4}, "none", 0),
        ({"status": OrderStatus.PAID}, "none", 0),
        ({"status": OrderStatus.AUTHORIZED}, "none", 2),
        # While the hold is captured the buyer sees no other state.
        ({"status": OrderStatus.UNKNOWN, "capture_before": 1}, "none", 2),
        ({"status": OrderStatus.CHARGING, "capture_before": 1}, "none", 2),
        # What is let go is waited for.
        ({"status": OrderStatus.UNKNOWN, "capture_before": 1, "cancel_asked_at": 1}, "wait", 0),
    ],
)
def test_what_the_buyer_can_do_next_is_said_of_every_state(
    changes: dict[str, Any], step: str, left: int
) -> None:
    shown = body_of(order_answer(new_order(**changes), attempt_limit=3))
    assert (shown["next"], shown["attempts_left"]) == (step, left)


def test_while_the_limit_is_not_known_nothing_is_said_of_attempts_left() -> None:
    order = new_order(status=OrderStatus.DECLINED, attempt=9)
    shown = body_of(order_answer(order, attempt_limit=None))
    assert shown["next"] == "pay_again"
    assert "attempts_left" not in shown


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        ("pm_card_visa_4242", "…4242"),
        ("12345678", "…5678"),
        ("1234567", "…567"),
        ("pm_1", "…_1"),
        ("x", "…"),
    ],
)
def test_of_a_payment_method_only_the_end_is_shown_and_never_more_than_half(
    token: str, shown: str
) -> None:
    answer = order_answer(new_order(payment_method=token), attempt_limit=3)
    assert body_of(answer)["payment_method"] == shown


@pytest.mark.parametrize(
    ("offered", "ignored"), [(None, None), ("pm_1", None), ("pm_2", True), ("PM_1", True)]
)
def test_a_payment_method_that_is_not_used_is_said(
    offered: str | None, ignored: bool | None
) -> None:
    order = new_order(payment_method="pm_1")
    answer = order_answer(order, attempt_limit=3, replayed=True, offered=offered)
    assert body_of(answer).get("payment_method_ignored") is ignored


def test_a_state_of_a_later_version_is_not_named_to_the_buyer() -> None:
    class Stored:
        def start_attempt(self, *_: object, **__: object) -> NotChanged:
            return NotChanged(new_order(status=OrderStatus.NEWER))

    start = StartPaymentAttempt(Stored(), SetClock(), 3)  # type: ignore[arg-type]
    refused = start(BUYER, new_order().order_id, replaces=1, payment_method="pm_2")
    assert isinstance(refused, AttemptRefused)
    assert refused.reason == "attempt 1 is UNKNOWN; only a DECLINED one can be replaced"
