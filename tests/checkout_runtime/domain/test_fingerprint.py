"""What makes two submissions the same purchase."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain.order import OrderLine
from checkout_runtime.domain.submission import OrderSubmission

PURCHASE = OrderSubmission(4200, "EUR", "cus_1", (OrderLine("mug", 2), OrderLine("tea", 1)), "pm_1")
LINES = st.builds(OrderLine, sku=st.text(max_size=4), quantity=st.integers(1, 30))
SUBMISSIONS = st.builds(
    OrderSubmission,
    amount=st.integers(1, 300),
    currency=st.sampled_from(["EUR", "USD"]),
    customer=st.text(max_size=4),
    lines=st.lists(LINES, min_size=1, max_size=3).map(tuple),
    payment_method=st.text(max_size=2),
)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 4201},
        {"currency": "USD"},
        {"customer": "cus_2"},
        {"lines": (OrderLine("mug", 2),)},
        {"lines": (OrderLine("mug", 3), OrderLine("tea", 1))},
        {"lines": (OrderLine("cup", 2), OrderLine("tea", 1))},
        {"lines": (OrderLine("mug", 2), OrderLine("tea", 1), OrderLine("tea", 1))},
    ],
    ids=str,
)
def test_another_amount_currency_customer_or_cart_is_another_purchase(
    changes: dict[str, Any],
) -> None:
    assert replace(PURCHASE, **changes).fingerprint != PURCHASE.fingerprint


def test_another_payment_method_is_the_same_purchase() -> None:
    assert replace(PURCHASE, payment_method="pm_2").fingerprint == PURCHASE.fingerprint


def test_the_fingerprint_never_changes_between_versions() -> None:
    """Else a resubmission over a deployment would be refused as another purchase."""
    assert (
        PURCHASE.fingerprint == "8aa4ce2e246c7a6713781133e4ba2ab214107118c5bf2f13ca4338637ee96378"
    )


@given(SUBMISSIONS, SUBMISSIONS)
def test_fingerprints_are_equal_exactly_where_the_purchases_are(
    one: OrderSubmission, other: OrderSubmission
) -> None:
    same = replace(one, payment_method="") == replace(other, payment_method="")
    assert (one.fingerprint == other.fingerprint) == same
