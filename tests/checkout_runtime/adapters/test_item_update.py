"""Updates are values, and are written as DynamoDB reads them."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsRefusedError
from checkout_runtime.adapters.item_update import Attribute, Condition, Expression, Update, Value
from tests.simulation.contracts.backends import OrderTable, VirtualClock
from tests.simulation.contracts.made_on_models import model_table

A, B = Attribute("a"), Attribute("b")


@pytest.fixture
def table() -> OrderTable:
    table = model_table(VirtualClock())
    table.put({"pk": {"S": "k"}, "a": {"N": "2"}, "tags": {"SS": ["x", "y"]}, "b": {"S": "t"}})
    return table


def after(table: OrderTable, update: Update) -> dict[str, Any]:
    """The item after an update whose condition holds."""
    changed = table.call(
        "UpdateItem", Key={"pk": {"S": "k"}}, ReturnValues="ALL_NEW", **update.request()
    )
    item: dict[str, Any] = changed["Attributes"]
    return item


def holds(table: OrderTable, condition: Condition) -> bool:
    """Whether a condition holds of the item."""
    request = Update(set={"seen": 1}, when=[condition]).request()
    try:
        table.call("UpdateItem", Key={"pk": {"S": "k"}}, **request)
    except AwsRefusedError as refused:
        if not refused.is_failed_condition:
            raise
        return False
    return True


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("t", {"S": "t"}),
        (7, {"N": "7"}),
        (None, {"NULL": True}),
        (frozenset({"y", "x"}), {"SS": ["x", "y"]}),
        ((), {"L": []}),
        (A.plus(3), {"N": "5"}),
        (A.plus(-3), {"N": "-1"}),
        (A.or_else(9), {"N": "2"}),
        (Attribute("absent").or_else(9), {"N": "9"}),
        (Attribute("absent").or_else(0).plus(1), {"N": "1"}),
    ],
    ids=str,
)
def test_an_attribute_is_set_to_a_value_or_to_what_is_computed_of_the_stored_ones(
    value: Value | Expression, stored: Any, table: OrderTable
) -> None:
    assert after(table, Update(set={"new": value}))["new"] == stored


def test_members_are_added_and_taken_and_attributes_go(table: OrderTable) -> None:
    update = Update(
        add={"more": frozenset({"z"})}, delete={"tags": frozenset({"x"})}, remove=["a", "b"]
    )
    assert after(table, update) == {
        "pk": {"S": "k"},
        "more": {"SS": ["z"]},
        "tags": {"SS": ["y"]},
    }


def test_names_that_are_words_of_dynamodb_can_be_changed(table: OrderTable) -> None:
    changed = after(table, Update(set={"status": "PAID", "lines": ()}, remove=["scope"]))
    assert changed["status"] == {"S": "PAID"}


HOLD = [
    A.exists(),
    Attribute("absent").is_absent(),
    A.equals(2),
    A.differs_from(3),
    Attribute("absent").differs_from(3),
    A.below(3),
    A.at_most(2),
    A.above(1),
    B.is_one_of(["s", "t"]),
    Attribute("tags").contains("x"),
    Attribute("tags").equals(frozenset({"y", "x"})),
    A.equals(3) | B.equals("t"),
    A.equals(2) & (A.equals(3) | B.equals("t")),
]


@pytest.mark.parametrize("condition", HOLD, ids=lambda each: each.text)
def test_a_condition_holds_and_its_opposite_does_not(
    condition: Condition, table: OrderTable
) -> None:
    assert holds(table, condition)
    assert not holds(table, ~condition)


FAIL = [A.below(2), A.above(2), A.at_most(1), B.is_one_of(["s"]), A.equals(2) & B.equals("s")]


@pytest.mark.parametrize("condition", FAIL, ids=lambda each: each.text)
def test_a_condition_fails(condition: Condition, table: OrderTable) -> None:
    assert not holds(table, condition)


def test_all_conditions_of_an_update_have_to_hold(table: OrderTable) -> None:
    request = Update(remove=["a"], when=[A.exists(), A.equals(3)]).request()
    assert request["ConditionExpression"] == "attribute_exists(#a) AND #a = :v0"
    with pytest.raises(AwsRefusedError):
        table.call("UpdateItem", Key={"pk": {"S": "k"}}, **request)


def test_an_update_without_conditions_and_values_has_neither() -> None:
    assert Update(remove=["a"]).request() == {
        "UpdateExpression": "REMOVE #a",
        "ExpressionAttributeNames": {"#a": "a"},
    }


def test_two_updates_make_one_that_changes_what_both_change() -> None:
    one = Update(set={"a": 1}, remove=["b"], when=[A.exists()])
    other = Update(
        set={"c": 2}, add={"d": frozenset("x")}, delete={"e": frozenset("y")}, when=[B.exists()]
    )
    assert one.also(other) == Update(
        set={"a": 1, "c": 2},
        add={"d": frozenset("x")},
        delete={"e": frozenset("y")},
        remove=("b",),
        when=(A.exists(), B.exists()),
    )
