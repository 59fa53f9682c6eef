"""The results as JSON, for programs, and as Markdown, for people."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.figures import Goal, Spread
from bench.markdown import as_markdown
from bench.row import RowResult

Document = dict[str, Any]


def as_json(rows: Sequence[RowResult], machine: Mapping[str, str]) -> Document:
    """All of it as what ``json`` can write; ``goals`` is every goal of every row in one list."""
    return {
        "goals": [_goal(goal) for row in rows for goal in row.goals],
        "rows": [
            {
                "name": row.name,
                "title": row.title,
                "machine": dict(machine),
                "figures": [dataclasses.asdict(figure) for figure in row.figures],
                "notes": row.notes,
            }
            for row in rows
        ],
    }


def merged(before: Document, now: Document, order: Sequence[str]) -> Document:
    """Rows measured now, and those measured before that were not measured now, in table order."""
    fresh = {row["name"] for row in now["rows"]}
    rows = now["rows"] + [row for row in before["rows"] if row["name"] not in fresh]
    rows = [row for row in rows if row["name"] in order]
    rows.sort(key=lambda row: order.index(row["name"]))
    goals = now["goals"] + [goal for goal in before["goals"] if goal["row"] not in fresh]
    goals = [goal for goal in goals if goal["row"] in order]
    goals.sort(key=lambda goal: order.index(goal["row"]))
    return {"goals": goals, "rows": rows}


def write_results(directory: Path, document: Document) -> tuple[Path, Path]:
    """Write ``results.json`` and ``results.md``."""
    data, text = directory / "results.json", directory / "results.md"
    data.write_text(json.dumps(document, indent=1) + "\n")
    text.write_text(as_markdown(document))
    return data, text


def _goal(goal: Goal) -> Document:
    return {
        "name": goal.name,
        "row": goal.name.partition(".")[0],
        "what": goal.what,
        "value": goal.value,
        "spread": dataclasses.asdict(goal.measured) if isinstance(goal.measured, Spread) else None,
        "peer": goal.peer,
        "goal": goal.asked,
        "met": goal.met,
        "why": "" if goal.met else goal.why,
    }
