"""The tables for many orders answer as the simulator's own model does."""

from __future__ import annotations

import random
from typing import Any

import pytest

from bench.growth.large_tables import PAGE_ENTRIES, LargeTables
from simulator.models.dynamodb import DynamoDbModel

INDEX = {"unsettled": ("unsettled_shard", "unsettled_since")}


class Clock:
    def now(self) -> int:
        return 0


def tables(kind: type[DynamoDbModel]) -> DynamoDbModel:
    made = kind(Clock())
    made.create_table("orders", key="pk", indexes=INDEX, stream_shards=1)
    return made


def item(number: int, shard: int, since: int) -> dict[str, Any]:
    return {
        "pk": {"S": f"ord_{number:05}"},
        "unsettled_shard": {"S": f"open#{shard}"},
        "unsettled_since": {"N": str(since)},
    }


def settle(model: DynamoDbModel, number: int) -> None:
    update = {
        "TableName": "orders",
        "Key": {"pk": {"S": f"ord_{number:05}"}},
        "UpdateExpression": "REMOVE unsettled_shard, unsettled_since",
    }
    model.call("UpdateItem", update)


def query(model: DynamoDbModel, shard: int, before: int | None, **options: Any) -> dict[str, Any]:
    condition = "unsettled_shard = :shard"
    values: dict[str, Any] = {":shard": {"S": f"open#{shard}"}}
    if before is not None:
        condition += " AND unsettled_since <= :before"
        values[":before"] = {"N": str(before)}
    query = {
        "TableName": "orders",
        "IndexName": "unsettled",
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        **options,
    }
    return model.call("Query", query)


@pytest.mark.parametrize("seed", range(5))
def test_every_page_is_the_page_of_the_simulators_model(seed: int) -> None:
    generator = random.Random(seed)
    models = [tables(DynamoDbModel), tables(LargeTables)]
    for number in range(200):
        new = item(number, generator.randrange(3), generator.randrange(50))
        settled = generator.randrange(200)
        for model in models:
            model.call("PutItem", {"TableName": "orders", "Item": new})
            if settled < number:
                settle(model, settled)
    for shard in range(3):
        for before in (None, 0, 25, 49):
            for options in ({}, {"Limit": 7}, {"Select": "COUNT"}):
                after: dict[str, Any] = {}
                while True:
                    one, other = (query(each, shard, before, **options, **after) for each in models)
                    assert one == other
                    if "LastEvaluatedKey" not in one:
                        break
                    after = {"ExclusiveStartKey": one["LastEvaluatedKey"]}


def test_a_count_ends_its_page_after_a_megabyte_as_on_aws() -> None:
    model = tables(LargeTables)
    for number in range(PAGE_ENTRIES + 10):
        model.call("PutItem", {"TableName": "orders", "Item": item(number, 0, number)})
    first = query(model, 0, None, Select="COUNT")
    rest = query(model, 0, None, Select="COUNT", ExclusiveStartKey=first["LastEvaluatedKey"])
    assert (first["Count"], rest["Count"]) == (PAGE_ENTRIES, 10)


def test_a_forgotten_stream_keeps_its_places_and_what_was_not_relayed() -> None:
    model = tables(LargeTables)
    assert isinstance(model, LargeTables)
    for number in range(3):
        model.call("PutItem", {"TableName": "orders", "Item": item(number, 0, 1)})
    model.forget_stream("orders", 2)
    [record] = model.stream_records("orders", 0, 2)
    assert record["dynamodb"]["Keys"] == {"pk": {"S": "ord_00002"}}
