"""What happens in the process of one mutant: the tests that run it, then the simulator.

A process either imports the mutant and then its tests, or it is forked where all tests are
collected, and changes the functions that are imported. The second way is ten times faster, but it
does not reach what runs at import. What nothing notices by it is judged again by the first way.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Any

import pytest

from simulator.mutants.importing import (
    change_functions,
    import_mutant,
    import_recorded,
    imported_functions,
)
from simulator.mutants.mutant import ROOT, Mutant
from simulator.mutants.selection import LineRecorder, Recorded, is_quick

__all__ = [
    "Judge",
    "Verdict",
    "collect_and",
    "judge",
    "limit_time",
    "record",
    "test_files",
    "warm_up",
]

SIMULATED_SECONDS = 6.0
"""Processor time for which schedules are tried on a mutant that no test noticed."""
LONGEST_SECONDS = 30.0
"""Processor time that one test may take under a mutant, where it takes 4 seconds at most without
it. What takes longer does not end, and is noticed by that. A busy machine changes no verdict."""
LONGEST_WAIT_SECONDS = 300.0
"""For a test that waits for what never comes, and takes no processor time."""
FIRST_TESTS = 25
"""Most mutants are noticed by one of the likeliest tests; only these files are imported first."""
EXAMPLES = 25
"""Of each property; a quarter of what the tests take by themselves."""

_QUICK_FAILURES = "--tb=native"
"""The other ways to tell a failure look for its source in every module, and nobody reads it."""
_TALK_TO_NODE = ("aws_cdk", "cdk_nag", "constructs", "jsii")
"""Packages of the CDK. They talk to one process of Node, by pipes that forks would share: one of
them would read what another has asked for, and wait for its own answer for ever."""
_SERVERS = ("conformance", "custom", "stripe")
"""Folders whose tests start processes of their own."""
_OF_CONSTRUCTS = re.compile(r"^from (checkout_stack\.(?!local)|tests\.tools\.)", re.MULTILINE)
"""What a test imports that starts Node: seconds, each time that it is imported beside a mutant."""


class Verdict(IntEnum):
    """How the process of a mutant ends; its exit code."""

    SURVIVED = 0
    BY_TEST = 101
    BY_SIMULATOR = 102
    BY_TIME = 103
    CRASHED = 104
    """It came to no verdict: the mutant, or a test with it, cannot even be imported."""


Judge = Callable[[Mutant, Sequence[str]], Verdict]
"""Tries one mutant by some tests, in the process that it is called in."""


def warm_up(modules: Iterable[str]) -> None:
    """Import what every mutant needs and none changes, so that its process has it already."""
    for name in sorted(modules):
        if name.partition(".")[0] in _TALK_TO_NODE:
            continue
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001 - then each process tries for itself
            continue
    _assert_clean()


def record(files: Sequence[str]) -> Recorded:
    """Run the quick tests of some files on the code as it is.

    Raises:
        RuntimeError: They did not run to their end, so they would judge nothing.
    """
    _silence()
    recorder = LineRecorder()
    import_recorded(recorder.ran)
    code = _run_pytest(files, [recorder, _Quick()], ["--maxfail=1000"])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest ended with {code!r} before any mutant was tried")
    return recorder.recorded


def test_files() -> list[str]:
    """Return the files whose tests may judge a mutant, largest first."""
    folder = ROOT / "tests" / "checkout_runtime"
    found = [
        path
        for path in folder.rglob("test_*.py")
        if path.relative_to(folder).parts[0] not in _SERVERS
        and not _OF_CONSTRUCTS.search(path.read_text())
    ]
    files = sorted(found, key=lambda path: (-path.stat().st_size, path))
    return [path.relative_to(ROOT).as_posix() for path in files]


def judge(mutant: Mutant, tests: Sequence[str], *, shown: bool = False) -> Verdict:
    """Try one mutant; ``shown`` lets the tests' own words through."""
    limit_time()
    if not shown:
        _silence()
    import_mutant(mutant)
    try:
        importlib.import_module(mutant.import_name)
    except Exception:
        logging.exception("%s cannot be imported", mutant.id)
        return Verdict.CRASHED
    for part in (tests[:FIRST_TESTS], tests[FIRST_TESTS:]):
        if part:
            files = list(dict.fromkeys(test.partition("::")[0] for test in part))
            code = _run_pytest(
                files,
                [_Chosen(part), _LimitedTime()],
                ["-x", *([] if shown else [_QUICK_FAILURES])],
            )
            if code == pytest.ExitCode.TESTS_FAILED:
                return Verdict.BY_TEST
            if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
                return Verdict.CRASHED
    return Verdict.BY_SIMULATOR if _simulator_notices() else Verdict.SURVIVED


