"""The sparse index pages and counts alike on the model and on DynamoDB."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.contracts.backends import OrderTable, number, text

DEADLINE_SECONDS = 20
"""An index of a real table is behind for less than a second, nearly always."""


@pytest.fixture
def shard(table: OrderTable, key: str) -> str:
    """A partition of three orders, and a settled one that is in no index."""
    for since in (3, 1, 2):
        table.put(
            {
                "pk": text(f"{key}-{since}"),
                "unsettled_shard": text(key),
                "unsettled_since": number(since),
                "note": text("not projected"),
            }
        )
    table.put({"pk": text(f"{key}-settled"), "unsettled_since": number(4)})
    eventually(lambda: len(query(table, key)["Items"]) == 3)
    return key


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "the index did not catch up"


def query(table: OrderTable, shard: str, **options: Any) -> Any:
    return table.query(
        "unsettled_shard = :shard", ExpressionAttributeValues={":shard": text(shard)}, **options
    )


def keys_of(shard: str, since: int) -> dict[str, Any]:
    return {
        "pk": text(f"{shard}-{since}"),
        "unsettled_shard": text(shard),
        "unsettled_since": number(since),
    }


def test_a_query_shows_the_keys_of_what_is_in_the_index_oldest_first(
    table: OrderTable, shard: str
) -> None:
    assert query(table, shard)["Items"] == [keys_of(shard, since) for since in (1, 2, 3)]


def test_a_query_backwards_shows_the_newest_first(table: OrderTable, shard: str) -> None:
    answer = query(table, shard, ScanIndexForward=False)
    assert answer["Items"] == [keys_of(shard, since) for since in (3, 2, 1)]


def test_a_sort_key_condition_bounds_a_query(table: OrderTable, shard: str) -> None:
    answer = table.query(
        "unsettled_shard = :shard AND unsettled_since <= :before",
        ExpressionAttributeValues={":shard": text(shard), ":before": number(2)},
    )
    assert answer["Items"] == [keys_of(shard, since) for since in (1, 2)]


@pytest.mark.parametrize("direction", ["forwards", "backwards"])
def test_a_page_says_where_the_next_begins(direction: str, table: OrderTable, shard: str) -> None:
    forward = direction == "forwards"
    order = (1, 2, 3) if forward else (3, 2, 1)
    first = query(table, shard, Limit=2, ScanIndexForward=forward)
    assert first["LastEvaluatedKey"] == keys_of(shard, order[1])
    rest = query(
        table,
        shard,
        ScanIndexForward=forward,
        ExclusiveStartKey=first["LastEvaluatedKey"],
    )
    assert [*first["Items"], *rest["Items"]] == [keys_of(shard, since) for since in order]
    assert "LastEvaluatedKey" not in rest


def test_a_count_has_no_items(table: OrderTable, shard: str) -> None:
    answer = query(table, shard, Select="COUNT")
    assert (answer["Count"], answer.get("Items")) == (3, None)


def test_an_order_that_is_settled_leaves_the_index(table: OrderTable, shard: str) -> None:
    table.update(f"{shard}-2", "REMOVE unsettled_shard, unsettled_since")
    eventually(lambda: len(query(table, shard)["Items"]) == 2)
    assert query(table, shard)["Items"] == [keys_of(shard, since) for since in (1, 3)]
