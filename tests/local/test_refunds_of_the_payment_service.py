"""The payment service to test against gives back what it is asked to, and says so in its words."""

from __future__ import annotations

import pytest

from checkout_stack.local.payment_service_process import PaymentControls
from tests.local.paying import look_up_refund, pay, refund

KEY = "op_1:1"


def charged(payments: PaymentControls, payment_method: str = "pm_ok") -> str:
    return str(pay(payments, "ord_1:1", payment_method).body["charge_id"])


def test_one_key_is_one_refund_and_is_found(payments: PaymentControls) -> None:
    charge_id = charged(payments)
    first = refund(payments, KEY, charge_id, 1200)
    assert (first.status, first.body["status"], first.body["amount"]) == (200, "refunded", 1200)
    assert refund(payments, KEY, charge_id, 1200) == first
    assert look_up_refund(payments, KEY) == first
    assert [each["amount"] for each in payments.refunds("cus_1")] == [1200]
    assert look_up_refund(payments, "op_2:1").body == {"status": "not_found"}


def test_never_more_than_was_captured(payments: PaymentControls) -> None:
    charge_id = charged(payments)
    assert refund(payments, KEY, charge_id, 4201).body["code"] == "more_than_captured"
    refund(payments, KEY, charge_id)
    assert refund(payments, "op_2:1", charge_id, 1).body["code"] == "already_refunded"
    assert refund(payments, "op_3:1", "ch_none").body["code"] == "unknown_charge"
    assert len(payments.refunds()) == 1


@pytest.mark.parametrize(
    ("payment_method", "status", "made"),
    [
        ("pm_refund_error_500_after_capture_once", 500, 1),
        ("pm_refund_html_404_once", 404, 0),
        ("pm_refund_declined", 422, 0),
    ],
)
def test_the_charges_payment_method_says_what_goes_wrong(
    payment_method: str, status: int, made: int, payments: PaymentControls
) -> None:
    charge_id = charged(payments, payment_method)
    assert refund(payments, KEY, charge_id).status == status
    assert len(payments.refunds()) == made
    if payment_method != "pm_refund_declined":
        assert refund(payments, KEY, charge_id).body["status"] == "refunded"
        assert len(payments.refunds()) == 1
