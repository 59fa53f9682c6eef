"""A buyer is erased from an order; its identity and its charge stay."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.application.order_records import Changed
from checkout_runtime.domain.order import SETTLED, Order, OrderStatus
from checkout_runtime.erasure import BuyerErasure, Erased, NoSuchOrder, NotSettled
from checkout_runtime.intake import Created, Mismatch, OrderIntake
from tests.checkout_runtime.adapters.order_stores import IN_STATE, OnDynamoDb, stored_order
from tests.checkout_runtime.factories import SERVICE, submitted

S = OrderStatus


@pytest.fixture
def store(dynamodb: BotocoreService, order_table: str) -> OnDynamoDb:
    return OnDynamoDb(dynamodb, order_table)


@pytest.fixture
def erasure(dynamodb: BotocoreService, order_table: str) -> BuyerErasure:
    return BuyerErasure(dynamodb, order_table)


def in_state(store: OnDynamoDb, status: OrderStatus, key: str) -> Order:
    return IN_STATE[status](store, key)


@pytest.mark.parametrize("status", [S.PAID, S.DECLINED])
def test_what_money_depends_on_stays(
    status: OrderStatus, store: OnDynamoDb, erasure: BuyerErasure, fresh_name: Callable[[str], str]
) -> None:
    before = in_state(store, status, fresh_name("erased"))
    assert erasure.erase(before.order_id) == Erased()
    after = stored_order(store, before)
    for name in (
        "order_id",
        "status",
        "amount",
        "currency",
        "attempt",
        "charge_id",
        "decline_code",
        "accepted_at",
        "claim_epoch",
        "first_claimed_at",
    ):
        assert getattr(after, name) == getattr(before, name), name


def test_nothing_about_the_buyer_is_left(
    store: OnDynamoDb,
    erasure: BuyerErasure,
    dynamodb: BotocoreService,
    order_table: str,
    fresh_name: Callable[[str], str],
) -> None:
    order = in_state(store, S.PAID, fresh_name("erased"))
    key = {"pk": {"S": order.order_id}}
    before = json.dumps(dynamodb.client.get_item(TableName=order_table, Key=key)["Item"])
    assert order.correlation_id is not None
    secret = (
        order.principal,
        order.fingerprint,
        order.customer,
        order.payment_method,
        order.correlation_id,
    )
    assert all(each in before for each in secret)
    erasure.erase(order.order_id)
    after = json.dumps(dynamodb.client.get_item(TableName=order_table, Key=key)["Item"])
    assert not any(each in after for each in (*secret, *(line.sku for line in order.lines)))


@pytest.mark.parametrize("status", [each for each in IN_STATE if each not in SETTLED])
def test_an_order_that_money_may_still_move_for_is_left_as_it_is(
    status: OrderStatus, store: OnDynamoDb, erasure: BuyerErasure, fresh_name: Callable[[str], str]
) -> None:
    order = in_state(store, status, fresh_name("erased"))
    assert erasure.erase(order.order_id) == NotSettled(status)
    assert stored_order(store, order) == order


def test_erasing_twice_is_erasing_once(
    store: OnDynamoDb, erasure: BuyerErasure, fresh_name: Callable[[str], str]
) -> None:
    order = in_state(store, S.PAID, fresh_name("erased"))
    assert erasure.erase(order.order_id) == Erased()
    assert erasure.erase(order.order_id) == Erased()


def test_an_unknown_order_is_said_to_be_unknown(erasure: BuyerErasure) -> None:
    assert erasure.erase(f"ord_{'a' * 52}") == NoSuchOrder()


def test_a_resubmission_after_erasure_makes_no_second_order(
    store: OnDynamoDb, erasure: BuyerErasure, fresh_name: Callable[[str], str]
) -> None:
    key, buyer = fresh_name("erased"), ("issuer", "ada")
    intake = OrderIntake(store, namespace="shop")
    placed = intake.place(buyer, key, submitted())
    assert isinstance(placed, Created)
    claimed = store.claim(
        placed.order.order_id, 1, claim_id="c", now=1, service=SERVICE, lease_expires_at=2
    )
    assert isinstance(claimed, Changed)
    store.record_decline(claimed.order, "card_declined", now=1)
    assert erasure.erase(placed.order.order_id) == Erased()
    assert intake.place(buyer, key, submitted()) == Mismatch(placed.order.order_id)
