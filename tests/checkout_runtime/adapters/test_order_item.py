"""An order becomes an item and the item becomes the order again, on a real table too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.order_item import order_from_item, order_to_item
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderLine, OrderStatus
from checkout_runtime.domain.record import field_names
from checkout_runtime.domain.submission import (
    MAX_AMOUNT,
    MAX_LINES,
    MAX_QUANTITY,
    MAX_TEXT,
    OrderSubmission,
    parse_submission,
)
from tests.checkout_runtime.factories import NOW, new_order, submitted
from tests.checkout_runtime.full_item import OF_AN_ATTEMPT

if TYPE_CHECKING:
    from collections.abc import Callable


MAX_ITEM_BYTES = 400 * 1024
PRINTABLE = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
TEXT = st.text(PRINTABLE, min_size=1, max_size=MAX_TEXT).filter(lambda text: text == text.strip())
LATER: dict[str, tuple[dict[str, Any], Any]] = {
    "claim_id": ({"S": "batch/message"}, "batch/message"),
    "lease_expires_at": ({"N": "5"}, 5),
    "first_claimed_at": ({"N": "6"}, 6),
    "resent_at": ({"N": "7"}, 7),
    "payment_reference": ({"S": "pi_1"}, "pi_1"),
    "charge_id": ({"S": "ch_1"}, "ch_1"),
    "decline_code": ({"S": "no_funds"}, "no_funds"),
    "action_url": ({"S": "https://bank.example.com"}, "https://bank.example.com"),
    "action_deadline": ({"N": "8"}, 8),
    "cancel_asked_at": ({"N": "14"}, 14),
    "cancel_asked_by": ({"S": "buyer"}, "buyer"),
    "cancel_reason": ({"S": "asked"}, "asked"),
    "expires_at": ({"N": "19"}, 19),
    "capture_before": ({"N": "15"}, 15),
    "capture_asked_at": ({"N": "16"}, 16),
    "capture_asked_by": ({"S": "shop"}, "shop"),
    "capture_amount": ({"N": "17"}, 17),
    "captured_amount": ({"N": "18"}, 18),
    "payment_service": ({"S": "http:pay"}, "http:pay"),
    "refused_as": ({"S": "http_404"}, "http_404"),
    "refused_since": ({"N": "9"}, 9),
    "processing_since": ({"N": "10"}, 10),
    "paid_at": ({"N": "11"}, 11),
    "uncounted_resends": ({"N": "2"}, 2),
    "cleared_before": ({"N": "12"}, 12),
    "capture_reminded_at": ({"N": "19"}, 19),
    "capture_refusals": ({"N": "1"}, 1),
    "capture_refused_as": ({"S": "frozen"}, "frozen"),
    "review_reason": ({"S": "keys_not_honoured"}, "keys_not_honoured"),
    "refundable": ({"N": "13"}, 13),
    "refunds": ({"SS": ["op_a"]}, frozenset({"op_a"})),
    "refunding_strays": ({"SS": ["1:a:1:EUR"]}, frozenset({"1:a:1:EUR"})),
    "refunded_charges": ({"SS": ["1:a:1:EUR"]}, frozenset({"1:a:1:EUR"})),
    "owed": ({"SS": ["1:OrderPaid:1:1:{}"]}, frozenset({"1:OrderPaid:1:1:{}"})),
    "event_ordinal": ({"N": "1"}, 1),
    "stray_charges": ({"SS": ["1:a:1:EUR", "2:b:1:EUR"]}, frozenset({"1:a:1:EUR", "2:b:1:EUR"})),
}


READ_OUT_OF_OTHERS = {"earlier_attempts", "next_look_up_at", "released_at"}
"""Fields whose attributes have names of their own, or another meaning in other states."""


@given(
    amount=st.integers(1, MAX_AMOUNT),
    customer=TEXT,
    payment_method=TEXT,
    lines=st.lists(st.builds(OrderLine, TEXT, st.integers(1, MAX_QUANTITY)), max_size=MAX_LINES),
    shards=st.integers(1, 64),
)
def test_a_new_order_is_the_same_after_a_round_trip(
    amount: int, customer: str, payment_method: str, lines: list[OrderLine], shards: int
) -> None:
    order = new_order(
        amount=amount, customer=customer, payment_method=payment_method, lines=tuple(lines)
    )
    item = order_to_item(order, shards)
    assert order_from_item(item) == order
    assert item["unsettled_shard"] == {"S": f"open#{unsettled_shard(order.order_id, shards)}"}


@pytest.mark.parametrize("name", LATER)
def test_what_is_written_later_is_read_and_is_none_until_then(name: str) -> None:
    item = order_to_item(new_order(), 1)
    attribute, value = LATER[name]
    stored = f"attempt_1_{OF_AN_ATTEMPT[name]}" if name in OF_AN_ATTEMPT else name
    assert getattr(order_from_item(item), name) in (None, frozenset(), 0)
    assert getattr(order_from_item({**item, stored: attribute}), name) == value


@pytest.mark.parametrize("name", OF_AN_ATTEMPT)
def test_what_is_of_another_attempt_is_not_read_as_the_current_ones(name: str) -> None:
    item = {**order_to_item(new_order(), 1), "attempt": {"N": "2"}}
    of_another, fresh = f"attempt_1_{OF_AN_ATTEMPT[name]}", getattr(order_from_item(item), name)
    assert getattr(order_from_item({**item, of_another: LATER[name][0]}), name) == fresh


def test_every_field_of_an_order_is_stored_or_written_later() -> None:
    stored_as = {"pk": "order_id", "scope": "principal"}
    item = order_to_item(new_order(), 1)
    names = {stored_as.get(name, name) for name in item} - {"unsettled_shard"}
    assert names.isdisjoint(LATER)
    assert names | set(LATER) | READ_OUT_OF_OTHERS == set(field_names(Order))


def test_a_state_of_a_later_version_is_read_as_one_that_this_version_leaves_alone() -> None:
    item = {**order_to_item(new_order(), 1), "status": {"S": "OF_A_LATER_VERSION"}}
    assert order_from_item(item).status is OrderStatus.NEWER


def test_a_hold_is_the_charge_of_its_attempt_until_a_charge_paid_the_order() -> None:
    item = {**order_to_item(new_order(), 1), "attempt_1_hold_id": {"S": "hold_1"}}
    assert order_from_item(item).charge_id == "hold_1"
    assert order_from_item({**item, "charge_id": {"S": "ch_1"}}).charge_id == "ch_1"
    assert order_from_item({**item, "attempt": {"N": "2"}}).charge_id is None


def test_earlier_attempts_are_read_oldest_first_also_where_little_is_known_of_them() -> None:
    item = {
        **order_to_item(new_order(), 1),
        "attempt": {"N": "3"},
        "attempt_2_service": {"S": "http:pay"},
        "attempt_2_reference": {"NULL": True},
        "attempt_2_code": {"S": "no_funds"},
    }
    assert order_from_item(item).earlier_attempts == (
        EarlierAttempt(1, None, None, None),
        EarlierAttempt(2, "http:pay", None, "no_funds"),
    )


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_is_read_back(status: OrderStatus) -> None:
    item = {**order_to_item(new_order(), 1), "status": {"S": status.value}}
    assert order_from_item(item).status is status


def test_a_settled_order_is_out_of_the_index_and_has_no_time_there() -> None:
    item = order_to_item(new_order(), 1)
    del item["unsettled_since"], item["unsettled_shard"]
    assert order_from_item(item).unsettled_since is None


@pytest.mark.parametrize(
    "damage",
    [{"amount": {"N": "4.5"}}, {"amount": {"S": "4"}}, {"lines": {}}],
    ids=str,
)
def test_a_damaged_item_is_no_order(damage: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        order_from_item({**order_to_item(new_order(), 1), **damage})


def test_the_largest_order_that_is_accepted_fits_an_item(
    dynamodb: BotocoreService, order_table: str, fresh_name: Callable[[str], str]
) -> None:
    wide = "\N{GRINNING FACE}" * MAX_TEXT
    line = {"sku": wide, "quantity": MAX_QUANTITY}
    body = submitted(
        amount=MAX_AMOUNT, customer=wide, payment_method=wide, lines=[line] * MAX_LINES
    )
    submission = parse_submission(body)
    assert isinstance(submission, OrderSubmission)
    order = new_order(
        fresh_name("largest"),
        amount=submission.amount,
        customer=submission.customer,
        payment_method=submission.payment_method,
        lines=submission.lines,
        accepted_at=NOW,
    )
    assert len(str(order_to_item(order, 1)).encode()) < MAX_ITEM_BYTES / 4
    orders = DynamoDbOrders(dynamodb, order_table)
    assert orders.accept(order) is None
    assert orders.get(order.order_id) == order


def test_an_order_is_put_with_its_attempt() -> None:
    assert order_to_item(new_order(attempt=2), 1)["attempt"] == {"N": "2"}
