"""The checkout holds and captures at the payment service of the local run, whose ledger judges."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.application.capture_order import CaptureAccepted
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_stack.local.payment_service_process import PaymentControls
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.application.holding_checkout import HoldingCheckout
from tests.checkout_runtime.factories import POLICY, SECOND
from tests.local.paying import SECRET, serving

S = OrderStatus


@pytest.fixture
def payments(ledger_file: Path) -> Iterator[PaymentControls]:
    with serving(ledger_file) as payments:
        payments.change(hang_ms=0)
        yield payments


@pytest.fixture
def checkout(payments: PaymentControls) -> HoldingCheckout:
    checkout, url = HoldingCheckout(), payments.charges_url
    checkout.payments = HttpPaymentService(
        url=url,
        look_up_url=url,
        cancel_url=f"{url}/cancel",
        capture_url=f"{url}/captures",
        captures_later=True,
        secret=CachedSecret(StubSecrets(SECRET), "arn", SystemClock()),
        timeout_seconds=5,
    )
    # Holds lapse by the payment service's own clock.
    checkout.clock.time = time.time_ns() // 1_000_000
    return checkout


def settled(checkout: HoldingCheckout, order: Order) -> Order:
    """Deliver the order's message until it is deleted."""
    for receives in range(1, 6):
        checkout.clock.time += POLICY.lease_seconds * SECOND
        if not checkout.deliver(checkout.message(order, receives=receives)):
            return checkout.now(order)
    raise AssertionError(f"not settled: {checkout.now(order)}")


def held(checkout: HoldingCheckout, payment_method: str) -> Order:
    order = settled(checkout, checkout.place(payment_method=payment_method))
    assert order.status is S.AUTHORIZED
    return order


@pytest.mark.parametrize(
    "payment_method",
    [
        "pm_ok",
        "pm_unreadable_after_capture_once",
        "pm_error_500_once",
        "pm_html_404_after_capture_once",
        "pm_capture_unreadable_after_capture_once",
        "pm_capture_html_404_after_capture_once",
        "pm_capture_error_500_once",
        "pm_capture_hang_2times",
    ],
)
@pytest.mark.parametrize("amount", [4200, 500])
def test_whatever_answer_is_lost_the_hold_is_captured_once(
    amount: int, payment_method: str, checkout: HoldingCheckout, payments: PaymentControls
) -> None:
    order = held(checkout, payment_method)
    assert payments.charges() == []
    assert isinstance(checkout.capture(order, amount), CaptureAccepted)
    paid = settled(checkout, order)
    [charge] = payments.charges()
    assert (paid.status, paid.charge_id) == (S.PAID, charge["charge_id"])
    assert charge["amount"] == paid.left_to_refund == amount


def test_a_hold_that_lapsed_is_never_captured(
    checkout: HoldingCheckout, payments: PaymentControls
) -> None:
    order = held(checkout, "pm_ok")
    assert isinstance(checkout.capture(order), CaptureAccepted)
    payments.hold_lapses(order.payment_key)
    assert settled(checkout, order).status is S.CANCELLED
    assert payments.charges() == []


def test_a_capture_that_is_refused_in_words_leaves_the_hold(
    checkout: HoldingCheckout, payments: PaymentControls
) -> None:
    order = held(checkout, "pm_capture_refused")
    assert isinstance(checkout.capture(order), CaptureAccepted)
    still = settled(checkout, order)
    assert (still.status, still.capture_refused_as) == (S.AUTHORIZED, "refused_on_request")
    assert payments.charges() == []
