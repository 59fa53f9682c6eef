"""The intake row judges what it was given, not what is known."""

from __future__ import annotations

from bench.programs import Taken
from bench.rows.intake import AGAIN, NEW, OURS, RELAY, TUNED, USUAL, Runs, judged


def _taken(cpu_ms: float, calls: float) -> list[Taken]:
    return [Taken(cpu_ms, cpu_ms, {"calls": calls, "write_units": 1})] * 2


def _measured(*, ours_ms: float, calls: float = 1) -> Runs:
    return {
        (OURS, NEW): _taken(ours_ms, calls),
        (OURS, AGAIN): _taken(ours_ms, calls),
        (RELAY, NEW): _taken(1, 1),
        (TUNED, NEW): _taken(8, 4),
        (USUAL, NEW): _taken(16, 4),
    }


def _goals(runs: Runs) -> dict[str, tuple[float | None, bool]]:
    return {goal.name: (goal.value, goal.met) for goal in judged(runs).goals}


def test_the_goals_are_quotients_of_what_was_measured() -> None:
    assert _goals(_measured(ours_ms=1)) == {
        "intake.calls": (1, True),
        "intake.cpu.tuned": (8, True),
        "intake.cpu.documented": (16, True),
    }


def test_slower_figures_miss_their_goals() -> None:
    assert _goals(_measured(ours_ms=2, calls=2)) == {
        "intake.calls": (2, False),
        "intake.cpu.tuned": (4, False),
        "intake.cpu.documented": (8, True),
    }
