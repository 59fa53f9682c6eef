"""A long table of cases: some run each time, the others where tests are thorough."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet

__all__ = ["sliced"]


def sliced(step: int, cases: Iterable[Any]) -> list[ParameterSet]:
    """Return the cases of a parametrised test, all but every ``step``-th marked ``thorough``.

    :param step: Should divide the length of no inner table, so that the slice has a bit of each.
    :param cases: A value each, or a tuple with one for each parameter.
    """
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=pytest.mark.thorough if number % step else (),
        )
        for number, case in enumerate(cases)
    ]
