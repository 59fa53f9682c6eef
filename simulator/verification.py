"""Run schedules on every core and gather what they show."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from simulator.boundaries import BOUNDARIES, PAIRS
from simulator.directed import directed_schedules, pairs_to_cover
from simulator.exploration import EXHAUSTIVE, explore
from simulator.random_cases import case_of, plan_of
from simulator.world import Outcome, run_schedule

__all__ = ["SEEDS_APART", "Gathered", "run_directed", "run_exhaustive", "run_random"]

SEEDS_APART = 1_000_000_000
"""Between the schedules of one first seed and those of the next."""
_CHUNK = 100
Say = Callable[["Gathered"], None]


@dataclass(slots=True)
class Gathered:
    """What a number of schedules showed."""

    schedules: int = 0
    steps: int = 0
    charges: int = 0
    states: Counter[str] = field(default_factory=Counter)
    reviews: Counter[str] = field(default_factory=Counter)
    """Orders that were left in review, by their reasons."""
    covered: dict[str, str] = field(default_factory=dict)
    """Boundaries, each with a schedule that came to it."""
    troubled: set[tuple[str, str]] = field(default_factory=set)
    violations: list[tuple[str, str]] = field(default_factory=list)
    """Which schedule, and what it broke."""

    def add(self, name: str, outcome: Outcome) -> None:
        """Count one schedule."""
        self.schedules += 1
        self.steps += outcome.steps
        self.charges += outcome.charges
        self.states += outcome.final_states
        self.reviews += outcome.reviews
        self.covered |= dict.fromkeys(outcome.covered, name)
        self.troubled |= outcome.troubled
        if outcome.problem is not None:
            problem = f"{type(outcome.problem).__name__}: {outcome.problem}"
            self.violations.append((name, problem))

    def merge(self, other: Gathered) -> None:
        """Count what another process gathered."""
        self.schedules += other.schedules
        self.steps += other.steps
        self.charges += other.charges
        self.states += other.states
        self.reviews += other.reviews
        self.covered |= other.covered
        self.troubled |= other.troubled
        self.violations += other.violations

    @property
    def not_covered(self) -> list[str]:
        """Pairs of a boundary and a fault that no schedule came to, and boundaries unlisted."""
        missing = [f"{boundary} x {fault}" for boundary, fault in PAIRS - self.troubled]
        unlisted = self.covered.keys() - BOUNDARIES
        return sorted(
            [*missing, *(f"not listed: {each}, in {self.covered[each]}" for each in unlisted)]
        )

    @property
    def review_share(self) -> dict[str, str]:
        """What part of the orders was left in review, and for what reasons."""
        orders = sum(self.states.values()) or 1
        shares = {"all": self.states["NEEDS_REVIEW"], **dict(self.reviews.most_common())}
        return {name: f"{100 * count / orders:.1f} %" for name, count in shares.items()}


def run_directed(workers: int) -> Gathered:
    """Come to every boundary, and to every fault there."""
    gathered = Gathered()
    for part in _in_processes(partial(_direct_part, workers), iter(range(workers)), workers):
        gathered.merge(part)
    return gathered


def run_exhaustive(
    workers: int,
    say: Callable[[str, int], None],
    *,
    most_faults: int = 2,
    stop_at_violation: bool = False,
) -> Gathered:
    """Explore every case to its bound; ``say`` gets each name and its number of schedules.

    ``most_faults`` lowers the bounds, for a quick look. A case whose schedules are broken may make
    each of them run for weeks of virtual time, so a hunt ends with the first.
    """
    gathered = Gathered()
    for place, exploration in enumerate(EXHAUSTIVE):
        before = gathered.schedules
        for part in _in_processes(
            partial(_explore_part, place, most_faults, stop_at_violation, workers),
            iter(range(workers)),
            workers,
        ):
            gathered.merge(part)
        say(exploration.name, gathered.schedules - before)
        if stop_at_violation and gathered.violations:
            break
    return gathered


def run_random(
    first_seed: int,
    schedules: int | None,
    seconds: float | None,
    workers: int,
    say: Say,
    *,
    stop_at_violation: bool = False,
) -> Gathered:
    """Run seeded schedules until there were so many, or the time is over."""
    began = time.monotonic()
    gathered = Gathered()

    def chunks() -> Iterator[tuple[int, int]]:
        start = first_seed * SEEDS_APART
        done = 0
        while schedules is None or done < schedules:
            over = seconds is not None and time.monotonic() - began > seconds
            if over or (stop_at_violation and gathered.violations):
                return
            size = _CHUNK if schedules is None else min(_CHUNK, schedules - done)
            yield start + done, size
            done += size

    for part in _in_processes(_run_chunk, chunks(), workers):
        gathered.merge(part)
        say(gathered)
    return gathered


def _direct_part(parts: int, part: int) -> Gathered:
    logging.disable(logging.CRITICAL)
    gathered = Gathered()
    for name, outcome in directed_schedules(pairs_to_cover()[part::parts]):
        gathered.add(name, outcome)
    return gathered


def _explore_part(
    place: int, most_faults: int, stop_at_violation: bool, parts: int, part: int
) -> Gathered:
    logging.disable(logging.CRITICAL)
    gathered = Gathered()
    exploration = EXHAUSTIVE[place]
    exploration = replace(exploration, most_faults=min(exploration.most_faults, most_faults))
    for schedule, outcome in explore(exploration, part, parts):
        gathered.add(f"{exploration.name} {schedule.faults}", outcome)
        if stop_at_violation and gathered.violations:
            break
    return gathered


def _run_chunk(chunk: tuple[int, int]) -> Gathered:
    logging.disable(logging.CRITICAL)
    start, size = chunk
    gathered = Gathered()
    with _collected_at_the_end():
        for seed in range(start, start + size):
            gathered.add(f"seed {seed}", run_schedule(case_of(seed), plan_of(seed)))
    return gathered


@contextmanager
def _collected_at_the_end() -> Iterator[None]:
    """Leave the garbage of some schedules lying about: collecting all the time costs a sixth.

    What was imported is no garbage: looking at it takes a third of the collecting.
    """
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


def _in_processes(
    work: Callable[..., Gathered], inputs: Iterator[object], workers: int
) -> Iterator[Gathered]:
    if workers == 1:
        yield from map(work, inputs)
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pending = []
        for each in inputs:
            pending.append(pool.apply_async(work, (each,)))
            # Few ahead, so that an end by time or by a violation is one soon.
            while len(pending) > 2 * workers:
                yield pending.pop(0).get()
        for result in pending:
            yield result.get()
