"""Remove each guard once, on a copy, and see whether the simulator or a test fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simulator.guards import GUARDS, Guard

__all__ = ["VIOLATION_FOUND", "Checked", "check_guards"]

ROOT = Path(__file__).parents[1]
COPIED = ("lambda", "checkout_stack")
LINKED = (
    ".local",
    "README.md",
    "app.py",
    "cdk.json",
    "docs",
    "examples",
    "node_modules",
    "package-lock.json",
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "simulator",
    "tests",
    "uv.lock",
)
"""With the simulator itself, and what the tests need to start a local AWS and a localstripe."""
HUNT = ("--hunt", "--workers=1", "--schedules=4000")
GREEN = 0
TEST_FAILED = 1
"""Exit code of pytest; one that cannot even import its tests has another."""
VIOLATION_FOUND = 3
"""Exit code of a hunt that found something; Python ends a program that crashes with 1."""
LONGEST_SECONDS = 900
TIMED_OUT = -99
WORDS_SHOWN = 2000
"""Characters at the end of what a run said that came to no verdict."""


@dataclass(frozen=True, slots=True)
class _Run:
    """How a test or a hunt ended."""

    code: int
    said: str = ""
    """Its last words."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How many guards there are, and which of them nothing noticed."""

    total: int
    unnoticed: list[str]

    @property
    def noticed(self) -> int:
        """Guards whose absence was noticed."""
        return self.total - len(self.unnoticed)


def check_guards(workers: int, say: Callable[[str], None]) -> Checked:
    """Remove every guard once; ``say`` gets a line for each.

    A test that is red on an unchanged copy would notice anything, and proves nothing.
    """
    # What is linked has to be there, or nothing can be made in it.
    (ROOT / ".local").mkdir(exist_ok=True)
    unnoticed = []
    with ThreadPoolExecutor(workers) as pool:
        tests = sorted({guard.test for guard in GUARDS if guard.test})
        for test, run in zip(tests, pool.map(_run_unchanged, tests), strict=True):
            if run.code != GREEN:
                say(f"  RED BY ITSELF ({run.code}): {test}")
                unnoticed.append(f"whatever {test} is for")
        for guard, run in zip(GUARDS, pool.map(_run_without, GUARDS), strict=True):
            by = guard.test or "simulation"
            if run.code == (TEST_FAILED if guard.test else VIOLATION_FOUND):
                say(f"  noticed: {guard.name}, by {by}")
                continue
            unnoticed.append(guard.name)
            say(f"  NOT NOTICED ({run.code}): {guard.name}, by {by}")
            if run.code != GREEN and run.said:
                say(run.said)
    return Checked(len(GUARDS), unnoticed)


def _run_unchanged(test: str) -> _Run:
    with _copy() as copy:
        return _run(copy, test)


def _run_without(guard: Guard) -> _Run:
    with _copy() as copy:
        file = copy / guard.file
        source = file.read_text()
        if source.count(guard.code) != 1:
            return _Run(-source.count(guard.code) - 1)
        file.write_text(source.replace(guard.code, guard.without))
        return _run(copy, guard.test)


@contextmanager
def _copy() -> Iterator[Path]:
    """A clone whose code can be changed; what no guard is in is linked."""
    with tempfile.TemporaryDirectory(prefix="guard-") as place:
        copy = Path(place)
        for name in COPIED:
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in LINKED:
            (copy / name).symlink_to(ROOT / name)
        yield copy


def _run(copy: Path, test: str) -> _Run:
    """Run a test on a copy, or the simulator where there is none."""
    command = (
        ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--rootdir=.", test]
        if test
        else ["-m", "simulator", *HUNT]
    )
    paths = os.pathsep.join((str(copy), str(copy / "lambda")))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=copy,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _Run(TIMED_OUT)
    return _Run(done.returncode, done.stdout[-WORDS_SHOWN:])
