"""Orders as answers: what a buyer is told of each state, and when to ask again."""

from __future__ import annotations

import pytest

from checkout_runtime.application.order_records import NotChanged
from checkout_runtime.application.start_payment_attempt import AttemptRefused, StartPaymentAttempt
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.handlers.order_answers import order_answer
from tests.checkout_runtime.factories import BUYER, new_order
from tests.checkout_runtime.handlers.http_requests import body_of
from tests.checkout_runtime.state_events import SetClock


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
    ],
)
def test_every_state_is_shown_and_says_when_to_ask_again(
    status: OrderStatus, shown: str, code: int, retry_after: str | None
) -> None:
    order = new_order(status=status)
    answer = order_answer(order)
    assert answer["statusCode"] == code
    assert body_of(answer)["status"] == shown
    assert answer["headers"].get("Retry-After") == retry_after
    read = order_answer(order, accepted=False)
    assert (read["statusCode"], read["headers"].get("Retry-After")) == (200, retry_after)


def test_no_state_is_forgotten() -> None:
    for status in OrderStatus:
        order_answer(new_order(status=status))


def test_a_state_of_a_later_version_is_not_named_to_the_buyer() -> None:
    class Stored:
        def start_attempt(self, *_: object, **__: object) -> NotChanged:
            return NotChanged(new_order(status=OrderStatus.NEWER))

    start = StartPaymentAttempt(Stored(), SetClock(), 3)  # type: ignore[arg-type]
    refused = start(BUYER, new_order().order_id, replaces=1, payment_method="pm_2")
    assert isinstance(refused, AttemptRefused)
    assert refused.reason == "attempt 1 is UNKNOWN; only a DECLINED one can be replaced"
