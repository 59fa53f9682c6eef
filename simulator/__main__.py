"""``make verify``: search for a schedule that charges anybody twice, and show what was searched."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import click

from simulator.boundaries import PAIRS
from simulator.directed import directed_schedules, pairs_to_cover
from simulator.exploration import Schedule
from simulator.guard_check import VIOLATION_FOUND, Checked, check_guards
from simulator.random_cases import case_of, plan_of
from simulator.shrinking import shrunk, story_of
from simulator.verification import Gathered, run_directed, run_exhaustive, run_random
from simulator.world import run_schedule

PROGRESS_SECONDS = 15.0
VIOLATED = 1


@click.command(
    epilog="\b\nExit codes:\n  0  the promise held, every boundary, fault and guard was seen\n"
    "  1  it did not, or something was not seen\n  2  the command line is wrong\n"
    f"  {VIOLATION_FOUND}  --hunt found a violation"
)
@click.option(
    "--schedules", type=click.IntRange(1), help="How many random schedules; default 1,000,000."
)
@click.option(
    "--minutes",
    type=click.FloatRange(0.01),
    help="For how long at most; default 20 without --schedules.",
)
@click.option("--first-seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--seed", type=click.IntRange(0), help="Replay one schedule and tell its story.")
@click.option("--pair", help="Run the directed schedules of 'BOUNDARY x FAULT' and tell of each.")
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count(), show_default="cores")
@click.option("--guards/--no-guards", default=True, help="Remove each guard once.")
@click.option("--exhaustive/--no-exhaustive", default=True, help="All schedules of small cases.")
@click.option("--hunt", is_flag=True, help="Only search, and stop at the first violation.")
@click.option("--json", "json_wanted", is_flag=True, help="Print the figures as JSON.")
@click.option("--mutants", is_flag=True, help="Only change the code in one place at a time.")
@click.option("--mutant", "mutant_id", help="Show one mutant, and what the tests say to it.")
def verify(
    schedules: int | None,
    minutes: float | None,
    first_seed: int,
    seed: int | None,
    pair: str | None,
    workers: int,
    guards: bool,
    exhaustive: bool,
    hunt: bool,
    json_wanted: bool,
    mutants: bool,
    mutant_id: str | None,
) -> None:
    """Run the real code under every fault that the simulator knows, and check I1 to I8."""
    # As Ctrl-C does: the processes that search end with this one.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if mutants or mutant_id is not None:
        sys.exit(_mutate(minutes, first_seed, workers, mutant_id, json_wanted))
    if seed is not None:
        sys.exit(_replay(seed))
    if pair is not None:
        sys.exit(_direct(pair))
    if schedules is None and minutes is None:
        schedules, minutes = 1_000_000, 20.0
    seconds = None if minutes is None else minutes * 60

    def search(*, stop_at_violation: bool) -> Gathered:
        click.echo(f"random schedules from seed {first_seed}", err=True)
        return run_random(
            first_seed,
            schedules,
            seconds,
            workers,
            _Progress(),
            stop_at_violation=stop_at_violation,
        )

    if hunt:
        sys.exit(_hunt(search, workers, exhaustive=exhaustive))
    began = time.monotonic()
    gathered = run_directed(workers)
    directed = gathered.schedules
    click.echo(f"{directed:,} directed schedules", err=True)
    if exhaustive:
        gathered.merge(run_exhaustive(workers, _say_explored))
    random = search(stop_at_violation=False)
    gathered.merge(random)
    checked = check_guards(workers, lambda line: click.echo(line, err=True)) if guards else None
    took = time.monotonic() - began
    _report(gathered, directed, random, first_seed, took, checked, json_wanted)
    complete = not gathered.violations and not gathered.not_covered
    sys.exit(0 if complete and (checked is None or not checked.unnoticed) else VIOLATED)


def _hunt(search: Callable[..., Gathered], workers: int, *, exhaustive: bool) -> int:
    """Search at random, which finds most faults in seconds, then every schedule with one fault."""
    gathered = search(stop_at_violation=True)
    if exhaustive and not gathered.violations:
        gathered.merge(
            run_exhaustive(workers, _say_explored, most_faults=1, stop_at_violation=True)
        )
    if not gathered.violations:
        return 0
    _tell_violation(gathered)
    return VIOLATION_FOUND


def _mutate(
    minutes: float | None, first_seed: int, workers: int, mutant_id: str | None, json_wanted: bool
) -> int:
    """Run the mutants in an interpreter that has imported nothing of the runtime yet."""
    options = [f"--first-seed={first_seed}", f"--workers={workers}"]
    options += [f"--minutes={minutes}"] * (minutes is not None)
    options += [f"--mutant={mutant_id}"] * (mutant_id is not None) + ["--json"] * json_wanted
    return subprocess.call([sys.executable, "-m", "simulator.mutants", *options])


class _Progress:
    """One line every few seconds."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._told = 0

    def __call__(self, gathered: Gathered) -> None:
        for name, problem in gathered.violations[self._told :]:
            click.echo(f"  {name}: {problem}", err=True)
        self._told = len(gathered.violations)
        now = time.monotonic()
        if now - self._last >= PROGRESS_SECONDS:
            self._last = now
            rate = gathered.schedules / (now - self._began)
            click.echo(
                f"  {gathered.schedules:>9,} schedules, {rate:,.0f} a second, "
                f"{len(gathered.violations)} violations",
                err=True,
            )


