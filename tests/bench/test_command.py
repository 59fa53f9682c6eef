"""The command: what it measures, and when it fails."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import bench.__main__ as command
from bench.figures import Goal
from bench.row import BenchError, Effort, RowResult, Say


@dataclass
class _Row:
    name: str
    value: float = 1.0
    title: str = "A row"
    breaks: bool = False
    effort: Effort | None = None

    def measure(self, effort: Effort, say: Say) -> RowResult:
        self.effort = effort
        say(f"measuring {self.name}")
        if self.breaks:
            raise BenchError("the stubs did not start")
        goal = Goal(
            name=f"{self.name}.times",
            what="times",
            measured=self.value,
            peer="a peer",
            comparison="at least",
            limit=2.0,
        )
        return RowResult(self.name, self.title, [], [goal])


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[_Row]:
    rows = [_Row("first"), _Row("second")]
    monkeypatch.setattr(command, "all_rows", lambda: rows)
    return rows


def _run(tmp_path: Path, *options: str) -> Result:
    return CliRunner().invoke(command.main, ["--output", str(tmp_path), *options])


def test_a_missed_goal_is_no_error(rows: list[_Row], tmp_path: Path) -> None:
    assert _run(tmp_path).exit_code == 0


def test_a_missed_goal_is_an_error_on_request(rows: list[_Row], tmp_path: Path) -> None:
    assert _run(tmp_path, "--fail-on-missed").exit_code == command.MISSED
    for row in rows:
        row.value = 2.0
    assert _run(tmp_path, "--fail-on-missed").exit_code == 0


def test_a_row_that_breaks_is_an_error_that_says_why(rows: list[_Row], tmp_path: Path) -> None:
    rows[1].breaks = True
    result = _run(tmp_path)
    assert result.exit_code == command.BROKEN
    assert "the stubs did not start" in result.output


def test_a_row_that_breaks_does_not_cost_the_others(rows: list[_Row], tmp_path: Path) -> None:
    rows[0].breaks = True
    _run(tmp_path)
    goals = json.loads((tmp_path / "results.json").read_text())["goals"]
    assert [goal["name"] for goal in goals] == ["second.times"]


def test_what_was_measured_is_written_before_the_next_row_is_measured(
    rows: list[_Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(effort: Effort, say: Say) -> RowResult:
        raise KeyboardInterrupt

    monkeypatch.setattr(rows[1], "measure", stopped)
    _run(tmp_path)
    goals = json.loads((tmp_path / "results.json").read_text())["goals"]
    assert [goal["name"] for goal in goals] == ["first.times"]


def test_only_the_rows_asked_for_are_measured(rows: list[_Row], tmp_path: Path) -> None:
    _run(tmp_path, "--only", "second")
    assert rows[0].effort is None
    goals = json.loads((tmp_path / "results.json").read_text())["goals"]
    assert [goal["name"] for goal in goals] == ["second.times"]


def test_an_unknown_row_is_refused_with_those_that_there_are(
    rows: list[_Row], tmp_path: Path
) -> None:
    result = _run(tmp_path, "--only", "third")
    assert result.exit_code != 0
    assert "the rows are first, second" in result.output


def test_runs_and_quick_reach_the_rows(rows: list[_Row], tmp_path: Path) -> None:
    _run(tmp_path, "--runs", "3", "--quick")
    assert rows[0].effort == Effort(runs=3, quick=True)
