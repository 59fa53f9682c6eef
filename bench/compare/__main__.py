"""``make compare``: seven checkouts, the same buyer, the same faults."""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.compare.fault_plan import FURTHER, INTENSITIES
from bench.compare.playing import KEYED, WORKFLOWS, play, quiet
from bench.compare.plot import as_svg
from bench.compare.report import HEADINGS, Comparison, as_json, as_markdown, cells
from bench.compare.summary import in_page
from bench.compare.tally import Row, tally

BENCH = Path(__file__).parents[1]
README = BENCH.parent / "README.md"
BROKEN = 1
_ALL = WORKFLOWS | KEYED
_FAULTS = INTENSITIES | FURTHER


@click.command(
    epilog="\b\nExit codes:\n  0  played, and this project's checkout kept its promise\n"
    "  1  it charged twice, lost or ordered twice; or --story found no double charge\n"
    "  2  the command line is wrong"
)
@click.option("--purchases", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--json", "json_wanted", is_flag=True, help="Print the figures as JSON.")
@click.option("--write", is_flag=True, help="Write bench/compare.* and the table in the README.")
@click.option(
    "--story", type=click.Choice(list(_ALL)), help="Tell a double charge, step by step, and end."
)
@click.option(
    "--faults",
    type=click.Choice(list(_FAULTS)),
    default="faults-5",
    show_default=True,
    help="For --story: how much goes wrong.",
)
@click.option("--purchase", type=click.IntRange(0), help="For --story: this purchase, however.")
def compare(
    purchases: int,
    seed: int,
    json_wanted: bool,
    write: bool,
    story: str | None,
    faults: str,
    purchase: int | None,
) -> None:
    """Let seven workflows make the same purchases under the same faults, in virtual time."""
    if story is None and purchase is not None:
        raise click.UsageError("--purchase belongs to --story: name a workflow to tell of.")
    with quiet():
        if story is not None:
            sys.exit(_tell(story, seed, faults, purchase, purchases))
        comparison = _compared(purchases, seed)
    if write:
        (BENCH / "compare.json").write_text(as_json(comparison), encoding="utf-8")
        (BENCH / "compare.md").write_text(as_markdown(comparison), encoding="utf-8")
        (BENCH / "compare.svg").write_text(as_svg(comparison), encoding="utf-8")
        page = in_page(README.read_text(encoding="utf-8"), json.loads(as_json(comparison)))
        README.write_text(page, encoding="utf-8")
    if json_wanted:
        click.echo(as_json(comparison), nl=False)
    else:
        _show(comparison)
    for row in comparison.rows:
        for defect in row.defects:
            where = f"{row.workflow.name}, {row.intensity.name}, seed {seed}"
            click.echo(f"{where}, {defect}", err=True)
    sys.exit(0 if comparison.ours_keeps_the_promise else BROKEN)


def _compared(purchases: int, seed: int) -> Comparison:
    pairs = [(intensity, workflow) for intensity in _FAULTS.values() for workflow in _ALL.values()]
    rows: list[Row] = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(pairs) * purchases)
        for intensity, workflow in pairs:
            progress.update(task, description=f"{intensity.name}: {workflow.name}")
            rows.append(
                tally(
                    workflow,
                    intensity,
                    seed=seed,
                    purchases=purchases,
                    on_played=lambda: progress.advance(task),
                )
            )
    return Comparison(seed, purchases, rows)


def _show(comparison: Comparison) -> None:
    console = Console()
    for intensity, rows in groupby(comparison.rows, key=lambda row: row.intensity):
        table = Table(*HEADINGS, title=intensity.says, title_justify="left")
        for column in table.columns[1:]:
            column.justify = "right"
        for row in rows:
            table.add_row(*cells(row))
        console.print(table)


def _tell(name: str, seed: int, faults: str, purchase: int | None, purchases: int) -> int:
    workflow, intensity = _ALL[name], _FAULTS[faults]
    numbers = range(purchases) if purchase is None else [purchase]
    for number in numbers:
        played = play(workflow, seed, number, intensity)
        if purchase is not None or played.charges > 1:
            click.echo(f"{workflow.title}, {intensity.says}, seed {seed}, purchase {number}")
            for trouble in played.troubles:
                click.echo(f"  {trouble}")
            play(workflow, seed, number, intensity, click.echo)
            click.echo(f"ended with {played.orders} orders and {played.charges} charges")
            return 0
    click.echo(
        f"none of {purchases} purchases was charged twice by {name} under {faults}, seed {seed}; "
        "another --seed or --faults may show one, --purchase tells of any purchase",
        err=True,
    )
    return BROKEN


if __name__ == "__main__":
    compare()
