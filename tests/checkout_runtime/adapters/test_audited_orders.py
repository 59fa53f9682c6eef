"""Orders are read for an audit as stored, a page at a time, and nothing else of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.dynamodb_audit import (
    FIRST_PAUSE_SECONDS,
    KEYS_AT_ONCE,
    TRIES,
    DynamoDbAuditedOrders,
)
from checkout_runtime.domain.charge_audit import AuditedOrder, Window
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import CHARGE, IN_STATE, OnDynamoDb, claim, placed
from tests.checkout_runtime.factories import NOW, claimed_order, new_order
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryOrders, empty_dynamodb

S = OrderStatus
WINDOW = Window(NOW, NOW + 1)


@pytest.fixture(params=["on the model", "on the local AWS"])
def table(request: pytest.FixtureRequest) -> tuple[AwsService, str]:
    """A DynamoDB, and a table in it of the test's own."""
    if request.param == "on the model":
        return empty_dynamodb(), ORDER_TABLE
    return request.getfixturevalue("dynamodb"), request.getfixturevalue("own_table")


@pytest.fixture
def store(table: tuple[AwsService, str]) -> OnDynamoDb:
    return OnDynamoDb(*table)


@pytest.fixture
def audited(table: tuple[AwsService, str]) -> DynamoDbAuditedOrders:
    return DynamoDbAuditedOrders(*table)


def paid_in(audited: DynamoDbAuditedOrders, window: Window = WINDOW) -> list[AuditedOrder]:
    page = audited.paid_in(window, None)
    assert page.reached is None
    return list(page.orders)


def test_a_paid_order_is_what_the_audit_compares(
    store: OnDynamoDb, audited: DynamoDbAuditedOrders
) -> None:
    order = IN_STATE[S.PAID](store, "k1")
    expected = AuditedOrder(
        order_id=order.order_id,
        status=S.PAID,
        attempt=1,
        amount=4200,
        currency="EUR",
        charge_id="ch_1",
        stray_charges=frozenset(),
        tried_since=NOW,
        correlation_id="req_1",
    )
    assert paid_in(audited) == [expected]
    assert audited.by_id([order.order_id]) == {order.order_id: expected}


def test_all_that_is_compared_of_an_order_is_read() -> None:
    orders = InMemoryOrders()
    order = claimed_order(
        2,
        payment_reference="pi_1",
        captured_amount=3000,
        stray_charges=frozenset({"1:ch_8:4200:EUR"}),
        refunded_charges=frozenset({"1:ch_9:4200:EUR"}),
    )
    order = replace(order, first_claimed_at=NOW + 3)
    orders.by_id[order.order_id] = order
    audited = DynamoDbAuditedOrders(orders._model, ORDER_TABLE)
    assert audited.by_id([order.order_id])[order.order_id] == AuditedOrder(
        order_id=order.order_id,
        status=S.CHARGING,
        attempt=1,
        amount=3000,
        currency="EUR",
        charge_id=None,
        stray_charges=order.stray_charges,
        tried_since=NOW + 3,
        correlation_id="req_1",
        payment_reference="pi_1",
        refunded_charges=order.refunded_charges,
    )


@pytest.mark.parametrize("status", list(S))
def test_an_order_in_any_state_is_read_by_its_id_and_listed_as_paid_only_if_it_is(
    status: OrderStatus, store: OnDynamoDb, audited: DynamoDbAuditedOrders
) -> None:
    order = IN_STATE[status](store, "k1")
    assert audited.by_id([order.order_id])[order.order_id].status is status
    assert [each.status for each in paid_in(audited)] == ([S.PAID] if status is S.PAID else [])


def test_an_order_is_paid_when_its_capture_was_stored(
    store: OnDynamoDb, audited: DynamoDbAuditedOrders
) -> None:
    order = claim(store, placed(store, "k1"))
    store.record_capture(order, CHARGE, NOW + 7)
    assert paid_in(audited, Window(NOW + 7, NOW + 8))
    assert not paid_in(audited, Window(NOW, NOW + 7))
    assert not paid_in(audited, Window(NOW + 8, NOW + 9))


def test_an_order_in_a_state_that_only_a_later_version_knows_is_not_listed_as_paid() -> None:
    orders = InMemoryOrders()
    order = new_order(status=S.NEWER, charge_id="ch_1", paid_at=NOW)
    orders.by_id[order.order_id] = order
    assert paid_in(DynamoDbAuditedOrders(orders._model, ORDER_TABLE)) == []


def test_an_order_that_had_a_stray_charge_before_is_paid_at_a_time_too(
    store: OnDynamoDb, audited: DynamoDbAuditedOrders
) -> None:
    order = claim(store, placed(store, "k1"))
    store.record_stray(order, 1, Captured("ch_9", 1, "EUR"), "capture_mismatch", NOW)
    store.record_capture(order, CHARGE, NOW + 7)
    [found] = paid_in(audited, Window(NOW + 7, NOW + 8))
    assert found.stray_charges == {"1:ch_9:1:EUR"}


