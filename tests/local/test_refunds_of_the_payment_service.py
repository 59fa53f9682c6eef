"""The payment service to test against gives back what it is asked to, and says so in its words."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from checkout_runtime.adapters.http_charge_listing import HttpChargeListing
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.domain.charge_audit import Window
from checkout_stack.local.payment_service.behaviour import RefundCourse
from checkout_stack.local.payment_service.ledger import Ledger
from checkout_stack.local.payment_service.listing import page_of_refunds
from checkout_stack.local.payment_service.messages import PaymentRequest
from checkout_stack.local.payment_service.payment_methods import behaviour_of
from checkout_stack.local.payment_service.refunds import RefundRequest
from checkout_stack.local.payment_service_process import PaymentControls
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.local.paying import SECRET, look_up_refund, pay, refund

KEY = "op_1:1"


def charged(payments: PaymentControls, payment_method: str = "pm_ok") -> str:
    key = f"ord_{len(payments.charges())}:1"
    return str(pay(payments, key, payment_method).body["charge_id"])


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
        ("pm_refund_hang_once", None, 0),
        ("pm_refund_hang_after_capture_once", None, 1),
        ("pm_refund_unreadable_after_capture_once", None, 1),
        ("pm_refund_declined", 422, 0),
    ],
)
def test_the_charges_payment_method_says_what_goes_wrong(
    payment_method: str, status: int | None, made: int, payments: PaymentControls
) -> None:
    payments.change(hang_ms=10)
    charge_id = charged(payments, payment_method)
    if status is None:
        with pytest.raises((OSError, http.client.HTTPException)):
            refund(payments, KEY, charge_id)
    else:
        assert refund(payments, KEY, charge_id).status == status
    assert len(payments.refunds()) == made
    if payment_method != "pm_refund_declined":
        assert refund(payments, KEY, charge_id).body["status"] == "refunded"
        assert len(payments.refunds()) == 1


class Clock:
    """A clock that is set by hand."""

    seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def course_of(payment_method: str) -> RefundCourse:
    return behaviour_of(payment_method).refund_course


@pytest.mark.parametrize(
    ("payment_method", "first", "then", "can_be_refunded_again"),
    [
        ("pm_refund_pending_refunded_after_5", "refund_pending", "refunded", False),
        ("pm_refund_pending_failed_after_5", "refund_pending", "not_refunded", True),
        ("pm_refund_failed_after_5", "refunded", "not_refunded", True),
        ("pm_ok", "refunded", "refunded", False),
    ],
)
def test_what_a_refund_comes_to_later_is_looked_up(
    payment_method: str, first: str, then: str, can_be_refunded_again: bool, ledger_file: Path
) -> None:
    clock = Clock()
    ledger = Ledger(ledger_file, clock)
    asked = PaymentRequest(
        payment_key="ord_1:1",
        order_id="ord_1",
        attempt=1,
        amount=4200,
        currency="EUR",
        customer="cus_1",
        payment_method=payment_method,
    )
    ledger.note_request(asked)
    charge_id = str(ledger.take(asked, 4200).body["charge_id"])
    course, refunds = course_of(payment_method), ledger.refunds
    wanted = RefundRequest(key=KEY, charge_id=charge_id, amount=4200, currency="EUR")

    assert refunds.make(wanted, course, honours_keys=True).body["status"] == first
    clock.seconds += 4.9
    assert refunds.look_up(KEY).body["status"] == first
    another = RefundRequest(key="op_2:1", charge_id=charge_id, amount=1, currency="EUR")
    assert refunds.make(another, course, honours_keys=True).body["code"] == "already_refunded"
    clock.seconds += 0.2
    assert refunds.look_up(KEY).body["status"] == then
    assert refunds.make(wanted, course, honours_keys=True).body["status"] == then
    [made] = refunds.listed("cus_1")
    assert made["status"] == ("failed" if then == "not_refunded" else "refunded")
    again = refunds.make(another, course, honours_keys=True).body["status"]
    assert (again == first) is can_be_refunded_again
    ledger.close()


def test_what_went_back_is_listed_in_its_time(payments: PaymentControls) -> None:
    charge_id = charged(payments)
    refund(payments, KEY, charge_id, 1200)
    refund(payments, "op_2:1", charged(payments, "pm_refund_pending_failed_after_60"), 1)
    [made, _pending] = payments.refunds()
    at = int(made["refunded_at"] * 1000)
    listing = HttpChargeListing(
        url=f"{payments.charges_url}/list",
        secret=CachedSecret(StubSecrets(SECRET), "arn", SystemClock()),
        timeout_seconds=10,
    )
    [page] = listing.refund_pages(Window(at, at + 60_000))
    assert [(each.reference, each.key, each.amount) for each in page] == [
        (made["refund_id"], KEY, 1200)
    ]
    assert list(listing.refund_pages(Window(at - 1, at))) == [[]]
    assert page_of_refunds([], {"refunded_from": "0"}).status == 400
