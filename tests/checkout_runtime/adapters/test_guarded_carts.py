"""A cart becomes one order, on the model and on the local AWS alike."""

from __future__ import annotations

from checkout_runtime.application.order_records import CartTaken
from checkout_runtime.domain.identity import cart_name, order_id_for
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import OrderStore
from tests.checkout_runtime.factories import new_order


def order_of(key: str, buyer: str = "ada") -> Order:
    return replace(new_order(), order_id=order_id_for("shop", buyer, key), principal=buyer)


def test_order_and_cart_are_stored(store: OrderStore, key: str) -> None:
    order = order_of(key)
    assert store.accept(order, cart_name("shop", key)) is None
    assert store.get(order.order_id) == order


def test_a_resubmission_is_answered_by_its_order_and_not_by_its_cart(
    store: OrderStore, key: str
) -> None:
    order, cart = order_of(key), cart_name("shop", key)
    store.accept(order, cart)
    assert store.accept(order, cart) == order


def test_the_same_cart_under_a_fresh_key_stores_nothing(store: OrderStore, key: str) -> None:
    first, second, cart = order_of(key), order_of(f"{key} again"), cart_name("shop", key)
    store.accept(first, cart)
    assert store.accept(second, cart) == CartTaken(first.order_id)
    assert store.get(second.order_id) is None


def test_the_same_cart_of_another_buyer_stores_nothing(store: OrderStore, key: str) -> None:
    first, second, cart = order_of(key), order_of(key, buyer="ben"), cart_name("shop", key)
    store.accept(first, cart)
    assert store.accept(second, cart) == CartTaken(first.order_id)


def test_another_cart_is_another_order(store: OrderStore, key: str) -> None:
    assert store.accept(order_of(key), cart_name("shop", key)) is None
    assert store.accept(order_of(f"{key} 2"), cart_name("shop", f"{key} 2")) is None


def test_the_same_cart_id_in_another_checkout_is_another_cart(store: OrderStore, key: str) -> None:
    assert store.accept(order_of(key), cart_name("shop", key)) is None
    assert store.accept(order_of(f"{key} 2"), cart_name("other shop", key)) is None
