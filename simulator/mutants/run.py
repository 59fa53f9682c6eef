"""Try mutants in processes of their own, as many as the time allows."""

from __future__ import annotations

import ast
import multiprocessing
import pickle
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from simulator.mutants.equivalents import Equivalents
from simulator.mutants.expression_edits import changed_expressions
from simulator.mutants.judging import (
    Judge,
    Verdict,
    collect_and,
    judge,
    record,
    test_files,
    warm_up,
)
from simulator.mutants.mutant import RUNTIME, Mutant, mutants_of
from simulator.mutants.selection import Recorded

__all__ = ["MutationRun", "Result", "all_mutants", "verdict_of"]

FOLDERS = ("domain", "application")
PART = 500
"""Mutants that are tried to their end before the next ones. Each part collects the tests anew."""
_FORK = multiprocessing.get_context("fork")


@dataclass(slots=True)
class Result:
    """What came of a run."""

    mutants: int
    """All there are, those included for which there was no time."""
    equivalent: int = 0
    noticed: Counter[str] = field(default_factory=Counter)
    """Mutants that were noticed, by what."""
    survivors: list[Mutant] = field(default_factory=list)
    crashed: list[Mutant] = field(default_factory=list)
    """Mutants that cannot be imported. They show nothing about the tests: neither noticed nor
    survivors."""
    stale: list[str] = field(default_factory=list)
    """Entries of the list of equivalents that stand for no mutant any more."""
    red: list[str] = field(default_factory=list)
    """Tests that fail without any change, and would notice anything."""

    @property
    def tried(self) -> int:
        """Mutants for which there was time."""
        return self.noticed.total() + len(self.survivors) + len(self.crashed)

    @property
    def is_clean(self) -> bool:
        """Whether everything that was tried was noticed."""
        return not (self.survivors or self.stale or self.red)


def all_mutants() -> list[Mutant]:
    """Return every mutant of the code that decides about money."""
    found = []
    for folder in (*FOLDERS, "adapters"):
        for path in sorted((RUNTIME / folder).glob("*.py")):
            asks_dynamodb = folder == "adapters" and _has_expressions(path)
            if folder in FOLDERS or asks_dynamodb:
                module = path.relative_to(RUNTIME).as_posix()
                found += mutants_of(module, has_expressions=asks_dynamodb)
    return found


def _has_expressions(path: Path) -> bool:
    """Tell whether a file of adapters says what is written to DynamoDB, and on which conditions."""
    return any(any(changed_expressions(node)) for node in ast.walk(ast.parse(path.read_bytes())))


