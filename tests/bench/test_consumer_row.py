"""The consumer row judges what it was given, not what is known."""

from __future__ import annotations

from bench.programs import Taken
from bench.rows.consumer import (
    BATCHES,
    FLOOR,
    OURS,
    SLOW,
    STOCK,
    STOCK_TUNED,
    THREADS,
    THREADS_TUNED,
    Runs,
    judged,
)

OTHERS = {STOCK: 4000.0, STOCK_TUNED: 3600.0, THREADS: 800.0, THREADS_TUNED: 750.0}


def _measured(*, ours_ms: float, latency: int = SLOW) -> Runs:
    """A floor of 300 ms, and as much CPU as wall, whatever the program."""
    wall = {OURS: ours_ms, FLOOR: 300.0, **OTHERS}
    return {
        (program, latency): [Taken(ms, ms, {"calls": 20, "write_units": 30})] * 2
        for program, ms in wall.items()
    }


def _goals(runs: Runs) -> dict[str, tuple[float | None, bool]]:
    return {goal.name: (goal.value, goal.met) for goal in judged(runs).goals}


def test_the_goals_are_quotients_of_what_was_measured() -> None:
    assert _goals(_measured(ours_ms=300)) == {
        "consumer.floor": (1.0, True),
        "consumer.wall.tuned": (12.0, True),
        "consumer.wall.documented": (4000 / 300, True),
        "consumer.cpu.tuned": (12.0, True),
        "consumer.cpu.documented": (4000 / 300, True),
        "consumer.cpu.threads.tuned": (2.5, True),
        "consumer.cpu.threads.documented": (800 / 300, True),
    }


def test_slower_figures_miss_their_goals() -> None:
    met = {name: met for name, (_, met) in _goals(_measured(ours_ms=600)).items()}
    assert met == {
        "consumer.floor": False,
        "consumer.wall.tuned": False,
        "consumer.wall.documented": False,
        "consumer.cpu.tuned": True,
        "consumer.cpu.documented": True,
        "consumer.cpu.threads.tuned": False,
        "consumer.cpu.threads.documented": False,
    }


def test_goals_are_judged_where_payments_are_slowest() -> None:
    fast = {key: [Taken(1.0, 1.0, {})] for key in _measured(ours_ms=300, latency=min(BATCHES))}
    assert _goals({**fast, **_measured(ours_ms=300)}) == _goals(_measured(ours_ms=300))


def test_figures_are_a_message_where_a_call_takes_ten() -> None:
    figures = {
        (figure.program.partition(":")[0], figure.quantity): figure.spread.median
        for figure in judged(_measured(ours_ms=300)).figures
    }
    assert figures[OURS, "CPU a message"] == 30
    assert figures[OURS, "AWS calls an order"] == 2
    assert figures[FLOOR.partition(":")[0], "CPU a message"] == 300
