"""Scans and batches show the same items on the model and on DynamoDB."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.contracts.backends import OrderTable, number, outcome, text


@pytest.fixture
def names(table: OrderTable, key: str) -> list[str]:
    """Five items, which are the only ones of this test."""
    names = [f"{key}-{place}" for place in range(5)]
    for place, name in enumerate(names):
        table.put({"pk": text(name), "owner": text(key), "place": number(place)})
    return names


def of_owner(key: str, more: str = "", **values: Any) -> dict[str, Any]:
    return {
        "FilterExpression": f"#owner = :owner{more}",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":owner": text(key), **values},
    }


def batch(table: OrderTable, *pks: str, **options: Any) -> Any:
    keys = [{"pk": text(pk)} for pk in pks]
    return table.dynamodb.call(
        "BatchGetItem", {"RequestItems": {table.name: {"Keys": keys, **options}}}
    )


def test_a_scan_shows_what_its_filter_keeps(table: OrderTable, key: str, names: list[str]) -> None:
    answer = table.scan(**of_owner(key, " AND place >= :three", **{":three": number(3)}))
    assert {item["pk"]["S"] for item in answer["Items"]} == set(names[3:])
    assert answer["Count"] == 2 <= answer["ScannedCount"]


def test_a_scan_shows_the_attributes_of_its_projection(
    table: OrderTable, key: str, names: list[str]
) -> None:
    answer = table.scan(ProjectionExpression="pk, #owner, absent", **of_owner(key))
    shown = sorted(answer["Items"], key=lambda item: item["pk"]["S"])
    assert shown == [{"pk": text(name), "owner": text(key)} for name in names]


def test_a_count_scans_without_showing_items(table: OrderTable, key: str, names: list[str]) -> None:
    answer = table.scan(Select="COUNT", **of_owner(key))
    assert (answer["Count"], answer.get("Items")) == (len(names), None)


def test_pages_of_a_scan_show_each_item_once_and_the_limit_counts_before_the_filter(
    table: OrderTable, key: str, names: list[str]
) -> None:
    seen: list[str] = []
    after: dict[str, Any] = {}
    while True:
        page = table.scan(Limit=2, **of_owner(key), **after)
        assert page["Count"] <= page["ScannedCount"] <= 2
        seen += [item["pk"]["S"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        after = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert sorted(seen) == names


@pytest.mark.parametrize("extra", [{":unused": number(1)}, {}])
def test_a_filter_with_a_value_too_many_or_too_few_is_refused(
    extra: dict[str, Any], table: OrderTable, key: str
) -> None:
    more = "" if extra else " AND place = :absent"
    assert outcome(lambda: table.scan(**of_owner(key, more, **extra)))[0] == "ValidationException"


def test_a_batch_shows_the_items_that_are_there(table: OrderTable, names: list[str]) -> None:
    answer = batch(table, names[0], f"{names[0]}-absent", names[1], ProjectionExpression="place")
    places = sorted(item["place"]["N"] for item in answer["Responses"][table.name])
    assert places == ["0", "1"]
    assert answer["UnprocessedKeys"] == {}


@pytest.mark.parametrize("asked", [["a", "a"], [str(place) for place in range(101)]], ids=len)
def test_a_batch_with_one_key_twice_or_too_many_is_refused(
    asked: list[str], table: OrderTable
) -> None:
    assert outcome(lambda: batch(table, *asked))[0] == "ValidationException"


def test_a_read_shows_the_attributes_of_its_projection(table: OrderTable, names: list[str]) -> None:
    answer = table.call(
        "GetItem",
        Key={"pk": text(names[1])},
        ProjectionExpression="#place",
        ExpressionAttributeNames={"#place": "place"},
    )
    assert answer["Item"] == {"place": number(1)}
