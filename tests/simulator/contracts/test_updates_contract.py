"""Updates change items, return them and are refused alike on the model and on DynamoDB."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.contracts.backends import OrderTable, number, outcome, text

VALUES: dict[str, Any] = {
    ":one": number(1),
    ":x": text("x"),
    ":set": {"SS": ["a", "c"]},
    ":list": {"L": [text("z")]},
}
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("SET note = :x", {"note": text("x")}),
    ("SET attempt = attempt + :one", {"attempt": number(3)}),
    ("SET attempt = attempt - :one", {"attempt": number(1)}),
    ("SET attempt = :one, earlier = attempt", {"attempt": number(1), "earlier": number(2)}),
    ("SET note = if_not_exists(note, :x)", {"note": text("x")}),
    ("SET attempt = if_not_exists(attempt, :one)", {}),
    ("SET attempt = if_not_exists(absent, :one) + :one", {"attempt": number(2)}),
    ("SET steps = list_append(steps, :list)", {"steps": {"L": [text("y"), text("z")]}}),
    ("REMOVE attempt", {"attempt": None}),
    ("REMOVE absent", {}),
    ("ADD attempt :one", {"attempt": number(3)}),
    ("ADD absent :one", {"absent": number(1)}),
    ("ADD tags :set", {"tags": {"SS": ["a", "b", "c"]}}),
    ("ADD absent :set", {"absent": {"SS": ["a", "c"]}}),
    ("DELETE tags :set", {"tags": {"SS": ["b"]}}),
    (
        "SET note = :x REMOVE attempt ADD absent :one",
        {"note": text("x"), "attempt": None, "absent": number(1)},
    ),
]
REFUSED = [
    "SET attempt = absent + :one",
    "SET note = absent",
    "SET note = note2 + :x",
    "SET attempt = attempt + :x",
    "ADD tags :one",
    "ADD note2 :x",
    "DELETE attempt :set",
    "SET pk = :x",
    "REMOVE pk",
    "SET note = :x SET other = :x",
    "SET unsettled_since = :x",
    "SET note",
    "note = :x",
    "",
]
OVERLAPPING = ["SET note = :x, note = :one", "SET note = :x REMOVE note"]


def given(expression: str) -> dict[str, Any]:
    words = expression.replace("(", " ").replace(")", " ").replace(",", " ").split()
    values = {name: value for name, value in VALUES.items() if name in words}
    return {"ExpressionAttributeValues": values} if values else {}


def plain(item: dict[str, Any] | None) -> Any:
    """An item with its sets in order: DynamoDB returns them in any."""
    if item is None:
        return None
    return {
        name: {"SS": sorted(value["SS"])} if "SS" in value else value
        for name, value in item.items()
    }


def stored(table: OrderTable, key: str) -> dict[str, Any]:
    item = {
        "pk": text(key),
        "attempt": number(2),
        "note2": text("kept"),
        "tags": {"SS": ["a", "b"]},
        "steps": {"L": [text("y")]},
    }
    table.put(item)
    return item


@pytest.mark.parametrize(("expression", "changes"), CHANGES)
def test_an_update_changes_what_it_names_and_nothing_else(
    expression: str, changes: dict[str, Any], table: OrderTable, key: str
) -> None:
    item = stored(table, key)
    wanted = {name: value for name, value in {**item, **changes}.items() if value is not None}
    answer = table.update(key, expression, ReturnValues="ALL_NEW", **given(expression))
    assert plain(answer["Attributes"]) == wanted
    assert plain(table.get(key)) == wanted


@pytest.mark.parametrize("expression", REFUSED)
def test_an_update_that_makes_no_sense_is_refused_and_changes_nothing(
    expression: str, table: OrderTable, key: str
) -> None:
    item = stored(table, key)
    refused = outcome(lambda: table.update(key, expression, **given(expression)))
    assert refused == ("ValidationException", None)
    assert plain(table.get(key)) == item


@pytest.mark.parametrize("expression", OVERLAPPING)
def test_an_update_that_names_one_attribute_twice_is_refused(
    expression: str, table: OrderTable, key: str
) -> None:
    item = stored(table, key)
    refused = outcome(lambda: table.update(key, expression, **given(expression)))
    assert refused == ("ValidationException", None)
    assert plain(table.get(key)) == item


def test_an_update_of_an_absent_item_makes_it(table: OrderTable, key: str) -> None:
    table.update(key, "SET note = :x", **given(":x"))
    assert table.get(key) == {"pk": text(key), "note": text("x")}


def test_removing_the_last_member_of_a_set_removes_the_set(table: OrderTable, key: str) -> None:
    table.put({"pk": text(key), "tags": {"SS": ["a"]}})
    table.update(key, "DELETE tags :set", **given(":set"))
    assert table.get(key) == {"pk": text(key)}


@pytest.mark.parametrize("act", ["put", "update", "delete"])
def test_a_write_returns_the_item_that_was_there_when_asked(
    act: str, table: OrderTable, key: str
) -> None:
    item = stored(table, key)
    acts: dict[str, Any] = {
        "put": lambda: table.put({"pk": text(key)}, ReturnValues="ALL_OLD"),
        "update": lambda: table.update(key, "REMOVE attempt", ReturnValues="ALL_OLD"),
        "delete": lambda: table.delete(key, ReturnValues="ALL_OLD"),
    }
    assert plain(acts[act]()["Attributes"]) == item


def test_deleting_an_absent_item_is_no_error(table: OrderTable, key: str) -> None:
    assert outcome(lambda: table.delete(key)) == {}
