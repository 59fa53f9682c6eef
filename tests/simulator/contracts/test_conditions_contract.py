"""Conditions hold, fail and are refused alike on the model and on DynamoDB."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.contracts.backends import OrderTable, number, outcome, text

VALUES: dict[str, Any] = {
    ":two": number(2),
    ":three": number(3),
    ":ten": number(10),
    ":open": text("open"),
    ":paid": text("paid"),
    ":op": text("op"),
    ":a": text("a"),
}
HOLD = [
    "attribute_exists(pk)",
    "attribute_not_exists(absent)",
    "attempt = :two",
    "attempt <> :three",
    "attempt < :ten",
    "attempt <= :two",
    "attempt > :two OR attempt >= :two",
    "attempt BETWEEN :two AND :three",
    "#status IN (:paid, :open)",
    "absent <> :two",
    "#status <> :two",
    "NOT absent = :two",
    "begins_with(#status, :op)",
    "contains(#status, :op)",
    "contains(tags, :a)",
    "size(#status) > :three",
    "attempt = :two OR attempt = :three AND absent = :two",
    "(attempt = :three OR attempt = :two) AND #status = :open",
    "smaller_one < bigger_one",
]
FAIL = [
    "attribute_not_exists(pk)",
    "attribute_exists(absent)",
    "attempt = :three",
    "attempt < :two",
    "attempt < :open",
    "absent = :two",
    "absent < :two",
    "absent IN (:two, :three)",
    "absent BETWEEN :two AND :three",
    "NOT attempt = :two",
    "begins_with(#status, :paid)",
    "begins_with(attempt, :op)",
    "contains(attempt, :op)",
    "contains(tags, :open)",
    "(attempt = :two OR attempt = :three) AND absent = :two",
]
REFUSED = [
    "attempt = :undefined",
    "#undefined = :two",
    "attempt = ",
    "attempt = :two AND",
    "(attempt = :two",
    "attempt :two",
    "",
    "((attempt = :two))",
    "attempt = attempt",
    "missing = :two",
]


def used(condition: str) -> dict[str, Any]:
    """The condition with the names and values that it uses, and no others."""
    words = condition.replace("(", " ").replace(")", " ").replace(",", " ").split()
    options: dict[str, Any] = {"ConditionExpression": condition}
    if values := {name: value for name, value in VALUES.items() if name in words}:
        options["ExpressionAttributeValues"] = values
    if "#status" in words:
        options["ExpressionAttributeNames"] = {"#status": "status"}
    return options


def stored(table: OrderTable, key: str) -> dict[str, Any]:
    item = {
        "pk": text(key),
        "status": text("open"),
        "attempt": number(2),
        "smaller_one": number(9),
        "bigger_one": number(10),
        "tags": {"SS": ["a", "b"]},
    }
    table.put(item)
    return item


@pytest.mark.parametrize("condition", HOLD)
def test_a_condition_that_holds_lets_the_write_through(
    condition: str, table: OrderTable, key: str
) -> None:
    stored(table, key)
    assert outcome(lambda: table.put({"pk": text(key)}, **used(condition))) == {}
    assert table.get(key) == {"pk": text(key)}


@pytest.mark.parametrize("condition", FAIL)
def test_a_condition_that_fails_changes_nothing_and_shows_the_stored_item(
    condition: str, table: OrderTable, key: str
) -> None:
    item = stored(table, key)
    options = {**used(condition), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    refused = outcome(lambda: table.put({"pk": text(key)}, **options))
    assert refused == ("ConditionalCheckFailedException", item)
    assert table.get(key) == item


@pytest.mark.parametrize("condition", REFUSED)
def test_a_condition_that_cannot_be_understood_is_refused(
    condition: str, table: OrderTable, key: str
) -> None:
    item = stored(table, key)
    refused = outcome(lambda: table.put({"pk": text(key)}, **used(condition)))
    assert refused == ("ValidationException", None)
    assert table.get(key) == item


@pytest.mark.parametrize("extra", ["ExpressionAttributeNames", "ExpressionAttributeValues"])
def test_a_name_or_value_that_is_not_used_is_refused(
    extra: str, table: OrderTable, key: str
) -> None:
    stored(table, key)
    options = used("attempt = :two AND #status = :open")
    more: Any = "spare" if extra == "ExpressionAttributeNames" else text("spare")
    sign = "#" if extra == "ExpressionAttributeNames" else ":"
    options[extra] = {**options[extra], f"{sign}spare": more}
    refused = outcome(lambda: table.put({"pk": text(key)}, **options))
    assert refused == ("ValidationException", None)


def test_a_failed_condition_on_an_absent_item_shows_nothing(table: OrderTable, key: str) -> None:
    refused = outcome(
        lambda: table.put(
            {"pk": text(key)},
            ConditionExpression="attribute_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    )
    assert refused == ("ConditionalCheckFailedException", None)


def test_a_failed_condition_shows_nothing_unless_asked(table: OrderTable, key: str) -> None:
    stored(table, key)
    refused = outcome(lambda: table.delete(key, ConditionExpression="attribute_not_exists(pk)"))
    assert refused == ("ConditionalCheckFailedException", None)
