"""The results for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["as_markdown", "figure_text"]

SIGNIFICANT = 3
"""Digits of a figure: more would pretend."""


def as_markdown(document: Mapping[str, Any]) -> str:
    """All goals in one table, then each row with its figures and what has to be known of it."""
    lines = [
        "# Measured beside what users would pick instead",
        "",
        "Written by `make bench`; [how it is measured](../docs/benchmarks.md). Medians, with least",
        "and most of the runs in brackets.",
        "",
        *_goals(document["goals"]),
    ]
    for row in document["rows"]:
        lines += ["", f"## {row['title']}", "", *_figures(row["figures"])]
        lines += ["", *(f"- {note}" for note in row["notes"])] if row["notes"] else []
        lines += ["", f"Measured: {_machine(row['machine'])}."]
    return "\n".join(lines) + "\n"


def figure_text(value: float) -> str:
    """A number with three significant digits, and no exponent.

    >>> [figure_text(value) for value in (0.12345, 1.0, 48215.3)]
    ['0.123', '1', '48,215']
    """
    if abs(value) >= 10**SIGNIFICANT:
        return f"{value:,.0f}"
    return f"{value:.{SIGNIFICANT}g}"


def _goals(goals: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _table(
        ("Goal", "What", "Value", "Beside", "Asked", "Met"),
        (
            (
                f"`{goal['name']}`",
                goal["what"],
                _value(goal),
                goal["peer"],
                goal["goal"],
                "yes" if goal["met"] else "**no**",
            )
            for goal in goals
        ),
    )
    reasons = [goal for goal in goals if goal["why"]]
    if reasons:
        yield ""
        yield from (f"- `{goal['name']}`: {goal['why']}" for goal in reasons)


def _figures(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line a program, one column a quantity."""
    quantities = list(dict.fromkeys(_quantity(figure) for figure in figures))
    programs = list(dict.fromkeys(figure["program"] for figure in figures))
    shown = {
        (figure["program"], _quantity(figure)): _spread(figure["spread"]) for figure in figures
    }
    yield from _table(
        ("Program", *quantities),
        (
            (program, *(shown.get((program, quantity), "") for quantity in quantities))
            for program in programs
        ),
    )


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for cells in lines:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _quantity(figure: Mapping[str, Any]) -> str:
    return ", ".join(word for word in (figure["quantity"], figure["unit"]) if word)


def _value(goal: Mapping[str, Any]) -> str:
    if goal["value"] is None:
        return "not measured"
    return _spread(goal["spread"]) if goal["spread"] else figure_text(goal["value"])


def _spread(spread: Mapping[str, float]) -> str:
    if spread["least"] == spread["most"]:
        return figure_text(spread["median"])
    ends = f"{figure_text(spread['least'])} to {figure_text(spread['most'])}"
    return f"{figure_text(spread['median'])} ({ends})"


def _machine(machine: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in machine.items())
