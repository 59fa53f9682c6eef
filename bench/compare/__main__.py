"""``make compare``: seven checkouts, the same buyer, the same faults."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.progress import Progress

from bench.compare.fault_plan import FURTHER, INTENSITIES
from bench.compare.playing import KEYED, WORKFLOWS, play, quiet
from bench.compare.report import as_json, as_markdown, figures, write
from bench.compare.tally import Row, tally

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
@click.option(
    "--write",
    "write_wanted",
    is_flag=True,
    help="Write bench/compare.* and the table in the README.",
)
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
    write_wanted: bool,
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
        rows = _rows(purchases, seed)
    counted = figures(seed, purchases, rows)
    if write_wanted:
        write(counted)
    click.echo(as_json(counted) if json_wanted else as_markdown(counted), nl=False)
    for row in rows:
        for defect in row.defects:
            where = f"{row.workflow.name}, {row.intensity.name}, seed {seed}"
            click.echo(f"{where}, {defect}", err=True)
    ours = [row for row in rows if row.workflow.deploy is None]
    sys.exit(0 if all(row.keeps_the_promise for row in ours) else BROKEN)


def _rows(purchases: int, seed: int) -> list[Row]:
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
    return rows


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
