"""What makes two submissions the same purchase."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain.order import Order, OrderLine
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.submission import OrderSubmission, Price, UnpricedSubmission
from tests.checkout_runtime.factories import new_order

PURCHASE = OrderSubmission(4200, "EUR", "cus_1", (OrderLine("mug", 2), OrderLine("tea", 1)), "pm_1")
PURCHASE_FINGERPRINT = "8aa4ce2e246c7a6713781133e4ba2ab214107118c5bf2f13ca4338637ee96378"
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
    assert PURCHASE.fingerprint == PURCHASE_FINGERPRINT


def test_the_same_lines_in_another_order_are_the_same_purchase() -> None:
    turned = replace(PURCHASE, lines=PURCHASE.lines[::-1])
    assert turned.fingerprint == PURCHASE.fingerprint


def test_lines_of_the_same_article_are_not_added_up() -> None:
    one = replace(PURCHASE, lines=(OrderLine("tea", 1), OrderLine("tea", 2)))
    other = replace(PURCHASE, lines=(OrderLine("tea", 3),))
    assert one.fingerprint != other.fingerprint
    assert one.fingerprint == replace(PURCHASE, lines=one.lines[::-1]).fingerprint


@given(SUBMISSIONS, SUBMISSIONS)
def test_fingerprints_are_equal_exactly_where_the_purchases_are(
    one: OrderSubmission, other: OrderSubmission
) -> None:
    def content(submission: OrderSubmission) -> object:
        lines = sorted((line.sku, line.quantity) for line in submission.lines)
        return submission.amount, submission.currency, submission.customer, lines

    assert (one.fingerprint == other.fingerprint) == (content(one) == content(other))


# Stored orders ---------------------------------------------------------------------------------

UNSORTED = (OrderLine("tea", 1), OrderLine("mug", 2))
UNSORTED_BY_THE_FIRST_VERSION = "660a19f012e94accf64c66cc7abec2552a3e94953f5dd35a41b86ca26b39dc78"
UNPRICED_BY_THE_FIRST_VERSION = "60c5de396613ea109d6da4b0321ca964be79fdd0956676803d4354b71ea140f8"


def stored(fingerprint: str, lines: tuple[OrderLine, ...] = UNSORTED) -> Order:
    return new_order(fingerprint=fingerprint, lines=lines)


@pytest.mark.parametrize("lines", [UNSORTED, UNSORTED[::-1]], ids=["as it came", "otherwise"])
def test_an_order_that_the_first_version_stored_is_the_same_purchase(
    lines: tuple[OrderLine, ...],
) -> None:
    """It made the fingerprint of the lines as they came."""
    submission = replace(PURCHASE, lines=lines)
    assert submission.matches(stored(UNSORTED_BY_THE_FIRST_VERSION))
    unpriced = UnpricedSubmission(PURCHASE.customer, lines, "pm_1")
    assert unpriced.matches(stored(UNPRICED_BY_THE_FIRST_VERSION))


@pytest.mark.parametrize(
    "changes",
    [{"amount": 1}, {"currency": "USD"}, {"customer": "x"}, {"lines": (OrderLine("tea", 1),)}],
    ids=str,
)
def test_another_purchase_matches_no_order_of_either_version(changes: dict[str, Any]) -> None:
    other = replace(PURCHASE, **changes)
    for fingerprint in (UNSORTED_BY_THE_FIRST_VERSION, PURCHASE_FINGERPRINT):
        assert not other.matches(stored(fingerprint))


def test_an_order_whose_buyer_was_erased_matches_no_purchase() -> None:
    assert not PURCHASE.matches(stored("erased", ()))


def test_a_price_of_the_shops_is_no_part_of_what_is_matched() -> None:
    unpriced = UnpricedSubmission("cus_1", PURCHASE.lines, "pm_1")
    order = stored(unpriced.at(Price(1, "EUR")).fingerprint, PURCHASE.lines)
    assert unpriced.matches(order)
    assert unpriced.at(Price(2, "USD")).matches(order)
