"""A search that is told to end leaves nothing running."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
WORKERS = 2
LONG_ENOUGH = 60.0


def wait_for_workers(search: psutil.Process) -> list[psutil.Process]:
    """Wait until every process of the search runs; multiprocessing has one of its own beside."""
    end = time.monotonic() + LONG_ENOUGH
    started: list[psutil.Process] = []
    while len(started) <= WORKERS:
        assert time.monotonic() < end, started
        time.sleep(0.05)
        started = search.children()
    return started


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_process_of_a_search(number: signal.Signals) -> None:
    search = subprocess.Popen(
        [sys.executable, "-m", "simulator", "--hunt", "--no-exhaustive", f"--workers={WORKERS}"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        # Where tests run in the background, the shell lets them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    workers = wait_for_workers(psutil.Process(search.pid))
    search.send_signal(number)
    assert search.wait(LONG_ENOUGH) != 0
    _, left = psutil.wait_procs(workers, timeout=LONG_ENOUGH)
    assert left == []
