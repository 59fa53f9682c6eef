"""The directory of one run: its logs, its ledger, and the lock that says that it is still going."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from checkout_stack.local.processes import end_left_behind

LOCK = "lock"
KEPT_RUNS = 5
WORTH_KEEPING = ("logs", "ledger.sqlite", "failing-ledger.sqlite")


@contextlib.contextmanager
def new_run_directory(runs: Path, say: Callable[[str], None]) -> Iterator[Path]:
    """A directory for this run, after what earlier runs left behind is gone.

    The operating system drops the lock when its holder ends in any way, so a directory that is not
    locked belongs to a run that is over.
    """
    tidy(runs, say)
    directory = runs / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    directory.mkdir()
    with (directory / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield directory
        finally:
            # What an interrupt in the middle of taking the run down has left.
            end_left_behind(directory)
            _strip(directory)


def tidy(runs: Path, say: Callable[[str], None]) -> None:
    """End the processes of runs that are over, and keep only the newest runs' logs."""
    runs.mkdir(parents=True, exist_ok=True)
    over = []
    for directory in sorted(each for each in runs.iterdir() if each.is_dir()):
        with (directory / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if ended := end_left_behind(directory):
                say(f"ended {len(ended)} processes that the run {directory.name} left behind")
            _strip(directory)
            over.append(directory)
    for directory in over[:-KEPT_RUNS]:
        shutil.rmtree(directory, ignore_errors=True)


def _strip(directory: Path) -> None:
    for each in directory.iterdir():
        if each.name in (LOCK, *WORTH_KEEPING):
            continue
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)
