"""What an answer about a hold means for its order."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.domain.decisions import HoldEnded, NeedsReview, NotRequested
from checkout_runtime.domain.hold_answers import after_hold
from checkout_runtime.domain.outcomes import Authorized, Declined
from tests.checkout_runtime.factories import HOUR, NOW, new_order

ORDER = new_order()
HOLD = Authorized("h_1", ORDER.amount, ORDER.currency, NOW + HOUR)


def test_a_hold_of_the_orders_amount_is_one() -> None:
    assert after_hold(ORDER, HOLD) == HOLD


@pytest.mark.parametrize("asked", [{"capture_asked_at": NOW}, {"cancel_asked_at": NOW}], ids=str)
def test_what_somebody_asked_for_is_still_to_be_done(asked: dict[str, Any]) -> None:
    assert after_hold(new_order(**asked), HOLD) == NotRequested("left_to_queue")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(ORDER.amount + 1, ORDER.currency), (ORDER.amount - 1, ORDER.currency), (ORDER.amount, "USD")],
)
def test_a_hold_of_anything_else_is_for_an_operator(amount: int, currency: str) -> None:
    hold = Authorized("h_1", amount, currency, NOW + HOUR)
    assert after_hold(ORDER, hold) == NeedsReview("hold_mismatch")


def test_a_hold_that_is_no_more_has_ended_for_the_reason_that_is_told() -> None:
    assert after_hold(ORDER, Declined("expired")) == HoldEnded("expired")