def _say_explored(name: str, schedules: int) -> None:
    click.echo(f"all {schedules:,} schedules of: {name}", err=True)


def _report(
    gathered: Gathered,
    directed: int,
    random: Gathered,
    first_seed: int,
    seconds: float,
    checked: Checked | None,
    json_wanted: bool,
) -> None:
    figures = {
        "schedules": gathered.schedules,
        "directed": directed,
        "exhaustive": gathered.schedules - directed - random.schedules,
        "random": random.schedules,
        "first_seed": first_seed,
        "seconds": round(seconds, 1),
        "steps": gathered.steps,
        "charges": gathered.charges,
        "final_states": dict(sorted(gathered.states.items())),
        "left_in_review": random.review_share,
        "boundaries_with_faults": f"{len(PAIRS & gathered.troubled)}/{len(PAIRS)}",
        "not_covered": gathered.not_covered,
        "violations": gathered.violations[:20],
        "violations_found": len(gathered.violations),
    }
    if checked is not None:
        figures["guards"] = f"{checked.noticed}/{checked.total}"
        figures["guards_unnoticed"] = checked.unnoticed
    if json_wanted:
        click.echo(json.dumps(figures, indent=2))
    else:
        for name, value in figures.items():
            click.echo(f"{name.replace('_', ' '):<26} {value}")
    for name in gathered.not_covered:
        # The random schedule that came to an unlisted boundary is replayed by its seed.
        _, is_random, seed = name.partition(", in seed ")
        option = f"--seed {seed}" if is_random else f'--pair "{name}"'
        click.echo(f"not covered: {name}; python -m simulator {option}", err=True)
    if gathered.violations:
        _tell_violation(gathered)


def _tell_violation(gathered: Gathered) -> None:
    """Tell the first violation as shortly as it can be told."""
    name, problem = gathered.violations[0]
    click.echo(f"{name}: {problem}", err=True)
    if name.startswith("seed "):
        for line in story_of(shrunk(int(name.removeprefix("seed ")))):
            click.echo(line, err=True)


def _direct(pair: str) -> int:
    """Run what leads to a boundary and a fault; say which schedule shows them."""
    logging.disable(logging.CRITICAL)
    pairs = pairs_to_cover(pair)
    if not pairs:
        click.echo(f"no boundary and fault has {pair!r} in its name", err=True)
        return VIOLATED
    wanted = {(boundary, fault.name) for boundary, fault in pairs}
    broken = False
    for name, outcome in directed_schedules(pairs):
        if outcome.problem is not None:
            broken = True
            click.echo(f"{name}: {outcome.problem}")
        elif wanted & outcome.troubled:
            click.echo(f"shown by: {name}")
        wanted -= outcome.troubled
    for boundary, fault in sorted(wanted):
        click.echo(f"shown by no schedule: {boundary} x {fault}")
    return VIOLATED if broken or wanted else 0


def _replay(seed: int) -> int:
    logging.disable(logging.CRITICAL)
    plan, case = plan_of(seed), case_of(seed)
    outcome = run_schedule(case, plan)
    click.echo(f"seed {seed}: {case}")
    for line in story_of(Schedule(case, plan.drawn)):
        click.echo(line)
    return 0 if outcome.problem is None else VIOLATED


if __name__ == "__main__":
    verify()
