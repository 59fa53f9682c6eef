"""Refunds in process: what comes of a request is a value."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError
from checkout_runtime.desk import (
    CancelReplayed,
    CaptureAccepted,
    CaptureReplayed,
    InvalidCapture,
    InvalidName,
    InvalidRefund,
    MisconfiguredError,
    NoSuchOrder,
    OrderCancelled,
    OrderDesk,
    RefundAccepted,
    RefundReplayed,
    StoreUnavailable,
)
from checkout_runtime.domain.order import Order
from tests.checkout_runtime.application.holding_checkout import HoldingCheckout
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout


@pytest.fixture
def checkout() -> RefundingCheckout:
    return RefundingCheckout()


@pytest.fixture
def order(checkout: RefundingCheckout) -> Order:
    return checkout.paid()


@pytest.fixture
def desk(checkout: RefundingCheckout) -> OrderDesk:
    return OrderDesk(checkout.orders, checkout.refunds, clock=checkout.clock)


def test_a_refund_is_accepted_once_and_listed(desk: OrderDesk, order: Order) -> None:
    first = desk.refund(order.order_id, "rma-17", by="ada", amount=500, reason="broken")
    assert isinstance(first, RefundAccepted)
    assert desk.refund(order.order_id, "rma-17", by="ben", amount=500) == RefundReplayed(
        first.refund
    )
    assert desk.refunds(order.order_id) == [first.refund]


def test_everything_that_is_wrong_is_named_at_once(desk: OrderDesk, order: Order) -> None:
    refused = desk.refund(order.order_id, "a,b", by="", amount=0, charge_id=" ")
    assert isinstance(refused, InvalidRefund)
    assert {each.field for each in refused.errors} == {
        "idempotency_key",
        "by",
        "amount",
        "charge_id",
    }


def test_where_nobody_carries_refunds_out_there_is_no_desk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"ORDER_TABLE_NAME": "orders", "UNSETTLED_SHARDS": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("PAYMENT_SERVICE_REFUNDS", raising=False)
    with pytest.raises(KeyError, match="PAYMENT_SERVICE_REFUNDS"):
        OrderDesk.from_environment()
    monkeypatch.setenv("PAYMENT_SERVICE_REFUNDS", "true")
    assert isinstance(OrderDesk.from_environment(), OrderDesk)


def test_a_desk_cancels_where_it_was_told_what_that_takes(
    monkeypatch: pytest.MonkeyPatch, checkout: RefundingCheckout, order: Order
) -> None:
    """Without a payment service that refunds, too; it then does not refund."""
    for name, value in {"ORDER_TABLE_NAME": "orders", "UNSETTLED_SHARDS": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("PAYMENT_SERVICE_REFUNDS", "true")
    with pytest.raises(KeyError, match="QUARANTINE_BEFORE_MS"):
        OrderDesk.from_environment().cancel(order.order_id, by="ada")
    monkeypatch.delenv("PAYMENT_SERVICE_REFUNDS")
    monkeypatch.setenv("QUARANTINE_BEFORE_MS", "0")
    desk = OrderDesk.from_environment()
    with pytest.raises(KeyError, match="PAYMENT_SERVICE_REFUNDS"):
        desk.refund(order.order_id, "rma-17", by="ada")
    with pytest.raises(KeyError, match="PAYMENT_SERVICE_REFUNDS"):
        desk.refunds(order.order_id)
    assert isinstance(desk.cancel(order.order_id, by=""), InvalidName)
    assert desk.cancel("op_1", by="ada") == NoSuchOrder()


def test_an_order_is_cancelled_once(desk: OrderDesk, checkout: RefundingCheckout) -> None:
    order = checkout.place()
    assert isinstance(desk.cancel(order.order_id, by="ada"), OrderCancelled)
    assert desk.cancel(order.order_id, by="ben") == CancelReplayed(checkout.now(order))
    assert checkout.now(order).cancel_asked_by == "ada"


def test_another_id_than_an_orders_names_none(desk: OrderDesk) -> None:
    assert desk.refund("op_1", "rma-17", by="ada") == NoSuchOrder()
    assert desk.refunds("op_1") == NoSuchOrder()


@pytest.mark.parametrize(
    ("error", "comes_to"),
    [(AwsNoAnswerError("ReadTimeoutError"), StoreUnavailable()), ("AccessDeniedException", None)],
)
def test_a_store_that_does_not_answer_is_a_value_and_one_that_refuses_a_defect(
    error: Any, comes_to: StoreUnavailable | None, checkout: RefundingCheckout, order: Order
) -> None:
    class Broken:
        def get(self, _order_id: str) -> Order:
            raise error if comes_to else AwsRefusedError(error)

    desk = OrderDesk(Broken(), checkout.refunds)  # type: ignore[arg-type]
    if comes_to:
        assert desk.refund(order.order_id, "k", by="ada") == comes_to
        return
    with pytest.raises(MisconfiguredError):
        desk.refund(order.order_id, "k", by="ada")


def test_held_money_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = HoldingCheckout()
    order = checkout.held()
    desk = OrderDesk(checkout.orders, None, holds=checkout.orders.holds, clock=checkout.clock)
    asked = desk.capture(order.order_id, by="ada", amount=3000)
    assert isinstance(asked, CaptureAccepted)
    assert desk.capture(order.order_id, by="ben", amount=3000) == CaptureReplayed(asked.order)
    wrong = desk.capture(order.order_id, by="", amount=0)
    assert isinstance(wrong, InvalidCapture)
    assert {each.field for each in wrong.errors} == {"by", "amount"}
    assert desk.capture("ord_x", by="ada") == NoSuchOrder()
    with pytest.raises(KeyError, match=r"CAPTURE.*captures_holds=True.*checkout orders capture ID"):
        OrderDesk(checkout.orders, None).capture(order.order_id, by="ada")
    for name, value in {"ORDER_TABLE_NAME": "orders", "UNSETTLED_SHARDS": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for capture in ("later", "now"):
        monkeypatch.setenv("CAPTURE", capture)
        desk = OrderDesk.from_environment()
        assert desk.capture("ord_x", by="ada") == NoSuchOrder()