class MutationRun:
    """Knows which tests run which lines, and tries mutants on them."""

    def __init__(self, workers: int, say: Callable[[str], None]) -> None:
        self._workers, self._say = workers, say
        self._recorded = Recorded()

    def prepare(self) -> None:
        """Run the tests without any change, and import what no mutant changes."""
        began = time.monotonic()
        files = test_files()
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
            parts = [Path(folder) / str(number) for number in range(self._workers)]
            started = [
                _FORK.Process(target=_record_into, args=(part, files[number :: self._workers]))
                for number, part in enumerate(parts)
            ]
            for process in started:
                process.start()
            for process, part in zip(started, parts, strict=True):
                process.join()
                self._recorded.merge(pickle.loads(part.read_bytes()))
        warm_up(self._recorded.imported)
        seconds = time.monotonic() - began
        self._say(f"{len(self._recorded.seconds):,} tests judge, recorded in {seconds:.0f} s")

    def run(self, mutants: Sequence[Mutant], seed: int, ends: float) -> Result:
        """Try mutants in a random order until ``ends``, a time of ``time.monotonic``."""
        equivalents = Equivalents()
        wanted = [mutant for mutant in mutants if equivalents.reason(mutant) is None]
        random.Random(seed).shuffle(wanted)
        result = Result(
            mutants=len(mutants),
            equivalent=len(mutants) - len(wanted),
            stale=equivalents.stale(all_mutants()),
            red=self._recorded.failed,
        )
        for mutant, verdict in self._tried(wanted, ends):
            if verdict is Verdict.SURVIVED:
                result.survivors.append(mutant)
                self._say(f"  survived: {_in_words(mutant)}")
            elif verdict is Verdict.CRASHED:
                result.crashed.append(mutant)
                self._say(f"  ERROR, cannot be imported: {_in_words(mutant)}")
            else:
                result.noticed[verdict.name.lower()] += 1
            if result.tried % 100 == 0:
                self._say(f"  {result.tried:,} of {len(wanted):,} mutants tried")
        result.survivors.sort(key=lambda mutant: (mutant.module, mutant.line))
        return result

    def show(self, mutant: Mutant) -> Verdict:
        """Try one mutant, and let the tests tell what they see."""
        tests = self._recorded.tests_for(mutant)
        shown = partial(judge, shown=True)
        process = _FORK.Process(target=_judge_and_exit, args=(shown, mutant, tests))
        process.start()
        process.join()
        return verdict_of(process)

    def _tried(self, mutants: list[Mutant], ends: float) -> Iterator[tuple[Mutant, Verdict]]:
        """Try mutants in parts, so that a run whose time is over has tried a part to its end."""
        for first in range(0, len(mutants), PART):
            yield from self._tried_twice(mutants[first : first + PART], ends)

    def _tried_twice(self, mutants: list[Mutant], ends: float) -> Iterator[tuple[Mutant, Verdict]]:
        """Try mutants the quick way, and then anew those that it does not see noticed."""
        quick = [mutant for mutant in mutants if self._recorded.runs_in_tests_only(mutant)]
        noticed = set()
        if quick:
            for mutant, verdict in self._tried_by_collected(quick, ends):
                if verdict in (Verdict.BY_TEST, Verdict.BY_TIME):
                    noticed.add(mutant.id)
                    yield mutant, verdict
        rest = [mutant for mutant in mutants if mutant.id not in noticed]
        yield from self._judged(rest, ends, judge)

    def _tried_by_collected(
        self, mutants: list[Mutant], ends: float
    ) -> Iterator[tuple[Mutant, Verdict]]:
        receiver, sender = _FORK.Pipe(duplex=False)

        def send_verdicts(by_collected: Judge) -> None:
            for judged in self._judged(mutants, ends, by_collected):
                sender.send(judged)
            sender.send(None)

        process = _FORK.Process(target=collect_and, args=(send_verdicts,))
        process.start()
        sender.close()
        yield from iter(receiver.recv, None)
        process.join()

    def _judged(
        self, mutants: Iterable[Mutant], ends: float, by: Judge
    ) -> Iterator[tuple[Mutant, Verdict]]:
        """Try each mutant in a process that is forked from this one."""
        waiting = iter(mutants)
        running: dict[BaseProcess, Mutant] = {}
        while True:
            while len(running) < self._workers and time.monotonic() < ends:
                mutant = next(waiting, None)
                if mutant is None:
                    break
                arguments = (by, mutant, self._recorded.tests_for(mutant))
                process: BaseProcess = _FORK.Process(target=_judge_and_exit, args=arguments)
                process.start()
                running[process] = mutant
            if not running:
                return
            wait([process.sentinel for process in running])
            for ended in [process for process in running if not process.is_alive()]:
                yield running.pop(ended), verdict_of(ended)


def verdict_of(process: BaseProcess) -> Verdict:
    """Return what the exit code of a mutant's process says."""
    if process.exitcode in (-signal.SIGPROF, -signal.SIGALRM):
        return Verdict.BY_TIME
    with suppress(ValueError):
        return Verdict(process.exitcode or 0)
    return Verdict.CRASHED


def _in_words(mutant: Mutant) -> str:
    return f"{mutant.id} {mutant.module}:{mutant.line} {mutant.change}"


def _record_into(part: Path, files: Sequence[str]) -> None:
    part.write_bytes(pickle.dumps(record(files)))


def _judge_and_exit(by: Judge, mutant: Mutant, tests: Sequence[str]) -> None:
    raise SystemExit(int(by(mutant, tests)))
