"""Start processes that end with the run, and find the ones that an earlier run left behind.

Every process gets a session of its own, so that what it starts in turn ends with it.  The run's
directory notes them, and stands in each one's command line, which tells our processes from others
that were given the same number later.

A signal ends a run by one ``KeyboardInterrupt``, and never while a process is being started:
between its start and the note of it, an interrupt would leave it running for good.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from checkout_stack.local.messages import LocalRunError, error_with_log

SECONDS_TO_END = 2.0
"""MiniStack ends only when it is killed; nothing that a run starts has more than this to do."""
REGISTER = "processes"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Turns the first signal into an interrupt, and ignores those after it."""

    def __init__(self) -> None:
        self._held = 0
        self._came = False
        self._raised = False

    @contextlib.contextmanager
    def by_signals(self) -> Iterator[None]:
        """Let each of the signals interrupt what is done here, in the main thread."""
        self._came = self._raised = False
        # A function, even where it does nothing: what a process ignores, its children ignore too.
        before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Put an interrupt off to the end of what is done here."""
        if threading.current_thread() is not threading.main_thread():
            yield  # a signal interrupts the main thread only
            return
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if self._came:
                self._interrupt()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True
        self._interrupt()

    def _interrupt(self) -> None:
        if not self._held and not self._raised:
            self._raised = True
            raise KeyboardInterrupt


INTERRUPTION = Interruption()
"""Signals are the whole process's, and so is this."""


@dataclass(frozen=True)
class ChildProcess:
    """A process of this run, and the log of what it says."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check_running(self) -> None:
        """Raise if it has ended."""
        code = self.process.poll()
        if code is not None:
            raise error_with_log(f"{self.name} has ended by itself with code {code}:", self.log)

    def stop(self) -> None:
        """End it and all that it started."""
        _end_group(self.process)


class ChildProcesses:
    """The processes of one run."""

    def __init__(self, run_directory: Path) -> None:
        self._register = run_directory / REGISTER
        self._logs = run_directory / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._children: list[ChildProcess] = []
        self._lock = threading.Lock()
        self._is_over = False

    def start(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str], directory: Path
    ) -> ChildProcess:
        """Start a process in a session of its own; its output goes to a log."""
        log = self._logs / f"{name.lower().replace(' ', '-')}.log"
        with log.open("ab") as output, INTERRUPTION.held(), self._lock:
            if self._is_over:
                raise LocalRunError(f"{name} is not started: the run is over")
            process = subprocess.Popen(
                command,
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            child = ChildProcess(name, process, log)
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
            raise error_with_log(f"{name} failed with code {code}:", child.log)

    def check_running(self, *names: str) -> None:
        """Raise if one of the processes named has ended, or the run is over."""
        if self._is_over:
            raise LocalRunError("the run is over")
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


@dataclass(frozen=True)
class RunningProcess:
    """A process that has not ended."""

    number: int
    group: int
    command: str


def running_processes() -> list[RunningProcess]:
    """Every process that this user can see and that has not ended."""
    import psutil  # here, as the wheel's environment need not have it

    found = []
    for process in psutil.process_iter(["pid", "status", "cmdline"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                command = " ".join(process.info["cmdline"] or ())
                found.append(RunningProcess(process.pid, os.getpgid(process.pid), command))
    return found


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
