"""``python -m bench``: measure, print the goals, write ``bench/results.json`` and ``.md``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bench.cost.row import Cost
from bench.growth.row import Growing
from bench.machine import machine
from bench.markdown import figure_text
from bench.results import as_json, merged, write_results
from bench.row import BenchError, Effort, Row
from bench.rows.cold_start import ColdStart
from bench.rows.consumer import Consumer
from bench.rows.first_batch import FirstBatch
from bench.rows.intake import Intake
from bench.rows.synth import Synth

MISSED = 1
BROKEN = 2
RUNS = 7
QUICK_RUNS = 2
HERE = Path(__file__).parent


def all_rows() -> list[Row]:
    """Return every row, in the order of the table. A row more is an entry more here."""
    return [Intake(), Consumer(), FirstBatch(), ColdStart(), Synth(), Cost(), Growing()]


@click.command()
@click.option("--only", "names", multiple=True, metavar="ROW", help="This row; may be repeated.")
@click.option("--runs", type=click.IntRange(min=1), help=f"Rounds. Default {RUNS}.")
@click.option("--quick", is_flag=True, help="Few iterations: to see that it works, not to publish.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=HERE,
              help="Directory of results.json and results.md.")  # fmt: skip
@click.option("--fail-on-missed", is_flag=True, help=f"Exit with {MISSED} if a goal is missed.")
def main(
    names: tuple[str, ...], runs: int | None, quick: bool, output: Path, fail_on_missed: bool
) -> None:
    """Measure the checkout side by side with what users would pick instead.

    A missed goal is reported, and is no error. Rows that are not measured, or break, stay in the
    results as they were measured before.
    """
    rows = all_rows()
    known = [row.name for row in rows]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.BadParameter(
            f"{', '.join(unknown)}; the rows are {', '.join(known)}", param_hint="--only"
        )
    effort = Effort(runs=runs or (QUICK_RUNS if quick else RUNS), quick=quick)
    about = machine(effort.runs, quick=quick)
    goals: list[Mapping[str, Any]] = []
    broken = False
    output.mkdir(parents=True, exist_ok=True)
    for row in rows:
        if names and row.name not in names:
            continue
        try:
            result = row.measure(effort, lambda line: click.echo(line, err=True))
        except BenchError as error:
            click.echo(f"{row.name} is broken: {error}", err=True)
            broken = True
            continue
        measured = as_json([result], about)
        goals += measured["goals"]
        # After each row: a long run that is stopped keeps what it has measured.
        write_results(output, merged(_before(output), measured, known))
    _print_goals(goals)
    click.echo(f"written: {output / 'results.json'} and results.md", err=True)
    if broken:
        raise SystemExit(BROKEN)
    if fail_on_missed and not all(goal["met"] for goal in goals):
        raise SystemExit(MISSED)


def _before(directory: Path) -> dict[str, Any]:
    file = directory / "results.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return {"goals": found.get("goals", []), "rows": found.get("rows", [])}


def _print_goals(goals: Sequence[Mapping[str, Any]]) -> None:
    table = Table("goal", "value", "compared with", "asked", "met")
    for goal in goals:
        met = "[green]yes[/]" if goal["met"] else "[red]no[/]"
        table.add_row(goal["name"], figure_text(goal["value"]), goal["peer"], goal["goal"], met)
    Console().print(table)


if __name__ == "__main__":
    main(prog_name="python -m bench")
