"""What takes a day is over at once, by the table, where a run says so."""

from __future__ import annotations

import time
from typing import Any

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_stack.local.aws import LocalAws
from checkout_stack.local.checkout_controls import CheckoutControls

HELD = {
    "pk": {"S": "ord_held"},
    "status": {"S": "AUTHORIZED"},
    "unsettled_shard": {"S": "announce#1"},
    "unsettled_since": {"N": "1"},
    "attempt_2_look_at": {"N": "9000000000000"},
    "attempt_2_look_in": {"S": "held#1"},
}
MINUTE = 60_000
DAY = 25 * 60 * MINUTE


@pytest.mark.parametrize(
    ("status", "asked_ago", "is_moved"),
    [
        ("UNKNOWN", 2 * MINUTE, True),
        ("UNKNOWN", 0, False),
        ("UNKNOWN", DAY + MINUTE, False),
        ("UNKNOWN", None, False),
        ("CHARGING", 2 * MINUTE, False),
    ],
)
def test_a_request_that_may_be_on_its_way_is_waited_for_a_minute_and_no_day(
    local_aws: LocalAws,
    dynamodb: BotocoreService,
    order_table: str,
    status: str,
    asked_ago: int | None,
    *,
    is_moved: bool,
) -> None:
    now = int(time.time() * 1000)
    item = {"pk": {"S": "ord_waits"}, "status": {"S": status}}
    asked = {} if asked_ago is None else {"cancel_asked_at": {"N": str(now - asked_ago)}}
    dynamodb.client.put_item(TableName=order_table, Item={**item, **asked})
    nothing: Any = None
    controls = CheckoutControls(nothing, local_aws, {"OrderTableName": order_table}, nothing)
    assert controls.end_wait_for_requests("ord_waits") is is_moved
    found = dynamodb.client.get_item(TableName=order_table, Key={"pk": {"S": "ord_waits"}})["Item"]
    if asked_ago is None:
        assert "cancel_asked_at" not in found
    else:
        moved = now - asked_ago - int(found["cancel_asked_at"]["N"])
        assert moved == (DAY if is_moved else 0)


@pytest.mark.parametrize("owes", [False, True])
def test_a_hold_is_looked_after_now_once_it_owes_nothing(
    local_aws: LocalAws, dynamodb: BotocoreService, order_table: str, *, owes: bool
) -> None:
    owed: dict[str, Any] = {"owed": {"SS": ["1:OrderAuthorized"]}} if owes else {}
    dynamodb.client.put_item(TableName=order_table, Item={**HELD, **owed})
    nothing: Any = None
    controls = CheckoutControls(nothing, local_aws, {"OrderTableName": order_table}, nothing)
    assert controls.make_look_up_due("ord_held", 2)
    found = dynamodb.client.get_item(TableName=order_table, Key={"pk": {"S": "ord_held"}})["Item"]
    assert int(found["attempt_2_look_at"]["N"]) <= time.time() * 1000
    in_place = found["attempt_2_look_at"]["N"] == found["unsettled_since"]["N"]
    assert (found["unsettled_shard"]["S"], in_place) == (
        ("announce#1", False) if owes else ("held#1", True)
    )
