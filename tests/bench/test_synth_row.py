"""The synth row compares only stacks of the same resources, and judges what it was given."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bench.row import BenchError
from bench.rows.synth import BY_HAND, OTHERS, OURS, Runs, Synthesized, judged

SAME = {"AWS::SQS::Queue": 3}


def _run(seconds: float, resources: Mapping[str, int] = SAME) -> list[Synthesized]:
    return [Synthesized(2 * seconds, 1.0, seconds, seconds / 10, resources)] * 2


def _goals(runs: Runs) -> dict[str, tuple[float | None, bool]]:
    return {goal.name: (goal.value, goal.met) for goal in judged(runs).goals}


def test_the_goals_are_quotients_of_what_was_measured() -> None:
    assert _goals({OURS: _run(1.0), BY_HAND: _run(1.0), OTHERS: _run(2.0)}) == {
        "synth.by_hand": (1.0, True),
        "synth.by_hand.process": (1.0, True),
        "synth.others": (0.5, True),
        "synth.others.process": (0.5, True),
        "synth.second": (1.0, True),
    }


def test_slower_figures_miss_their_goals() -> None:
    measured = _goals({OURS: _run(3.0), BY_HAND: _run(1.0), OTHERS: _run(3.0)})
    assert {met for _, met in measured.values()} == {False}


def test_a_stack_by_hand_with_other_resources_is_no_comparison() -> None:
    fewer = _run(1.0, {"AWS::SQS::Queue": 2})
    with pytest.raises(BenchError, match=r"AWS::SQS::Queue: 3, not 2"):
        judged({OURS: _run(1.0), BY_HAND: fewer, OTHERS: _run(2.0)})


def test_others_may_have_other_resources_and_the_figures_say_how_many() -> None:
    others = _run(1.0, {"AWS::SQS::Queue": 1})
    figures = judged({OURS: _run(1.0), BY_HAND: _run(1.0), OTHERS: others}).figures
    counts = {f.program: f.spread.median for f in figures if f.quantity == "resources"}
    assert counts == {OURS: 3, BY_HAND: 3, OTHERS: 1}
