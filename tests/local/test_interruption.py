"""Whenever a run is interrupted, it ends with 130 and leaves nothing running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checkout_stack.exit_codes import STOPPED
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.processes import INTERRUPTION, SIGNALS, ChildProcesses, running_processes

# A shell's background job ignores Ctrl-C, and so would all that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PROGRAM = Path(__file__).with_name("interrupted_program.py")
ROOT = Path(__file__).parents[2]
SECONDS_TO_END = 10.0
OTHER_MOMENTS = ("import", "ports", "environment", "synth", "waiting")


def _runs(number: int) -> bool:
    return any(each.number == number for each in running_processes())


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_TO_END
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _started(moment: str, directory: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """A run that stays at a moment, and the numbers of what it started."""
    run = subprocess.Popen(
        [sys.executable, str(PROGRAM), moment, str(directory)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    assert run.stdout is not None
    said = ""
    for line in run.stdout:
        said += line
        if line.startswith(f"at {moment}"):
            return run, [int(number) for number in line.split()[2:]]
    raise AssertionError(f"it never came to {moment}: {said}")


@pytest.mark.parametrize(
    "moment",
    ["deploy", *(pytest.param(each, marks=pytest.mark.thorough) for each in OTHER_MOMENTS)],
)
def test_an_interrupt_ends_the_run_and_all_that_it_started(moment: str, tmp_path: Path) -> None:
    run, numbers = _started(moment, tmp_path)
    assert all(_runs(number) for number in numbers)

    run.send_signal(signal.SIGINT)
    said, _ = run.communicate(timeout=SECONDS_TO_END)

    assert run.returncode == STOPPED, said
    assert "stopped" in said
    assert "Traceback" not in said
    _wait_until(lambda: not any(_runs(number) for number in numbers))


@pytest.mark.thorough
@pytest.mark.parametrize("number", SIGNALS[1:], ids=lambda number: number.name)
def test_other_signals_end_it_in_the_same_way(number: signal.Signals, tmp_path: Path) -> None:
    run, numbers = _started("waiting", tmp_path)

    run.send_signal(number)
    run.send_signal(signal.SIGINT)  # an impatient operator
    said, _ = run.communicate(timeout=SECONDS_TO_END)

    assert run.returncode == STOPPED, said
    assert "nothing is left running" in said
    _wait_until(lambda: not any(_runs(each) for each in numbers))


def test_an_interrupt_before_anything_was_imported_ends_as_shells_expect() -> None:
    command = "from checkout_stack.cli import main; main(['local', 'serve'])"
    run = subprocess.Popen(
        [sys.executable, "-c", command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    run.send_signal(signal.SIGINT)

    # Python itself ends by the signal, which a shell tells as 130.
    assert run.wait(SECONDS_TO_END) in (STOPPED, -signal.SIGINT)


@pytest.fixture
def by_signals() -> Iterator[None]:
    """Signals interrupt this test; an interrupt that it does not expect fails it."""
    with INTERRUPTION.by_signals():
        yield


def test_an_interrupt_waits_until_a_process_is_noted(by_signals: None) -> None:
    noted = []

    def start_and_note() -> None:
        with INTERRUPTION.held():
            os.kill(os.getpid(), signal.SIGTERM)
            noted.append("process")

    with pytest.raises(KeyboardInterrupt):
        start_and_note()
    assert noted == ["process"]


def test_only_the_first_signal_interrupts(by_signals: None) -> None:
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    for number in SIGNALS:
        os.kill(os.getpid(), number)


def test_an_interrupt_while_a_run_is_taken_down_leaves_nothing(
    by_signals: None, tmp_path: Path
) -> None:
    children = ChildProcesses(tmp_path)
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    # The last one started is stopped first, and interrupts.
    interrupts = f"""
import os, signal, time
def interrupt(*_):
    os.kill({os.getpid()}, signal.SIGINT)
    raise SystemExit
signal.signal(signal.SIGTERM, interrupt)
print("ready", flush=True)
time.sleep(60)
"""
    first = children.start("first", sleeping, environment=os.environ, directory=tmp_path)
    last = children.start(
        "last", [sys.executable, "-c", interrupts], environment=os.environ, directory=tmp_path
    )
    _wait_until(lambda: "ready" in last.log.read_text())

    with pytest.raises(KeyboardInterrupt):
        children.stop_all()

    assert first.process.returncode is not None


def test_nothing_is_started_after_a_run_was_taken_down(tmp_path: Path) -> None:
    children = ChildProcesses(tmp_path)
    children.stop_all()

    with pytest.raises(LocalRunError, match="the run is over"):
        children.start("late", ["true"], environment=os.environ, directory=tmp_path)
    with pytest.raises(LocalRunError, match="the run is over"):
        children.check_running()
