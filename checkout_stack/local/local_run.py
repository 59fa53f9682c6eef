"""One local run: its paths, its directory, its ports and its processes.

The directory holds the run's logs, its ledgers, and the lock that says that the run is still going.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from checkout_stack.local.messages import LocalRunError, Progress
from checkout_stack.local.ports import Ports
from checkout_stack.local.processes import ChildProcesses, end_left_behind

LOCK = "lock"
KEPT_RUNS = 5
WORTH_KEEPING = ("logs", "ledger.sqlite", "failing-ledger.sqlite")


@dataclass(frozen=True)
class Paths:
    """The paths of one clone of the repository, or of an installed package."""

    root: Path
    own_state: Path | None = None
    """Where runs leave things, if that is not in the clone."""

    @classmethod
    def of_this_clone(cls) -> Paths:
        """The clone that this package is installed from.

        :raises LocalRunError: if the package was not installed from a clone.
        """
        root = Path(__file__).resolve().parents[2]
        if not (root / "package-lock.json").exists():
            raise LocalRunError(
                "the local run needs a clone of the repository (package-lock.json is not beside "
                f"the package in {root}): clone it and use `make run` there, or give --app your "
                "own app"
            )
        return cls(root)

    @classmethod
    def of_own_app(cls) -> Paths:
        """For an app of the user's: no clone is needed, and the user's cache keeps the state."""
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        root = Path(__file__).resolve().parents[2]
        return cls(root, Path(cache) / "idempotent-checkout" / "local")

    @property
    def state(self) -> Path:
        """What runs may leave behind; not in version control."""
        return self.own_state or self.root / ".local"

    @property
    def runs(self) -> Path:
        """One directory per run."""
        return self.state / "runs"

    def ministack_environment(self, python_version: str) -> Path:
        """MiniStack's own virtual environment, as it pins another botocore."""
        return self.state / f"ministack-venv-{python_version}"

    @property
    def programs(self) -> Path:
        """Where node and npm of this environment are."""
        return Path(sys.prefix) / "bin"

    @property
    def cdk_cli(self) -> Path:
        """The CDK CLI's program, for node."""
        return self.root / "node_modules" / "aws-cdk" / "bin" / "cdk"


@dataclass(frozen=True, kw_only=True)
class LocalRun:
    """What everything that belongs to one run needs to know of it."""

    paths: Paths
    directory: Path
    """The run's own directory."""

    ports: Ports
    progress: Progress
    processes: ChildProcesses

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.directory / "logs"


@contextlib.contextmanager
def local_run(
    progress: Progress, paths: Paths | None = None, /, **ports: int | None
) -> Iterator[LocalRun]:
    """Begin a run in a directory of its own; at the end none of its processes is left.

    :param paths: Default: those of this clone.
    :param ports: The ports asked for, as :meth:`Ports.choose` takes them.
    :raises LocalRunError: if there is no clone, or a port cannot be used.
    """
    paths = paths or Paths.of_this_clone()
    tidy(paths.runs, progress.say)  # a run that crashed may hold the ports asked for
    chosen = Ports.choose(**ports)
    with new_run_directory(paths.runs, progress.say) as directory:
        processes = ChildProcesses(directory)
        try:
            yield LocalRun(
                paths=paths,
                directory=directory,
                ports=chosen,
                progress=progress,
                processes=processes,
            )
        finally:
            processes.stop_all()


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
