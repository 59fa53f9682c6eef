"""The naive workflow does what naive workflows do: it charges each request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checkout_stack.local.payment_service_process import PaymentControls
from checkout_stack.local.shop.naive_checkout import NaiveCheckout, NaiveOrder


@pytest.fixture
def naive(tmp_path: Path, payments: PaymentControls) -> Iterator[NaiveCheckout]:
    checkout = NaiveCheckout(tmp_path / "naive.sqlite", payments)
    yield checkout
    checkout.close()


def pay(naive: NaiveCheckout, payment_method: str = "pm_ok") -> NaiveOrder:
    return naive.pay("cus_1", 4200, "EUR", payment_method, lambda _: None)


def test_one_press_is_one_order_and_one_charge(
    naive: NaiveCheckout, payments: PaymentControls
) -> None:
    order = pay(naive)

    assert order.paid
    assert naive.orders("cus_1") == [(order.number, "PAID")]
    [charge] = payments.charges("cus_1")
    assert charge["amount"] == 4200


def test_two_presses_are_two_orders_and_two_charges(
    naive: NaiveCheckout, payments: PaymentControls
) -> None:
    first, second = pay(naive), pay(naive)

    assert first.number != second.number
    assert len(payments.charges("cus_1")) == 2


def test_an_error_after_the_capture_is_called_a_failure_and_charged_again(
    naive: NaiveCheckout, payments: PaymentControls
) -> None:
    failed = pay(naive, "pm_error_503_after_capture_once")
    pay(naive)

    assert (failed.paid, failed.said) == (False, "503")
    assert [state for _, state in naive.orders("cus_1")] == ["FAILED", "PAID"]
    assert len(payments.charges("cus_1")) == 2


def test_the_order_is_written_before_the_payment_service_is_called(
    naive: NaiveCheckout, payments: PaymentControls
) -> None:
    charges: list[int] = []
    naive.pay("cus_1", 1, "EUR", "pm_ok", lambda _: charges.append(len(payments.charges("cus_1"))))

    assert charges == [0]


def test_a_payment_service_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    naive = NaiveCheckout(tmp_path / "naive.sqlite", PaymentControls(port=9, secret="unused"))

    order = pay(naive)

    assert (order.paid, order.said) == (False, "no answer (ConnectionRefusedError)")
    naive.close()
