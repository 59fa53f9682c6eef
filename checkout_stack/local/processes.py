"""Start processes that end with the run, and find the ones that an earlier run left behind.

Every process gets a session of its own, so that what it starts in turn ends with it.  The run's
directory notes them, and stands in each one's command line, which tells our processes from others
that were given the same number later.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from checkout_stack.local.interruption import INTERRUPTION
from checkout_stack.local.problem import LocalRunProblem, with_tail
from checkout_stack.local.process_table import running_processes

SECONDS_TO_END = 5.0
REGISTER = "processes"


@dataclass(frozen=True)
class Child:
    """A process of this run, and the log of what it says."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check_running(self) -> None:
        """Raise if it has ended."""
        code = self.process.poll()
        if code is not None:
            raise with_tail(f"{self.name} has ended by itself with code {code}:", self.log)

    def stop(self) -> None:
        """End it and all that it started."""
        _end_group(self.process)


class Children:
    """The processes of one run."""

    def __init__(self, run_directory: Path) -> None:
        self._register = run_directory / REGISTER
        self._logs = run_directory / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._children: list[Child] = []
        self._lock = threading.Lock()
        self._is_over = False

    def start(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str], directory: Path
    ) -> Child:
        """Start a process in a session of its own; its output goes to a log."""
        log = self._logs / f"{name.lower().replace(' ', '-')}.log"
        with log.open("ab") as output, INTERRUPTION.held(), self._lock:
            if self._is_over:
                raise LocalRunProblem(f"{name} is not started: the run is over")
            process = subprocess.Popen(
                command,
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            child = Child(name, process, log)
            self._children.append(child)
            with self._register.open("a") as register:
                register.write(f"{process.pid}\n")
        return child

    def run(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str], directory: Path
    ) -> None:
        """Run a process to its end; raise if it fails."""
        child = self.start(name, command, environment=environment, directory=directory)
        try:
            code = child.process.wait()
        except BaseException:
            child.stop()
            raise
        if code != 0:
            raise with_tail(f"{name} failed with code {code}:", child.log)

    def check_running(self, *names: str) -> None:
        """Raise if one of the processes named has ended, or the run is over."""
        if self._is_over:
            raise LocalRunProblem("the run is over")
        for child in self._children:
            if child.name in names:
                child.check_running()

    def stop_all(self) -> None:
        """End every process, the last one started first; none is started after that."""
        with INTERRUPTION.held():
            with self._lock:
                self._is_over = True
            for child in reversed(self._children):
                child.stop()
            self._children.clear()


def end_left_behind(run_directory: Path) -> list[int]:
    """End what is still running of a run that is over; returns the process numbers."""
    register = run_directory / REGISTER
    if not register.exists():
        return []
    noted = {int(line) for line in register.read_text().split() if line.isdigit()}

    def still_running() -> list[int]:
        noted_running = [each for each in running_processes() if each.group in noted]
        ours = {each.group for each in noted_running if str(run_directory) in each.command}
        return [each.number for each in noted_running if each.group in ours]

    ended = still_running()
    for number in ended:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(number, signal.SIGKILL)
    deadline = time.monotonic() + SECONDS_TO_END
    while ended and still_running() and time.monotonic() < deadline:
        time.sleep(0.02)  # their ports are free only once they are gone
    return ended


def _end_group(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
            os.killpg(process.pid, signal.SIGCONT)  # one that was stopped hears it only awake
        deadline = time.monotonic() + SECONDS_TO_END
        while time.monotonic() < deadline:
            if process.poll() is not None and not _group_runs(process.pid):
                return
            time.sleep(0.02)


def _group_runs(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    # It may be made of processes that have ended and that nobody has asked about.
    return any(process.group == group for process in running_processes())
