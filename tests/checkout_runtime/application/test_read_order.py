"""What a buyer sees of the state of an order."""

from __future__ import annotations

import pytest

from checkout_runtime.application.read_order import shown_status
from checkout_runtime.domain.order import OrderStatus
from tests.checkout_runtime.factories import HOUR, NOW, new_order

S = OrderStatus
AT_WORK = (S.CHARGING, S.UNKNOWN)


@pytest.mark.parametrize("status", S)
def test_while_a_hold_is_captured_the_buyers_part_is_over(status: S) -> None:
    held = new_order(status=status, capture_before=NOW + HOUR)
    newer = S.UNKNOWN if status is S.NEWER else status
    assert shown_status(held) is (S.AUTHORIZED if status in AT_WORK else newer)


@pytest.mark.parametrize("status", AT_WORK)
def test_a_hold_that_is_let_go_and_a_charge_are_told_as_they_are(status: S) -> None:
    assert shown_status(new_order(status=status)) is status
    let_go = new_order(status=status, capture_before=NOW + HOUR, cancel_asked_at=NOW)
    assert shown_status(let_go) is status