def collect_and(work: Callable[[Judge], None]) -> None:
    """Collect the tests and hand ``work`` a judge, to be called in processes forked from this one.

    The judge runs no simulator: what it says survived, no test noticed, or none could.

    Raises:
        RuntimeError: The tests cannot be collected.
    """
    _silence()
    code = _run_pytest(test_files(), [_Quick(), _LimitedTime(), _Judging(work)], [_QUICK_FAILURES])
    if code != pytest.ExitCode.OK:
        raise RuntimeError(f"pytest ended with {code!r} where tests were collected")


def limit_time(seconds: float = LONGEST_SECONDS, waiting: float = LONGEST_WAIT_SECONDS) -> None:
    """Let a signal end this process, unless the limit is set anew before the time is over."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, waiting)


def _assert_clean() -> None:
    """A module of the runtime that is imported already would not be the mutant's."""
    wrong = ("checkout_runtime", *_TALK_TO_NODE)
    early = [name for name in sys.modules if name.partition(".")[0] in wrong]
    if early:
        raise RuntimeError(f"imported before the mutant: {early}")


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _run_pytest(files: Sequence[str], plugins: list[object], options: Sequence[str]) -> int:
    os.environ["CI"] = "1"  # the properties' examples are the same each time
    arguments = ["-q", "-p", "no:cacheprovider", f"--rootdir={ROOT}", *options, *files]
    return int(pytest.main(arguments, plugins=[_FewExamples(), *plugins]))


class _FewExamples:
    def pytest_collection_finish(self) -> None:
        from hypothesis import settings

        settings.register_profile("mutants", settings.get_profile("long"), max_examples=EXAMPLES)
        settings.load_profile("mutants")


class _LimitedTime:
    def pytest_runtest_setup(self) -> None:
        limit_time()


class _Quick:
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = [item for item in items if is_quick(item)]


class _Judging:
    """Judges mutants where pytest would run what it collected."""

    def __init__(self, work: Callable[[Judge], None]) -> None:
        self._work = work

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        functions = imported_functions()

        def judge_by_collected(mutant: Mutant, tests: Sequence[str]) -> Verdict:
            limit_time()
            try:
                change_functions(mutant, functions)
            except (LookupError, ValueError):
                return Verdict.SURVIVED
            chosen = [items[test] for test in tests]
            for item, following in zip(chosen, [*chosen[1:], None], strict=True):
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if session.testsfailed:
                    return Verdict.BY_TEST
            return Verdict.SURVIVED

        gc.freeze()  # so that no fork copies what only the collector touches
        self._work(judge_by_collected)
        return True


class _Chosen:
    """Runs the tests that were chosen, in their order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._places = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        chosen = [item for item in items if item.nodeid in self._places]
        items[:] = sorted(chosen, key=lambda item: self._places[item.nodeid])


def _simulator_notices() -> bool:
    """Run the small cases with one fault, then random schedules, until the time is over."""
    from simulator.exploration import EXHAUSTIVE, explore
    from simulator.random_cases import case_of, plan_of
    from simulator.world import run_schedule

    limit_time()
    logging.disable(logging.CRITICAL)
    share = SIMULATED_SECONDS / 2 / len(EXHAUSTIVE)
    for exploration in EXHAUSTIVE:
        ends = time.process_time() + share
        one_fault = replace(exploration, most_faults=min(exploration.most_faults, 1))
        for _, outcome in explore(one_fault, 0, 1):
            if outcome.problem is not None:
                return True
            if time.process_time() > ends:
                break
    ends = time.process_time() + SIMULATED_SECONDS / 2
    seed = 0
    while time.process_time() < ends:
        if run_schedule(case_of(seed), plan_of(seed)).problem is not None:
            return True
        seed += 1
    return False
