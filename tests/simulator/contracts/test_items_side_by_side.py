"""Writes under conditions from a grammar have one result, on the model and on the local AWS."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hypothesis_profiles import examples
from tests.simulator.contracts.backends import OrderTable, VirtualClock, number, outcome, text
from tests.simulator.contracts.made_on_models import model_table

EXAMPLES = examples(60)
LONGEST_HISTORY = 12
KEYS = ("side-a", "side-b")
VALUES: dict[str, Any] = {":n": number(1), ":m": number(2), ":s": text("ab"), ":t": text("a")}

attributes = st.sampled_from(["amount", "note", "absent"])
texts = st.sampled_from(["note", "absent"])
operands = st.sampled_from(list(VALUES))
comparisons = st.builds(
    "{} {} {}".format, attributes, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), operands
)
tests = st.one_of(
    comparisons,
    st.builds("attribute_exists({})".format, attributes),
    st.builds("attribute_not_exists({})".format, attributes),
    st.builds("{} IN ({}, {})".format, attributes, operands, operands),
    st.builds("{} BETWEEN :n AND :m".format, attributes),
    st.builds("begins_with({}, :t)".format, texts),
    st.builds("contains({}, :t)".format, texts),
)
conditions = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds("{} AND {}".format, inner, inner),
        st.builds("{} OR {}".format, inner, inner),
        st.builds("NOT {}".format, inner),
    ),
    max_leaves=4,
)
updates = st.one_of(
    st.builds("SET note = {}".format, st.sampled_from([":s", ":t"])),
    st.builds("SET amount = {}".format, st.sampled_from([":n", ":m"])),
    st.builds("SET note = if_not_exists({}, :s)".format, texts),
    st.builds("SET amount = if_not_exists(amount, :m)".format),
    st.builds("SET amount = amount {} :n".format, st.sampled_from("+-")),
    st.builds("REMOVE {}".format, attributes),
    st.builds("ADD amount {}".format, st.sampled_from([":n", ":m"])),
    st.just("SET note = :s REMOVE absent ADD amount :n"),
)
acts = st.tuples(
    st.sampled_from(["put", "update", "delete"]),
    st.sampled_from(KEYS),
    updates,
    st.none() | conditions,
)


@settings(max_examples=EXAMPLES, derandomize=True)
@given(history=st.lists(acts, min_size=4, max_size=LONGEST_HISTORY))
def test_the_same_writes_have_the_same_results_and_leave_the_same_items(
    history: list[tuple[str, str, str, str | None]], local_table: OrderTable
) -> None:
    tables = [model_table(VirtualClock()), local_table]
    for key in KEYS:
        local_table.delete(key)
    for act in history:
        results = [outcome(partial(perform, table, *act)) for table in tables]
        assert results[0] == results[1], act
        assert [tables[0].get(key) for key in KEYS] == [tables[1].get(key) for key in KEYS], act


def perform(table: OrderTable, act: str, key: str, update: str, condition: str | None) -> Any:
    options: dict[str, Any] = {"ReturnValues": "ALL_OLD"}
    if condition is not None:
        options["ConditionExpression"] = condition
        options["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    expressions = f"{condition or ''} {update if act == 'update' else ''}"
    if values := {name: value for name, value in VALUES.items() if name in expressions}:
        options["ExpressionAttributeValues"] = values
    if act == "put":
        return table.put({"pk": text(key), "amount": number(1), "note": text("abc")}, **options)
    if act == "delete":
        return table.delete(key, **options)
    return table.update(key, update, **{**options, "ReturnValues": "ALL_NEW"})
