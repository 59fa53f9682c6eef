"""Every state that an order came to is remembered beside it, without a write of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from tests.checkout_runtime.adapters.order_stores import (
    CHARGE,
    IN_STATE,
    LEASE,
    OnDynamoDb,
    claim,
    placed,
)
from tests.checkout_runtime.factories import BUYER, NOW, SERVICE

S = OrderStatus
WRITE_UNIT = 1024
"""Bytes that one write unit pays for (DynamoDB developer guide, "Read and write operations")."""


class Remembering:
    """A real table, and what its orders remember."""

    def __init__(self, dynamodb: AwsService, table_name: str) -> None:
        self.store = OnDynamoDb(dynamodb, table_name)
        self._dynamodb, self._table_name = dynamodb, table_name

    def item(self, order: Order) -> dict[str, dict[str, str]]:
        read = {"TableName": self._table_name, "Key": {"pk": {"S": order.order_id}}}
        item: dict[str, dict[str, str]] = self._dynamodb.call("GetItem", read)["Item"]
        return item

    def history(self, order: Order) -> dict[str, int]:
        """Times after ``NOW``."""
        return {
            name: int(value["N"]) - NOW
            for name, value in self.item(order).items()
            if name.startswith(("first_", "last_")) and name != "first_claimed_at"
        }


@pytest.fixture
def table(dynamodb: BotocoreService, order_table: str) -> Remembering:
    return Remembering(dynamodb, order_table)


@pytest.fixture
def key(fresh_name: Callable[[str], str]) -> str:
    return fresh_name("history")


@pytest.mark.parametrize("status", [status for status in S if status not in (S.PENDING, S.NEWER)])
def test_an_order_remembers_when_it_first_and_last_came_to_its_state(
    status: OrderStatus, table: Remembering, key: str
) -> None:
    order = IN_STATE[status](table.store, key)
    history = table.history(order)
    assert history[f"first_1_{status}"] == history[f"last_1_{status}"] == 0


def test_the_first_time_stands_and_the_last_moves_on(table: Remembering, key: str) -> None:
    order = placed(table.store, key)
    claim(table.store, order, "one")
    claim(table.store, order, "two", NOW + LEASE)
    claim(table.store, order, "three", NOW + 3 * LEASE)
    assert table.history(order) == {"first_1_CHARGING": 0, "last_1_CHARGING": 3 * LEASE}


def test_a_lost_claim_is_no_passage(table: Remembering, key: str) -> None:
    order = placed(table.store, key)
    stale = claim(table.store, order, "one")
    claim(table.store, order, "two", NOW + LEASE)
    assert not table.store.record_decline(stale, "no_funds", NOW + LEASE + 1)
    assert not table.store.record_review(stale, "look", NOW + LEASE + 2)
    assert table.history(order) == {"first_1_CHARGING": 0, "last_1_CHARGING": LEASE}


def test_a_further_attempt_has_a_history_of_its_own(table: Remembering, key: str) -> None:
    declined = IN_STATE[S.DECLINED](table.store, key)
    table.store.start_attempt(
        declined.order_id, BUYER, replaces=1, payment_method="pm_2", max_attempts=3, now=NOW + 5
    )
    again = table.store.claim(
        declined.order_id,
        2,
        claim_id="two",
        now=NOW + 6,
        service=SERVICE,
        lease_expires_at=NOW + 6 + LEASE,
    )
    assert again.order is not None
    table.store.record_capture(again.order, CHARGE, NOW + 7)
    firsts = {name: at for name, at in table.history(declined).items() if "first" in name}
    assert firsts == {
        "first_1_CHARGING": 0,
        "first_1_DECLINED": 0,
        "first_2_PENDING": 5,
        "first_2_CHARGING": 6,
        "first_2_PAID": 7,
    }


def test_a_persons_release_and_a_stray_charge_are_remembered(table: Remembering, key: str) -> None:
    held = IN_STATE[S.NEEDS_REVIEW](table.store, key)
    table.store.release(held, NOW + 3)
    assert table.history(held)["last_released"] == 3
    table.store.record_stray(held, 1, Captured("ch_2", 1, "EUR"), "capture_mismatch", NOW + 9)
    assert table.history(held)["last_1_NEEDS_REVIEW"] == 9
    assert table.history(held)["first_1_NEEDS_REVIEW"] == 0


def test_the_buyers_return_is_remembered(table: Remembering, key: str) -> None:
    waiting = IN_STATE[S.ACTION_REQUIRED](table.store, key)
    table.store.resume(waiting.order_id, BUYER, 1, NOW + 4)
    assert table.history(waiting)["first_1_UNKNOWN"] == 4


def test_history_costs_a_usual_order_no_further_write_unit(table: Remembering, key: str) -> None:
    paid = IN_STATE[S.PAID](table.store, key)
    # Names and values count; a number of 13 digits takes 8 bytes.
    size = sum(len(name) + len(str(value)) for name, value in table.item(paid).items())
    assert size < WRITE_UNIT


def test_history_is_bounded_however_often_an_order_is_tried(table: Remembering, key: str) -> None:
    order = placed(table.store, key)
    for turn in range(40):
        held = claim(table.store, order, f"claim {turn}", NOW + 2 * turn * LEASE)
        table.store.record_unknown(held, NOW + 2 * turn * LEASE)
    assert set(table.history(order)) == {
        *("first_1_CHARGING", "last_1_CHARGING", "first_1_UNKNOWN", "last_1_UNKNOWN")
    }
