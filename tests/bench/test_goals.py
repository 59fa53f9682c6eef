"""Goals are judged by what was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.figures import Goal

AT_LEAST = Goal(
    name="row.figure", what="times", value=4.0, peer="a peer", comparison="at least", limit=4.0
)


@pytest.mark.parametrize(("value", "met"), [(4.0, True), (3.99, False), (None, False)])
def test_a_least_value_is_met_from_the_limit_up(value: float | None, met: bool) -> None:
    assert replace(AT_LEAST, value=value).met is met


@pytest.mark.parametrize(("value", "met"), [(4.0, True), (4.01, False), (None, False)])
def test_a_most_value_is_met_from_the_limit_down(value: float | None, met: bool) -> None:
    assert replace(AT_LEAST, comparison="at most", value=value).met is met


def test_a_goal_says_what_was_asked() -> None:
    assert AT_LEAST.goal == "at least 4"
