"""Amounts at Stripe: the same minor units as an order's, but for the cases that its pages name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.adapters.stripe_amounts import from_stripe, to_stripe


@pytest.mark.parametrize(
    ("currency", "amount", "at_stripe"),
    [
        ("EUR", 4200, 4200),
        ("JPY", 500, 500),
        ("HUF", 1045, 1045),
        ("KWD", 5120, 5120),
        ("KWD", 5124, None),
        ("ISK", 5, 500),
        ("UGX", 5, None),
        ("MGA", 500, None),
    ],
)
def test_an_amount_is_written_as_stripe_reads_it(
    currency: str, amount: int, at_stripe: int | None
) -> None:
    assert to_stripe(amount, currency) == at_stripe


@given(st.integers(1, 10**9), st.sampled_from(["EUR", "JPY", "KWD", "ISK", "UGX", "TND"]))
def test_what_can_be_written_is_read_back(amount: int, currency: str) -> None:
    written = to_stripe(amount, currency)
    assert written is None or from_stripe(written, currency) == amount


def test_an_amount_that_no_order_has_is_not_read() -> None:
    assert from_stripe(550, "ISK") is None
    assert from_stripe(500, "UGX") is None
