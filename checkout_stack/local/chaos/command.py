"""``checkout local chaos``."""

from __future__ import annotations

import dataclasses
import json
import secrets

import click
from rich.console import Console
from rich.table import Table

from checkout_stack.local.chaos.run import ChaosVerdict, run_chaos
from checkout_stack.local.local_checkout import local_checkout
from checkout_stack.local.local_run import tidy
from checkout_stack.local.messages import Progress
from checkout_stack.local.places import Places
from checkout_stack.local.ports import Ports

NOT_AS_PROMISED = 1


def chaos(minutes: float, seed: int | None, json_wanted: bool) -> None:
    """Run it, print the figures, and exit with 1 if the promise was broken."""
    progress = Progress()
    places = Places.of_this_clone()
    tidy(places.runs, progress.say)
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    progress.say(f"seed {seed}, {minutes:g} minutes")
    ports = Ports.choose(api=None, aws=None, payment_service=None)
    with local_checkout(places, ports, progress) as checkout:
        verdict = run_chaos(checkout, places, progress, minutes=minutes, seed=seed)
        if not verdict.as_promised:
            progress.say(f"logs: {checkout.directory / 'logs'}")
    if json_wanted:
        click.echo(json.dumps(dataclasses.asdict(verdict), indent=2))
    else:
        print_verdict(verdict, Console())
    if not verdict.as_promised:
        raise SystemExit(NOT_AS_PROMISED)


def print_verdict(verdict: ChaosVerdict, console: Console) -> None:
    """Print figures and, if there are any, violations."""
    table = Table(title=f"Chaos, seed {verdict.seed}")
    table.add_column("what")
    table.add_column("count", justify="right")
    for part in (verdict.disturbances, verdict.figures, verdict.states):
        for name, value in part.items():
            table.add_row(name, f"{value:,}")
        table.add_section()
    table.add_row("violations", str(len(verdict.violations)))
    console.print(table)
    for violation in verdict.violations:
        console.print(f"[red]{violation}[/]", highlight=False)
