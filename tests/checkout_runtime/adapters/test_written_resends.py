"""Exactly what a resend changes in its order's item, and what the reconciler's index holds."""

from __future__ import annotations

import pytest

from checkout_runtime.adapters.dynamodb_unsettled import DynamoDbUnsettledOrders
from checkout_runtime.application.order_records import IndexKey
from checkout_runtime.domain.order import EarlierAttempt, OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.written_items import changes_by
from tests.checkout_runtime.factories import NOW, claimed_order
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryOrders, empty_dynamodb

LATER = NOW + 5
UNKNOWN = replace(
    claimed_order(2, attempt=2, resend=3, earlier_attempts=(EarlierAttempt(1, None, None, None),)),
    status=OrderStatus.UNKNOWN,
)


@pytest.mark.parametrize(
    ("uncounted", "more"), [(False, {}), (True, {"attempt_2_uncounted_resends": "1"})]
)
def test_a_resend_is_stored_with_its_ordinal_and_time(
    more: dict[str, str], *, uncounted: bool
) -> None:
    changes = changes_by(
        lambda orders, order: orders.begin_resend(order, LATER, uncounted=uncounted), UNKNOWN
    )
    assert changes == {"resend": "4", "resent_at": str(LATER), **more}


def test_a_resend_of_a_second_attempt_whose_answer_was_lost_knows_itself() -> None:
    orders = InMemoryOrders()
    orders.by_id[UNKNOWN.order_id] = UNKNOWN
    unsettled = DynamoDbUnsettledOrders(orders._model, ORDER_TABLE, 1)
    resent = [unsettled.begin_resend(UNKNOWN, LATER) for _ in range(2)]
    assert resent == [replace(UNKNOWN, resend=4, resent_at=LATER)] * 2


@pytest.mark.parametrize(
    "seen", [{"attempt": 1}, {"resend": 2}, {"claim_epoch": 1}, {"status": OrderStatus.CHARGING}]
)
def test_a_resend_of_an_order_that_moved_on_changes_nothing(seen: dict[str, object]) -> None:
    assert (
        changes_by(
            lambda orders, order: orders.begin_resend(replace(order, **seen), LATER), UNKNOWN
        )
        == {}
    )


def test_an_item_that_was_damaged_by_hand_hides_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    orders = InMemoryOrders()
    orders.by_id[UNKNOWN.order_id] = UNKNOWN
    item = {
        "pk": {"S": "ord_" + "a" * 52},
        "unsettled_shard": {"S": "open#0"},
        "unsettled_since": {"N": "1"},
    }
    orders._model.call("PutItem", {"TableName": ORDER_TABLE, "Item": item})
    page = orders.due(0, LATER, patience_ms=0, limit=9, after=None)
    assert list(page.orders) == [UNKNOWN]
    assert [vars(record)["event"] for record in caplog.records] == ["order_unreadable"]


def test_a_bookmark_in_a_lane_that_there_is_not_is_passed_over() -> None:
    orders = DynamoDbUnsettledOrders(empty_dynamodb(), ORDER_TABLE, 1)
    place = IndexKey("ord_1", 1)
    last = orders.lanes - 1
    orders.leave_bookmark({last: place, last + 1: place, last + 2: None})
    assert orders.bookmark() == {last: place}


def test_there_is_one_lane_more_for_each_shard_where_orders_expire() -> None:
    dynamodb = empty_dynamodb()
    never, expire = (
        DynamoDbUnsettledOrders(dynamodb, ORDER_TABLE, 3, expires=each) for each in (False, True)
    )
    assert expire.lanes == never.lanes + 3
    assert DynamoDbUnsettledOrders(dynamodb, ORDER_TABLE, 3).lanes == never.lanes
