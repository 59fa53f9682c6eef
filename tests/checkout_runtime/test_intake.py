"""An application of one's own places orders in process: the same guarantees, errors as values."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.domain.order import Order
from checkout_runtime.intake import (
    CartTaken,
    Created,
    FieldError,
    InvalidOrder,
    Mismatch,
    OrderIntake,
    Price,
    Replayed,
    StoreUnavailable,
    UnpricedSubmission,
)
from tests.checkout_runtime.in_memory import InMemoryOrders
from tests.checkout_runtime.making import submitted

BUYER = ("https://issuer.example.com", "ada")
UNPRICED = submitted(amount=..., currency=...)


class Clock:
    def now(self) -> int:
        return 1_750_000_000_000


def an_intake(orders: InMemoryOrders | None = None, **choices: Any) -> OrderIntake:
    return OrderIntake(orders or InMemoryOrders(), namespace="shop", clock=Clock(), **choices)


def created(placement: object) -> Order:
    assert isinstance(placement, Created)
    return placement.order


def test_a_resubmission_is_the_same_order() -> None:
    orders = InMemoryOrders()
    intake = an_intake(orders)
    order = created(intake.place(BUYER, "k1", submitted()))
    assert intake.place(BUYER, "k1", submitted()) == Replayed(order)
    assert len(orders.by_id) == 1


def test_another_order_under_the_same_key_is_a_mismatch() -> None:
    intake = an_intake()
    order = created(intake.place(BUYER, "k1", submitted()))
    assert intake.place(BUYER, "k1", submitted(amount=1)) == Mismatch(order.order_id)


def test_another_buyer_has_another_order_and_reads_it_alone() -> None:
    intake = an_intake()
    order = created(intake.place(BUYER, "k1", submitted()))
    other = created(intake.place(("issuer", "ben"), "k1", submitted()))
    assert order.order_id != other.order_id
    assert intake.read(BUYER, order.order_id) == order
    assert intake.read(BUYER, other.order_id) is None
    assert intake.read(BUYER, "ord_1") is None


def test_every_wrong_field_is_named_and_the_key_too() -> None:
    answer = an_intake().place(BUYER, "", submitted(amount=0, customer=...))
    assert isinstance(answer, InvalidOrder)
    assert [each.field for each in answer.errors] == ["idempotency_key", "amount", "customer"]


def test_nobody_is_no_buyer() -> None:
    with pytest.raises(ValueError, match="buyer is empty"):
        an_intake().place((), "k1", submitted())


# Prices ----------------------------------------------------------------------------------------


def by_the_shop(submission: UnpricedSubmission) -> Price:
    return Price(sum(1000 * line.quantity for line in submission.lines), "EUR")


def test_the_price_is_the_shops() -> None:
    intake = an_intake(price_order=by_the_shop)
    order = created(intake.place(BUYER, "k1", UNPRICED))
    assert (order.amount, order.currency) == (2000, "EUR")


def test_a_price_of_the_buyers_is_refused() -> None:
    answer = an_intake(price_order=by_the_shop).place(BUYER, "k1", submitted(amount=1))
    assert answer == InvalidOrder(
        (
            FieldError("amount", "is not a known field"),
            FieldError("currency", "is not a known field"),
        )
    )


def test_a_resubmission_after_a_change_of_prices_is_the_first_order_at_its_price() -> None:
    orders = InMemoryOrders()
    order = created(an_intake(orders, price_order=by_the_shop).place(BUYER, "k1", UNPRICED))
    dearer = an_intake(orders, price_order=lambda _: Price(9999, "EUR"))
    assert dearer.place(BUYER, "k1", UNPRICED) == Replayed(order)


def test_other_lines_under_the_same_key_are_a_mismatch_whatever_they_cost() -> None:
    intake = an_intake(price_order=lambda _: Price(1, "EUR"))
    order = created(intake.place(BUYER, "k1", UNPRICED))
    other = {**UNPRICED, "lines": [{"sku": "mug", "quantity": 3}]}
    assert intake.place(BUYER, "k1", other) == Mismatch(order.order_id)


@pytest.mark.parametrize("price", [Price(0, "EUR"), Price(-1, "EUR"), Price(1, "euro")])
def test_a_price_that_is_none_is_the_shops_defect(price: Price) -> None:
    orders = InMemoryOrders()
    with pytest.raises(ValueError, match="the shop's price"):
        an_intake(orders, price_order=lambda _: price).place(BUYER, "k1", UNPRICED)
    assert orders.by_id == {}


# Keys and carts --------------------------------------------------------------------------------


def test_a_field_of_the_order_may_be_its_key() -> None:
    intake = an_intake(key_field="cart_id")
    order = created(intake.place(BUYER, None, {**submitted(), "cart_id": "c-1"}))
    assert intake.place(BUYER, None, {**submitted(), "cart_id": "c-1"}) == Replayed(order)


def test_an_order_without_its_key_field_is_refused() -> None:
    answer = an_intake(key_field="cart_id").place(BUYER, "k1", submitted())
    assert answer == InvalidOrder((FieldError("cart_id", "is required"),))


def test_a_guarded_cart_under_a_fresh_key_is_taken() -> None:
    orders = InMemoryOrders()
    intake = an_intake(orders, guards_carts=True)
    order = created(intake.place(BUYER, "k1", submitted(), cart_id="c-1"))
    assert intake.place(BUYER, "k2", submitted(), cart_id="c-1") == CartTaken(order.order_id)
    assert intake.place(BUYER, "k1", submitted(), cart_id="c-1") == Replayed(order)
    assert len(orders.by_id) == 1


@pytest.mark.parametrize(("guards", "cart"), [(True, None), (False, "c-1")])
def test_a_guard_and_a_cart_go_together(guards: bool, cart: str | None) -> None:
    with pytest.raises(ValueError, match="both or neither"):
        an_intake(guards_carts=guards).place(BUYER, "k1", submitted(), cart_id=cart)


# On the table ----------------------------------------------------------------------------------


@pytest.fixture
def environment(order_table: str, aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDER_TABLE_NAME", order_table)
    monkeypatch.setenv("UNSETTLED_SHARDS", "1")
    monkeypatch.setenv("CHECKOUT_NAMESPACE", "in process")


def test_three_lines_place_an_order_on_the_table(environment: None, fresh_name: Any) -> None:
    key = fresh_name("key")
    intake = OrderIntake.from_environment()
    order = created(intake.place(BUYER, key, submitted()))
    assert OrderIntake.from_environment().place(BUYER, key, submitted()) == Replayed(order)


def test_a_table_that_does_not_answer_is_a_value(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    intake = OrderIntake.from_environment()
    assert intake.place(BUYER, "k1", submitted()) == StoreUnavailable()
    assert intake.read(BUYER, f"ord_{'a' * 52}") == StoreUnavailable()


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDER_TABLE_NAME", raising=False)
    with pytest.raises(KeyError, match="ORDER_TABLE_NAME"):
        OrderIntake.from_environment()


def test_the_first_requests_id_is_the_orders_correlation_id() -> None:
    intake = an_intake()
    order = created(intake.place(BUYER, "k1", submitted(), request_id="trace-1"))
    assert order.correlation_id == "trace-1"
    assert intake.place(BUYER, "k1", submitted(), request_id="trace-2") == Replayed(order)


@pytest.mark.parametrize("request_id", ["", "two words", "x" * 65, "a\nb"])
def test_a_malformed_request_id_is_a_defect_of_the_application(request_id: str) -> None:
    orders = InMemoryOrders()
    with pytest.raises(ValueError, match=r"request_id is .*; it must be 1 to 64 characters"):
        an_intake(orders).place(BUYER, "k1", submitted(), request_id=request_id)
    assert orders.by_id == {}
