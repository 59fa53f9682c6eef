"""The index is counted to its end, and the items that it names are read as of now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.index_queries import IndexQueries


class Pages:
    """A table that gives these answers, and remembers what it was asked."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self._answers = list(answers)
        self.asked: list[Mapping[str, Any]] = []

    def call(self, _operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(parameters)
        return self._answers.pop(0)


def test_a_count_goes_on_where_a_page_ended() -> None:
    table = Pages({"Count": 2, "LastEvaluatedKey": {"pk": {"S": "a"}}}, {"Count": 3})
    assert IndexQueries(table, "orders").count("open#0", 9) == 5
    first, second = table.asked
    assert second == {**first, "ExclusiveStartKey": {"pk": {"S": "a"}}}


def test_what_the_index_names_is_read_as_of_now() -> None:
    table = Pages({"Responses": {}})
    assert IndexQueries(table, "orders").items(["ord_1"]) == []
    [asked] = table.asked
    assert asked["RequestItems"]["orders"]["ConsistentRead"] is True
