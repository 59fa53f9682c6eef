"""Units of reads are counted as DynamoDB charges them."""

from __future__ import annotations

import pytest

from bench.cost.capacity import read_units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2)])
def test_a_read_costs_a_unit_for_each_four_kilobytes_begun(size: int, units: int) -> None:
    assert read_units(size, consistent=True) == units


def test_a_read_that_may_be_a_moment_old_costs_half() -> None:
    assert read_units(0, consistent=False) == 0.5
    assert read_units(4097, consistent=False) == 1
