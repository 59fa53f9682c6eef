"""No process outlives its run, also if the run was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from checkout_stack.local.local_run import KEPT_RUNS, new_run_directory, tidy
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.processes import REGISTER, ChildProcess, ChildProcesses, running_processes

# Starts a process of its own and says which, then both wait.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", sys.argv[1]])
print(child.pid, flush=True)
time.sleep(60)
"""


def _start_parent(run_directory: Path) -> tuple[ChildProcess, int]:
    """A process of a run, and the number of the process that it started in turn."""
    child = ChildProcesses(run_directory).start(
        "parent",
        [sys.executable, "-c", PARENT, str(run_directory)],
        environment=os.environ,
        directory=run_directory,
    )
    _wait_until(lambda: child.log.read_text().endswith("\n"))
    return child, int(child.log.read_text())


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _runs(number: int) -> bool:
    return any(process.number == number for process in running_processes())


def _nothing_said(_line: str) -> None:
    pass


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    child, grandchild = _start_parent(tmp_path)

    child.stop()

    assert child.process.returncode is not None
    _wait_until(lambda: not _runs(grandchild))


def test_a_child_that_is_stopped_ends_at_once(tmp_path: Path) -> None:
    child, _ = _start_parent(tmp_path)
    os.kill(child.process.pid, signal.SIGSTOP)

    child.stop()

    # By the polite signal: the other one comes only after seconds.
    assert child.process.returncode == -signal.SIGTERM


def test_a_child_that_ended_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    children = ChildProcesses(tmp_path)
    child = children.start(
        "Oracle",
        [sys.executable, "-c", "import sys; sys.exit('the stars are wrong')"],
        environment=os.environ,
        directory=tmp_path,
    )
    child.process.wait()

    with pytest.raises(LocalRunError, match=r"Oracle has ended(.|\n)*stars are wrong") as told:
        children.check_running("Oracle")
    assert str(child.log) in str(told.value)


def test_a_program_that_fails_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no luck')"]

    with pytest.raises(LocalRunError, match=r"oracle failed with code 1(.|\n)*no luck"):
        ChildProcesses(tmp_path).run("oracle", command, environment=os.environ, directory=tmp_path)


def test_what_a_killed_run_left_behind_is_ended_by_the_next(tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    killed.mkdir()
    child, grandchild = _start_parent(killed)
    said: list[str] = []

    with new_run_directory(tmp_path, said.append):
        child.process.wait(timeout=10)
        _wait_until(lambda: not _runs(grandchild))

    assert said == ["ended 2 processes that the run killed left behind"]


def test_a_process_that_has_a_number_of_an_old_run_is_left_alone(tmp_path: Path) -> None:
    over = tmp_path / "over"
    over.mkdir()
    stranger = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )
    try:
        (over / REGISTER).write_text(f"{stranger.pid}\n")
        tidy(tmp_path, _nothing_said)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_run_that_is_still_going_is_left_alone(tmp_path: Path) -> None:
    with new_run_directory(tmp_path, _nothing_said) as directory:
        child, _ = _start_parent(directory)
        try:
            tidy(tmp_path, _nothing_said)
            assert child.process.poll() is None
            assert (directory / REGISTER).exists()
        finally:
            child.stop()


def test_logs_of_a_few_runs_are_kept_and_nothing_else(tmp_path: Path) -> None:
    for number in range(KEPT_RUNS + 2):
        run = tmp_path / f"run-{number}"
        (run / "logs").mkdir(parents=True)
        (run / "tmp").mkdir()

    tidy(tmp_path, _nothing_said)

    kept = sorted(each.name for each in tmp_path.iterdir())
    assert kept == [f"run-{number}" for number in range(2, KEPT_RUNS + 2)]
    assert all((tmp_path / name / "logs").exists() for name in kept)
    assert not any((tmp_path / name / "tmp").exists() for name in kept)
