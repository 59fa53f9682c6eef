"""What to test of a checkout that is deployed, on this machine and without an AWS account.

Needs the package's extra ``local`` (docs/guide/local-own-app.md). The app is deployed
once, in half a minute.
"""

from __future__ import annotations

import sys

from checkout_stack.local.testing import CheckoutUnderTest, checkout_fixture

checkout = checkout_fixture(f'"{sys.executable}" -m examples.tests_of_your_own.shop')

ORDER = {
    "amount": 4200,
    "currency": "EUR",
    "lines": [{"sku": "mug", "quantity": 2}],
    "payment_method": "pm_ok",
}


def test_a_resubmission_is_one_order_and_one_charge(checkout: CheckoutUnderTest) -> None:
    order = {**ORDER, "customer": "cus_resubmits"}
    first = checkout.place(order, key="cart-17")
    again = checkout.place(order, key="cart-17")

    assert again.is_replay
    assert again.body["order_id"] == first.body["order_id"]
    paid = checkout.wait_for(first.body["order_id"], "PAID")
    [charge] = checkout.charges("cus_resubmits")
    assert (charge["charge_id"], charge["amount"]) == (paid.charge_id, 4200)


def test_a_lost_answer_is_not_charged_again(checkout: CheckoutUnderTest) -> None:
    """The payment service captures and does not answer; docs/guide/local.md lists the rest."""
    lost = {**ORDER, "customer": "cus_lost", "payment_method": "pm_hang_after_capture_once"}
    placed = checkout.place(lost)

    checkout.wait_for(placed.body["order_id"], "PAID")
    assert len(checkout.charges("cus_lost")) == 1