def test_orders_that_are_not_there_are_left_out(audited: DynamoDbAuditedOrders) -> None:
    assert audited.by_id([new_order("nobody").order_id]) == {}
    assert paid_in(audited) == []


def test_more_orders_than_one_request_takes_are_read(
    store: OnDynamoDb, audited: DynamoDbAuditedOrders
) -> None:
    orders = [placed(store, f"k{number}").order_id for number in range(KEYS_AT_ONCE + 5)]
    assert set(audited.by_id(orders)) == set(orders)


def test_a_page_goes_on_where_the_last_one_ended(
    store: OnDynamoDb, table: tuple[AwsService, str]
) -> None:
    paid = {IN_STATE[S.PAID](store, f"k{number}").order_id for number in range(5)}
    placed(store, "open")
    dynamodb, name = table
    audited = DynamoDbAuditedOrders(SmallPages(dynamodb), name)
    found: list[str] = []
    after: str | None = None
    pages = 0
    while pages == 0 or after is not None:
        page = audited.paid_in(WINDOW, after)
        found += [each.order_id for each in page.orders]
        after, pages = page.reached, pages + 1
    assert set(found) == paid
    assert len(found) == 5
    assert pages > 2


def test_what_was_damaged_by_hand_hides_no_other_order(
    store: OnDynamoDb,
    audited: DynamoDbAuditedOrders,
    table: tuple[AwsService, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    order = IN_STATE[S.PAID](store, "k1")
    damaged = {"pk": {"S": "ord_x"}, "status": {"S": "PAID"}, "paid_at": {"N": str(NOW)}}
    dynamodb, name = table
    dynamodb.call("PutItem", {"TableName": name, "Item": damaged})
    assert [each.order_id for each in paid_in(audited)] == [order.order_id]
    assert list(audited.by_id(["ord_x", order.order_id])) == [order.order_id]
    said = [(vars(each)["event"], vars(each)["order_id"]) for each in caplog.records]
    assert said == [("order_unreadable", "ord_x")] * 2


def test_nothing_about_the_buyer_is_asked_for() -> None:
    asked: list[Mapping[str, Any]] = []
    audited = DynamoDbAuditedOrders(Recorder(asked), "orders")
    audited.paid_in(WINDOW, None)
    audited.by_id(["ord_1"])
    [scan, batch] = asked
    names = [scan["ExpressionAttributeNames"]]
    names += [each["ExpressionAttributeNames"] for each in batch["RequestItems"].values()]
    private = {"customer", "lines", "payment_method", "scope", "action_url", "fingerprint"}
    for each in names:
        assert not private & set(each.values())
        # Only refunds have these.
        assert not {"order_id", "settled_at"} & set(each.values())
    assert scan["ProjectionExpression"]
    assert "ExclusiveStartKey" not in scan


def test_a_charged_order_is_read_as_of_now() -> None:
    asked: list[Mapping[str, Any]] = []
    DynamoDbAuditedOrders(Recorder(asked), "orders").by_id(["ord_1"])
    assert asked[0]["RequestItems"]["orders"]["ConsistentRead"] is True


def test_keys_that_are_left_over_are_asked_for_again_with_growing_pauses() -> None:
    pauses: list[float] = []
    client = LeavesKeysOver(times=3)
    audited = DynamoDbAuditedOrders(client, "orders", pauses.append)
    assert audited.by_id(["ord_1", "ord_2"]) == {}
    assert client.asked == [["ord_1", "ord_2"], ["ord_2"], ["ord_2"], ["ord_2"]]
    assert pauses == [FIRST_PAUSE_SECONDS * longer for longer in (1, 2, 4)]


def test_keys_that_are_left_over_for_good_are_an_error_and_not_missing_orders() -> None:
    audited = DynamoDbAuditedOrders(LeavesKeysOver(times=99), "orders", lambda _: None)
    with pytest.raises(TimeoutError, match=f"{TRIES} times"):
        audited.by_id(["ord_1", "ord_2"])


class SmallPages:
    """A table that gives two items at a time."""

    def __init__(self, dynamodb: AwsService) -> None:
        self._dynamodb = dynamodb

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return self._dynamodb.call(operation, {**parameters, "Limit": 2})


class Recorder:
    """A table with nothing in it."""

    def __init__(self, asked: list[Mapping[str, Any]]) -> None:
        self._asked = asked

    def call(self, _operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self._asked.append(parameters)
        return {"Items": [], "Responses": {}, "UnprocessedKeys": {}}


class LeavesKeysOver:
    """A table that does the first of its keys only, some times."""

    def __init__(self, times: int) -> None:
        self._times = times
        self.asked: list[list[str]] = []

    def call(self, _operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        [(name, wanted)] = parameters["RequestItems"].items()
        self.asked.append([key["pk"]["S"] for key in wanted["Keys"]])
        if len(self.asked) > self._times:
            return {"Responses": {}, "UnprocessedKeys": {}}
        left = {**wanted, "Keys": wanted["Keys"][-1:]}
        return {"Responses": {}, "UnprocessedKeys": {name: left}}
