"""Whatever breaks the promise about held money is found in the ledger of holds."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_stack.local.chaos.capture_comparison import AskedCapture, capture_violations
from tests.local.chaos.test_comparison import charge, order

KEY = "ord_1:1"
ASKED = AskedCapture("ord_1", 3000, may_be_taken=True)


def hold(status: str = "captured", **changes: Any) -> dict[str, Any]:
    return {"payment_key": KEY, "amount": 4200, "status": status, **changes}


def captured(amount: int = 3000, key: str = KEY) -> dict[str, Any]:
    return charge(amount=amount, payment_key=key)


def test_a_hold_that_is_captured_as_asked_is_as_promised() -> None:
    assert capture_violations([ASKED], [hold()], [captured()], [order()]) == []


def test_a_hold_that_ended_or_waits_for_an_operator_breaks_nothing() -> None:
    let_go, waiting = order(status="CANCELLED"), order(status="NEEDS_REVIEW")
    assert capture_violations([ASKED], [hold("cancelled")], [], [let_go]) == []
    assert capture_violations([], [hold("authorized")], [], [waiting]) == []


def test_the_hold_before_another_card_is_let_go() -> None:
    second = hold(payment_key="ord_1:2")
    paid = captured(key="ord_1:2")
    assert capture_violations([ASKED], [hold("cancelled"), second], [paid], [order()]) == []
    [twice] = capture_violations([ASKED], [hold(), second], [paid], [order()])
    assert "ord_1 has 2 holds" in twice


@pytest.mark.parametrize("status", ["PAID", "CANCELLED", "DECLINED"])
def test_no_money_is_held_for_an_order_that_is_over(status: str) -> None:
    [violation] = capture_violations([], [hold("authorized")], [], [order(status=status)])
    assert f"ord_1 is {status}, and its money is held still" in violation


@pytest.mark.parametrize(
    ("asked", "holds", "charges", "found"),
    [
        ([ASKED], [hold()], [captured(2000)], "nobody may have asked"),
        ([AskedCapture("ord_1", 3000)], [hold()], [captured()], "nobody may have asked"),
        ([ASKED], [hold(amount=2999)], [captured()], "3000 of ord_1 was captured, and 2999 held"),
        ([ASKED], [], [captured()], "no money was held"),
        ([], [hold(payment_key="ord_2:1")], [], "its order is in no table"),
    ],
)
def test_each_way_to_break_the_promise_is_found(
    asked: list[AskedCapture],
    holds: list[dict[str, Any]],
    charges: list[dict[str, Any]],
    found: str,
) -> None:
    [violation] = capture_violations(asked, holds, charges, [order()])
    assert found in violation
