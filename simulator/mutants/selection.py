"""Which tests run which lines, and so which of them can notice a mutant."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from simulator.mutants.mutant import ROOT, Mutant

__all__ = ["LineRecorder", "Recorded", "is_quick"]

_LONG = ("test_reconcile_backlog.py",)
"""Tests of large backlogs: seconds each, and others run the same lines."""
SLOWEST_SECONDS = 4.0
"""A test that takes longer judges no mutant: others of its file run the same lines."""
_OF_NUMBERS = "test_stated_numbers.py"
"""Reads constants of many modules, and runs no line of theirs."""
_NOT_IN_PROCESS = ("local_aws", "dynamodb", "sqs", "running_stripe", "proxy")
"""Fixtures that start servers."""


@dataclass(slots=True)
class Recorded:
    """What a run of the tests without any change showed."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    """Test, to file of the runtime, to lines."""
    at_import: dict[str, set[int]] = field(default_factory=dict)
    """File of the runtime, to lines of its functions that run while the tests are imported."""
    imported: set[str] = field(default_factory=set)
    """Modules that the tests import."""
    failed: list[str] = field(default_factory=list)

    def merge(self, other: Recorded) -> None:
        """Add what another process recorded."""
        self.seconds |= other.seconds
        self.lines |= other.lines
        for file, lines in other.at_import.items():
            self.at_import[file] = self.at_import.get(file, set()) | lines
        self.imported |= other.imported
        self.failed += other.failed

    def runs_in_tests_only(self, mutant: Mutant) -> bool:
        """Tell whether a mutant's lines run in tests, and never while something is imported."""
        wanted = set(mutant.lines)
        return not wanted & self.at_import.get(mutant.module, set()) and any(
            wanted & files.get(mutant.module, set()) for files in self.lines.values()
        )

    def tests_for(self, mutant: Mutant) -> list[str]:
        """Return the tests that run a mutant's lines, or its module: the likeliest first."""
        ran = {test: files.get(mutant.module, set()) for test, files in self.lines.items()}
        wanted = set(mutant.lines)
        chosen = [test for test, lines in ran.items() if lines & wanted]
        at_import = wanted & self.at_import.get(mutant.module, set())
        subject = f"test_{Path(mutant.module).stem}"
        if at_import or not chosen:  # what runs when a module is imported
            has_lines = any(ran.values())
            # A module of names only may be noticed by any test; a default of a field, by one of
            # its module that runs none of its lines.
            chosen = [
                test
                for test, lines in ran.items()
                if lines or not has_lines or subject in test or _OF_NUMBERS in test
            ]
        red = set(self.failed)
        return sorted(
            (test for test in chosen if self.seconds[test] <= SLOWEST_SECONDS and test not in red),
            key=lambda test: (subject not in test, self.seconds[test]),
        )


class LineRecorder:
    """A plugin of pytest that records a run."""

    def __init__(self) -> None:
        self.recorded = Recorded()
        self._lines: defaultdict[str, set[int]] = defaultdict(set)
        self._shared: defaultdict[str, defaultdict[str, set[int]]] = defaultdict(
            lambda: defaultdict(set)
        )
        """Of each file of tests, what runs while a fixture is made that its tests share."""

    def pytest_collection_finish(self) -> None:
        """Tell what ran while the tests were imported from what runs in them."""
        self.recorded.at_import = dict(self._lines)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Record one test, with its fixtures."""
        self._lines = defaultdict(set)
        began = time.monotonic()
        result = yield
        self.recorded.seconds[item.nodeid] = time.monotonic() - began
        self.recorded.lines[item.nodeid] = dict(self._lines)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        """Tell what runs for one test from what runs for several."""
        before, self._lines = self._lines, defaultdict(set)
        result = yield
        made, self._lines = self._lines, before
        shared = self._shared[request.node.nodeid.partition("::")[0]]
        for file, lines in made.items():
            self._lines[file] |= lines
            if fixturedef.scope != "function":
                shared[file] |= lines
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what is red without any change."""
        if report.failed:
            self.recorded.failed.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Give to every test what its file's shared fixtures ran."""
        for test, files in self.recorded.lines.items():
            for file, lines in self._shared.get(test.partition("::")[0], {}).items():
                files[file] = files.get(file, set()) | lines
        self.recorded.imported = {
            name for name, module in sys.modules.items() if not _is_ours(name, module)
        }

    def ran(self, file: str, line: int) -> None:
        """Remember a statement; the instrumented code calls it before each."""
        self._lines[file].add(line)


def _is_ours(name: str, module: ModuleType) -> bool:
    """Tell whether a module is of this repository: such a one may import the runtime.

    A process is forked for each mutant, and a module of the runtime that was imported before the
    fork would not be the mutant's.
    """
    if name in ("__main__", "__mp_main__"):
        return True
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", [])]
    return any(_is_in_repository(Path(place)) for place in places if place)


def _is_in_repository(place: Path) -> bool:
    return place.is_relative_to(ROOT) and "site-packages" not in place.parts


def is_quick(item: Any) -> bool:
    """Tell whether a test runs in its own process, without a server."""
    fixtures: Sequence[str] = item.fixturenames
    needs_server = any(name in fixtures for name in _NOT_IN_PROCESS) or "local AWS" in item.nodeid
    return not needs_server and not any(name in item.nodeid for name in _LONG)
