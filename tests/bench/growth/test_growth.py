"""One order takes the same however many there are, and a backlog ends run by run."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.cost.metered_checkout import REMAINING_MS
from bench.growth import row
from bench.growth.backlog import measure_backlog
from bench.growth.growth import PLOT, Growth, keep, kept, measure
from bench.growth.held_memory import held_bytes
from bench.growth.orders import BATCH, MEMORY_PROBE, PROBES, measure_orders, probe_of
from bench.growth.row import Growing, goals
from bench.row import Effort


def silent(_said: str) -> None:
    pass


@pytest.fixture(scope="module")
def small() -> Growth:
    return measure(1_000, silent)


def met(growth: Growth) -> dict[str, bool]:
    return {goal.name.removeprefix("growth."): goal.met for goal in goals(growth)}


def test_calls_and_writes_of_one_order_do_not_grow(small: Growth) -> None:
    assert {each.calls for each in small.orders} == {4.3}
    assert {each.write_units for each in small.orders} == {5.0}


def test_probes_are_full_batches_and_fit_into_their_size() -> None:
    for size in (100, 1_000, 100_000):
        assert probe_of(size) % BATCH == 0
        assert BATCH + probe_of(size) * PROBES + MEMORY_PROBE <= size


def test_progress_is_told() -> None:
    said: list[str] = []
    measure_orders([100], said.append)
    assert said
    assert all("orders passed" in each for each in said)


def test_every_order_of_a_backlog_is_sent_again_exactly_once(small: Growth) -> None:
    assert [each.resent for each in small.backlogs] == [100, 1_000]


@pytest.mark.thorough
def test_a_backlog_that_is_too_large_for_one_run_is_left_to_the_next_ones() -> None:
    measured = measure_backlog(2_800, silent, call_ms=600)
    assert measured.runs > 1
    assert measured.longest_run_ms <= REMAINING_MS
    assert measured.most_calls_of_a_run < measured.calls
    assert measured.resent == 2_800


def test_held_memory_finds_what_a_handler_keeps() -> None:
    class Hoard:
        def __init__(self) -> None:
            self.kept: list[bytes] = []

    hoard = Hoard()
    empty = held_bytes([hoard])
    hoard.kept.append(bytes(10_000))
    assert held_bytes([hoard]) > empty + 10_000


def test_held_memory_looks_into_caches_of_functions() -> None:
    @functools.cache
    def made(size: int) -> bytes:
        return bytes(size)

    empty = held_bytes([made])
    made(10_000)
    assert held_bytes([made]) > empty + 10_000


@pytest.mark.parametrize(
    ("change", "goal"),
    [
        ({"calls": 5.0}, "calls"),
        ({"write_units": 6.0}, "writes"),
        ({"processor_us": 1e6}, "cpu"),
        ({"held_bytes": 10**9}, "held"),
        ({"peak_bytes": 10**9}, "peak"),
    ],
)
def test_an_order_that_takes_more_at_the_end_misses_its_goal(
    change: dict[str, float], goal: str, small: Growth
) -> None:
    grown = replace(small.orders[-1], **change)  # type: ignore[arg-type]
    worse = replace(small, orders=(*small.orders[:-1], grown))
    assert not met(worse)[goal]


@pytest.mark.parametrize(
    ("change", "goal"),
    [
        ({"calls_an_order": 9.0}, "backlog_calls"),
        ({"most_calls_of_a_run": 10**6}, "run_calls"),
        ({"longest_run_ms": 10**6}, "run_ms"),
        ({"resent": 999}, "lost"),
        ({"resent": 1_001}, "twice"),
    ],
)
def test_a_backlog_that_runs_away_misses_its_goal(
    change: dict[str, float], goal: str, small: Growth
) -> None:
    grown = replace(small.backlogs[-1], **change)  # type: ignore[arg-type]
    worse = replace(small, backlogs=(*small.backlogs[:-1], grown))
    assert not met(worse)[goal]


def test_a_quick_row_measures_little_and_keeps_nothing(
    small: Growth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row, "measure", lambda largest, _say: {1_000: small}[largest])
    before = kept()
    result = Growing().measure(Effort(runs=1, quick=True), silent)
    assert all(goal.name.startswith("growth.") for goal in result.goals)
    assert "1,000 orders" in {figure.program for figure in result.figures}
    assert kept() == before


def test_a_largest_size_below_the_smallest_is_refused() -> None:
    with pytest.raises(ValueError, match="the largest size is 10; it must be 100 or more"):
        measure(10, silent)


def test_what_is_kept_is_read_as_it_was(small: Growth, tmp_path: Path) -> None:
    keep(small, tmp_path / "growth.json")
    assert kept(tmp_path / "growth.json") == small


def test_the_plot_has_a_line_for_each_measure(small: Growth) -> None:
    plots = pytest.importorskip("bench.growth.plot", exc_type=ImportError)
    drawn = ElementTree.fromstring(plots.plot(small))
    words = [each.text or "" for each in drawn.iter() if each.tag.endswith("text")]
    for name in ("calls:", "write units:", "processor time:", "memory held:", "memory at most:"):
        assert any(word.startswith(name) for word in words), name


def test_the_kept_plot_is_of_the_kept_measurement() -> None:
    growth = kept()
    assert growth.orders[-1].orders == growth.backlogs[-1].orders == 100_000
    plots = pytest.importorskip("bench.growth.plot", exc_type=ImportError)
    assert PLOT.read_text() == plots.plot(growth)
