"""Units are counted as DynamoDB charges them."""

from __future__ import annotations

from typing import Any

import pytest

from bench.cost.capacity import item_bytes, read_units, write_units

INDEX = ("shard", "since")
OPEN = {"shard": {"S": "open#1"}, "since": {"N": "1"}}
SMALL: dict[str, Any] = {"pk": {"S": "a"}}


def of_size(size: int) -> dict[str, Any]:
    return {"pk": {"S": "x" * (size - 2)}}


def test_an_item_weighs_its_names_and_its_values() -> None:
    assert item_bytes({"pk": {"S": "four"}}) == 2 + 4
    assert item_bytes({"n": {"N": "1750"}}) == 1 + 3
    assert item_bytes({"l": {"L": [{"S": "ab"}, {"NULL": True}]}}) == 1 + 3 + (1 + 2) + (1 + 1)
    assert item_bytes({"m": {"M": {"sku": {"S": "ab"}}}}) == 1 + 3 + (1 + 3 + 2)


def test_a_type_that_is_not_known_is_refused_and_not_guessed() -> None:
    with pytest.raises(ValueError, match="attribute type 'B'"):
        item_bytes({"b": {"B": b""}})


@pytest.mark.parametrize(("size", "units"), [(10, 1), (1024, 1), (1025, 2), (2049, 3)])
def test_a_write_costs_a_unit_for_each_kilobyte_begun(size: int, units: int) -> None:
    assert write_units(None, of_size(size), INDEX) == units


def test_a_write_costs_by_the_larger_of_before_and_after() -> None:
    assert write_units(of_size(3000), SMALL, INDEX) == 3


def test_an_item_costs_a_unit_more_when_it_enters_its_index_and_when_it_leaves() -> None:
    assert write_units(None, SMALL | OPEN, INDEX) == 2
    assert write_units(SMALL | OPEN, SMALL, INDEX) == 2


def test_an_item_that_moves_in_its_index_costs_two_units_more() -> None:
    moved = SMALL | OPEN | {"shard": {"S": "review#1"}}
    assert write_units(SMALL | OPEN, moved, INDEX) == 3


def test_a_write_that_leaves_the_index_alone_costs_nothing_there() -> None:
    assert write_units(SMALL | OPEN, SMALL | OPEN | {"status": {"S": "PAID"}}, INDEX) == 1


def test_a_read_that_may_be_a_moment_old_costs_half() -> None:
    assert read_units(0, consistent=True) == 1
    assert read_units(0, consistent=False) == 0.5
    assert read_units(4097, consistent=False) == 1
