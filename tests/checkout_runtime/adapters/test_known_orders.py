"""Whether a purchase was accepted before: found without a read, and without a trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsRefusedError
from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.application.order_records import CartTaken
from checkout_runtime.domain.identity import cart_name
from tests.checkout_runtime.adapters.order_stores import OrderStore
from tests.checkout_runtime.factories import new_order


def test_an_order_is_found_as_stored(store: OrderStore, key: str) -> None:
    order = new_order(key)
    store.accept(order)
    assert store.find(order.order_id) == order
    assert store.get(order.order_id) == order


def test_what_was_never_accepted_is_not_found_and_not_made(store: OrderStore, key: str) -> None:
    order = new_order(key)
    assert store.find(order.order_id, cart_name("shop", key)) is None
    assert store.get(order.order_id) is None
    assert store.accept(order, cart_name("shop", key)) is None


def test_who_has_the_cart_is_found_under_a_fresh_key(store: OrderStore, key: str) -> None:
    order, cart = new_order(key), cart_name("shop", key)
    store.accept(order, cart)
    assert store.find(new_order(f"{key} 2").order_id, cart) == CartTaken(order.order_id)
    assert store.find(order.order_id, cart) == order


def test_finding_needs_the_permission_to_put_and_no_other(
    dynamodb: BotocoreService, order_table: str, key: str
) -> None:
    class PutOnly:
        def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
            assert operation == "PutItem"
            return dynamodb.call(operation, parameters)

    orders = DynamoDbOrders(PutOnly(), order_table)
    order = new_order(key)
    assert orders.find(order.order_id, cart_name("shop", key)) is None
    orders.accept(order)
    assert orders.find(order.order_id) == order


class Refusing:
    """A table that refuses every write for one reason, and counts them."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.calls = 0

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse."""
        self.calls += 1
        raise AwsRefusedError(self._code)


def test_where_no_cart_is_guarded_only_the_order_is_asked_for() -> None:
    table = Refusing("ConditionalCheckFailedException")
    assert DynamoDbOrders(table, "orders").find("ord_1") is None
    assert table.calls == 1


def test_a_refusal_for_another_reason_says_nothing_of_the_order() -> None:
    with pytest.raises(AwsRefusedError, match="AccessDenied"):
        DynamoDbOrders(Refusing("AccessDeniedException"), "orders").find("ord_1")
