"""Tables in Markdown, the pages that hold them, and the results for people to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SIGNIFICANT = 3
"""Digits of a figure: more would pretend."""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], words: int | None = None) -> str:
    """Return a table; the first ``words`` columns are text, by default all; the others numbers.

    >>> table(["what", "how many"], [["a|b", "2"]], words=1)
    '| what | how many |\\n| --- | --: |\\n| a\\\\|b | 2 |'
    """
    words = len(columns) if words is None else words
    ruler = ["---"] * words + ["--:"] * (len(columns) - words)
    escaped = ([cell.replace("|", r"\|") for cell in cells] for cells in rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, ruler, *escaped))


def with_blocks(page: str, blocks: Iterable[str]) -> str:
    """Return a page with what is generated in place; the rest of the page is written by hand.

    Each block replaces the next paragraph, or table, that begins with the same words: its first
    line up to the first digit.

    >>> with_blocks("By hand.\\n\\nWrites: 4 units.\\n", ["Writes: 5 units."])
    'By hand.\\n\\nWrites: 5 units.\\n'

    :raises ValueError: the page has no such paragraph behind the one before.
    """
    paragraphs = page.removesuffix("\n").split("\n\n")
    at = 0
    for block in blocks:
        begin = re.split(r"[\d\n]", block)[0]
        while at < len(paragraphs) and not paragraphs[at].startswith(begin):
            at += 1
        if at == len(paragraphs):
            raise ValueError(f"the page has no paragraph that begins with {begin!r}")
        paragraphs[at] = block
        at += 1
    return "\n\n".join(paragraphs) + "\n"


def as_markdown(document: Mapping[str, Any]) -> str:
    """All goals in one table, then each row with its figures and what has to be known of it."""
    lines = [
        "# Compared with what users would pick instead",
        "",
        "Written by `make bench`; [how it is measured](../docs/internals/benchmarks.md). Medians,",
        "with least and most of the runs in brackets.",
        "",
        _goals(document["goals"]),
    ]
    for row in document["rows"]:
        lines += ["", f"## {row['title']}", "", _figures(row["figures"])]
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


def _goals(goals: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            f"`{goal['name']}`",
            goal["what"],
            _spread(goal["spread"]) if goal["spread"] else figure_text(goal["value"]),
            goal["peer"],
            goal["goal"],
            "yes" if goal["met"] else "**no**",
        )
        for goal in goals
    ]
    reasons = "\n".join(f"- `{goal['name']}`: {goal['why']}" for goal in goals if goal["why"])
    judged = table(("Goal", "What", "Value", "Compared with", "Asked", "Met"), rows)
    return f"{judged}\n\n{reasons}" if reasons else judged


def _figures(figures: Sequence[Mapping[str, Any]]) -> str:
    """One line a program, one column a quantity."""
    quantities = list(dict.fromkeys(_quantity(figure) for figure in figures))
    programs = list(dict.fromkeys(figure["program"] for figure in figures))
    shown = {
        (figure["program"], _quantity(figure)): _spread(figure["spread"]) for figure in figures
    }
    return table(
        ("Program", *quantities),
        (
            (program, *(shown.get((program, quantity), "") for quantity in quantities))
            for program in programs
        ),
    )


def _quantity(figure: Mapping[str, Any]) -> str:
    return ", ".join(word for word in (figure["quantity"], figure["unit"]) if word)


def _spread(spread: Mapping[str, float]) -> str:
    if spread["least"] == spread["most"]:
        return figure_text(spread["median"])
    ends = f"{figure_text(spread['least'])} to {figure_text(spread['most'])}"
    return f"{figure_text(spread['median'])} ({ends})"


def _machine(machine: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in machine.items())
