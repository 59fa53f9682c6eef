"""Runs are summed up by their median, and compared round by round."""

from __future__ import annotations

import pytest

from bench.figures import Spread, ratios


def test_one_slow_run_does_not_move_the_figure() -> None:
    spread = Spread.of([1.0, 1.1, 90.0])
    assert (spread.median, spread.least, spread.most, spread.runs) == (1.1, 1.0, 90.0, 3)


def test_a_ratio_compares_what_ran_in_one_round() -> None:
    """The second round was slow for both, so it says the same."""
    assert ratios([4.0, 40.0], [1.0, 10.0]) == Spread(4.0, 4.0, 4.0, 2)


def test_rounds_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratios([1.0], [1.0, 2.0])
