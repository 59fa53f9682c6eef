"""Goals are judged by what was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.figures import Goal, Spread

AT_LEAST = Goal(
    "row.figure", what="times", measured=4.0, comparison="at least", limit=4.0, peer="a peer"
)


@pytest.mark.parametrize(("value", "met"), [(4.0, True), (3.99, False)])
def test_a_least_value_is_met_from_the_limit_up(value: float, met: bool) -> None:
    assert replace(AT_LEAST, measured=value).met is met


@pytest.mark.parametrize(("value", "met"), [(4.0, True), (4.01, False)])
def test_a_most_value_is_met_from_the_limit_down(value: float, met: bool) -> None:
    assert replace(AT_LEAST, comparison="at most", measured=value).met is met


def test_a_goal_says_what_was_asked() -> None:
    assert AT_LEAST.asked == "at least 4"


def test_of_several_runs_the_median_is_judged() -> None:
    goal = replace(AT_LEAST, measured=Spread.of([3.0, 4.0, 9.0]))
    assert (goal.value, goal.met) == (4.0, True)
