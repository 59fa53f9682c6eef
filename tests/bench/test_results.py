"""What is written, and what of earlier measurements stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.figures import Figure, Goal, Spread
from bench.markdown import as_markdown
from bench.results import as_json, merged, write_results
from bench.row import RowResult

MACHINE = {"on": "2026-11-23"}


def _row(name: str, value: float, *, why: str = "") -> RowResult:
    spread = Spread.of([value, value + 1])
    return RowResult(
        name,
        f"About {name}",
        [Figure("ours", "wall", "ms", spread), Figure("a peer", "CPU", "ms", spread)],
        [
            Goal(
                name=f"{name}.wall",
                what="the peer's over ours",
                measured=value,
                peer="a peer",
                comparison="at least",
                limit=4,
                why=why,
            )
        ],
        ["A note."],
    )


def _written(tmp_path: Path, *rows: RowResult) -> tuple[dict[str, Any], str]:
    data, text = write_results(tmp_path, as_json(rows, MACHINE))
    return json.loads(data.read_text()), text.read_text()


def test_each_goal_is_written_with_name_value_peer_goal_and_met(tmp_path: Path) -> None:
    document, _ = _written(tmp_path, _row("first", 5.0), _row("second", 3.0))
    shown = [(g["name"], g["value"], g["peer"], g["goal"], g["met"]) for g in document["goals"]]
    assert shown == [
        ("first.wall", 5.0, "a peer", "at least 4", True),
        ("second.wall", 3.0, "a peer", "at least 4", False),
    ]


def test_each_row_is_written_with_median_spread_and_machine(tmp_path: Path) -> None:
    document, _ = _written(tmp_path, _row("first", 5.0))
    (row,) = document["rows"]
    assert row["machine"] == MACHINE
    assert row["figures"][0]["spread"] == {"median": 5.5, "least": 5.0, "most": 6.0, "runs": 2}


def test_a_missed_goal_stands_out_in_the_text_with_its_reason(tmp_path: Path) -> None:
    _, text = _written(tmp_path, _row("first", 3.0, why="It waits."))
    assert "| at least 4 | **no** |" in text
    assert "- `first.wall`: It waits." in text


def test_a_goal_that_is_met_needs_no_reason(tmp_path: Path) -> None:
    document, text = _written(tmp_path, _row("first", 4.0, why="It waits."))
    assert document["goals"][0]["why"] == ""
    assert "It waits." not in text


def test_the_text_shows_what_the_data_holds(tmp_path: Path) -> None:
    _, text = _written(tmp_path, _row("first", 5.0))
    assert "| ours | 5.5 (5 to 6) |  |" in text
    assert "- A note." in text


def test_a_count_has_no_unit_in_its_heading(tmp_path: Path) -> None:
    calls = Figure("ours", "AWS calls", "", Spread.of([1]))
    _, text = _written(tmp_path, RowResult("first", "About", [calls], []))
    assert "| Program | AWS calls |" in text


def test_a_row_that_is_not_measured_now_stays_as_it_was() -> None:
    before = as_json([_row("first", 1.0), _row("second", 2.0)], {"on": "before"})
    now = as_json([_row("second", 9.0)], {"on": "now"})
    document = merged(before, now, ["first", "second"])
    assert [goal["value"] for goal in document["goals"]] == [1.0, 9.0]
    assert [row["machine"]["on"] for row in document["rows"]] == ["before", "now"]


def test_a_row_that_is_gone_does_not_stay() -> None:
    before = as_json([_row("gone", 1.0)], MACHINE)
    document = merged(before, as_json([_row("first", 5.0)], MACHINE), ["first"])
    assert [goal["row"] for goal in document["goals"]] == ["first"]
    assert [row["name"] for row in document["rows"]] == ["first"]


def test_the_results_that_are_kept_are_shown_as_they_are() -> None:
    bench = Path(__file__).parents[2] / "bench"
    document = json.loads((bench / "results.json").read_text())
    assert (bench / "results.md").read_text() == as_markdown(document)
