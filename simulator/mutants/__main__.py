"""``make verify ARGS=--mutants``: change the code in one place at a time; a test has to notice."""

from __future__ import annotations

import json
import os
import sys
import time

import click

from simulator.mutants.judging import Verdict
from simulator.mutants.mutant import Mutant
from simulator.mutants.run import MutationRun, Result, all_mutants

SURVIVED = 1
_NAMES = {
    "by_test": "noticed by a test",
    "by_simulator": "noticed by the simulator",
    "by_time": "noticed by time",
}


@click.command(
    epilog="\b\nExit codes:\n  0  every mutant that was tried was noticed\n"
    "  1  one survived, a test is red by itself, or an entry of the equivalents is stale\n"
    "  2  the command line is wrong"
)
@click.option("--minutes", type=click.FloatRange(0.01), default=30.0, show_default=True)
@click.option("--first-seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count(), show_default="cores")
@click.option("--only", default="", help="Mutants of files whose path has this in it.")
@click.option("--mutant", "identity", help="Show one mutant, and what the tests say to it.")
@click.option("--json", "json_wanted", is_flag=True, help="Print the figures as JSON.")
def mutate(
    minutes: float,
    first_seed: int,
    workers: int,
    only: str,
    identity: str | None,
    json_wanted: bool,
) -> None:
    """Change the code that decides about money in one place at a time."""
    ends = time.monotonic() + minutes * 60
    mutants = [mutant for mutant in all_mutants() if only in mutant.module]
    if identity is not None:
        mutants = [mutant for mutant in mutants if mutant.id == identity]
    if not mutants:
        raise click.UsageError("no such mutant")
    run = MutationRun(workers, lambda line: click.echo(line, err=True))
    run.prepare()
    if identity is not None:
        sys.exit(_show(run, mutants[0]))
    result = run.run(mutants, first_seed, ends)
    _report(result, json_wanted)
    sys.exit(0 if result.is_clean else SURVIVED)


def _show(run: MutationRun, mutant: Mutant) -> int:
    click.echo(f"{mutant.path}:{mutant.line} ({mutant.change})\n{mutant.diff()}")
    verdict = run.show(mutant)
    click.echo(_NAMES.get(verdict.name.lower(), verdict.name.lower()))
    return SURVIVED if verdict is Verdict.SURVIVED else 0


def _report(result: Result, json_wanted: bool) -> None:
    noticed = result.noticed.total()
    figures = {
        "mutants": result.mutants,
        "tried": result.tried,
        "noticed": noticed,
        **{name: result.noticed[key] for key, name in _NAMES.items()},
        "equivalent": result.equivalent,
        "survived": len(result.survivors),
        "crashed at import": [mutant.id for mutant in result.crashed],
        "no time for": result.mutants - result.equivalent - result.tried,
        "red by itself": result.red,
        "stale equivalents": result.stale,
        "survivors": [
            {
                "id": mutant.id,
                "place": f"{mutant.module}:{mutant.line}",
                "change": mutant.change,
                "diff": mutant.diff(),
            }
            for mutant in result.survivors
        ],
    }
    if json_wanted:
        click.echo(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        if name != "survivors":
            click.echo(f"{name:<26} {value}")
    for mutant in result.survivors:
        click.echo(f"\n{mutant.path}:{mutant.line} ({mutant.change})\n{mutant.diff()}")
        click.echo(f'again: make verify ARGS="--mutant {mutant.id}"')


if __name__ == "__main__":
    mutate()
