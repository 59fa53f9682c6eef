"""The clock and the threads of the process."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.adapters.thread_executor import ThreadExecutor


def test_the_clock_counts_milliseconds_of_utc() -> None:
    assert abs(SystemClock().now() - time.time() * 1000) < 1000


def test_tasks_run_side_by_side_and_their_results_come_in_order() -> None:
    together = threading.Barrier(10)

    def task(number: int) -> int:
        together.wait(timeout=5)
        return number

    tasks = [partial(task, number) for number in range(10)]
    assert ThreadExecutor(10).run_all(tasks) == list(range(10))


def test_a_failing_task_is_raised_only_after_every_other_has_ended() -> None:
    failed, ended = threading.Event(), threading.Event()

    def fail() -> None:
        failed.set()
        raise ValueError("defect")

    def outlast() -> None:
        failed.wait(timeout=5)
        ended.set()

    with pytest.raises(ValueError, match="defect"):
        ThreadExecutor(2).run_all([fail, outlast])
    assert ended.is_set()


def test_more_tasks_than_threads_are_all_run() -> None:
    assert ThreadExecutor(2).run_all([lambda: 1] * 50) == [1] * 50


def test_no_tasks_are_no_trouble() -> None:
    assert ThreadExecutor(2).run_all([]) == []
