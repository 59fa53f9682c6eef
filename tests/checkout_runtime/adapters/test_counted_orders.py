"""A buyer's orders are counted with the write that stores them, on the model and on the local AWS.

Whoever places more than they may has stored nothing, and a resubmission is answered at any time.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from checkout_runtime.application.order_records import CartTaken, OrderLimit, OrdersLimited
from checkout_runtime.domain.identity import cart_name, order_id_for
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import OrderStore
from tests.checkout_runtime.factories import NOW, new_order

TWO = OrderLimit(2, window_seconds=3600)
WINDOW = 3600 * 1000


def order_of(key: str, number: int, *, buyer: str = "ada", now: int = NOW) -> Order:
    """An order of a buyer whom only this test knows."""
    principal = f"{buyer} of {key}"
    order_id = order_id_for("shop", principal, f"{key} {number}")
    return replace(new_order(), order_id=order_id, principal=principal, accepted_at=now)


def test_the_order_above_the_limit_is_not_stored_until_the_window_is_over(
    store: OrderStore, key: str
) -> None:
    orders = [order_of(key, number, now=NOW + number) for number in range(3)]
    assert [store.accept(each, limit=TWO) for each in orders] == [
        None,
        None,
        OrdersLimited(NOW + WINDOW),
    ]
    assert store.get(orders[2].order_id) is None
    later = replace(orders[2], accepted_at=NOW + WINDOW)
    assert store.accept(later, limit=TWO) is None
    assert store.get(later.order_id) == later


def test_a_resubmission_is_answered_by_its_order_and_counts_for_nothing(
    store: OrderStore, key: str
) -> None:
    first, second, third = (order_of(key, number) for number in range(3))
    store.accept(first, limit=TWO)
    assert [store.accept(first, limit=TWO) for _ in range(3)] == [first] * 3
    assert store.accept(second, limit=TWO) is None
    assert isinstance(store.accept(third, limit=TWO), OrdersLimited)
    assert store.accept(first, limit=TWO) == first


def test_another_buyer_has_a_counter_of_their_own(store: OrderStore, key: str) -> None:
    one = OrderLimit(1)
    assert store.accept(order_of(key, 1), limit=one) is None
    assert store.accept(order_of(key, 1, buyer="ben"), limit=one) is None


def test_a_cart_that_is_taken_counts_for_nothing(store: OrderStore, key: str) -> None:
    cart, first = cart_name("shop", key), order_of(key, 1)
    assert store.accept(first, cart, limit=TWO) is None
    assert store.accept(order_of(key, 2), cart, limit=TWO) == CartTaken(first.order_id)
    assert store.accept(first, cart, limit=TWO) == first
    assert store.accept(order_of(key, 3), cart_name("shop", f"{key} 3"), limit=TWO) is None
    assert isinstance(store.accept(order_of(key, 4), limit=TWO), OrdersLimited)


@pytest.mark.parametrize("store", ["on the local AWS"], indirect=True)
def test_many_at_once_store_as_many_as_may_be(store: OrderStore, key: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        orders = [order_of(key, number % 4) for number in range(6)]
        answers = list(pool.map(lambda order: store.accept(order, limit=TWO), orders))
    stored = {each.order_id for each in orders if store.get(each.order_id) is not None}
    assert len(stored) == 2
    assert answers.count(None) == 2
