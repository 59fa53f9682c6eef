"""What the threads of one worker share, under real threads: the simulator has only one.

Threads meet at a barrier before each round, so that they collide, and what is asserted holds for
every order in which they can run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from checkout_runtime.adapters import timed_calls
from checkout_runtime.adapters.thread_executor import ThreadExecutor
from checkout_runtime.adapters.timed_calls import Raised, Returned, TimedCalls, TooSlow
from checkout_runtime.application.circuit_breaker import (
    FAILURES_TO_OPEN,
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    CircuitBreaker,
    Permit,
)
from tests.checkout_runtime.factories import NOW, SECOND

THREADS = 10
"""As many as a worker has: one for each message of a batch."""
ROUNDS = 100
AMPLE_SECONDS = 30.0
SHARED_STATE = {
    "_failures",
    "_no_try_before",
    "_probe",
    "_pause_seconds",
    "_ended",
    "_is_overdue",
}


@pytest.fixture(autouse=True)
def switching(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another thread run before and after each look at the state that the threads share.

    The interpreter alone does so too seldom to show that a lock is missing.
    """
    for shared in (CircuitBreaker, timed_calls._Call):
        monkeypatch.setattr(shared, "__getattribute__", _yielding, raising=False)


def _yielding(shared: object, name: str) -> object:
    if name in SHARED_STATE:
        time.sleep(0)
        value = object.__getattribute__(shared, name)
        time.sleep(0)
        return value
    return object.__getattribute__(shared, name)


def at_once(work: Callable[[int], object]) -> list[object]:
    """Run ``work`` in every thread at the same moment; return what each came to."""
    barrier = threading.Barrier(THREADS)
    results: list[object] = [None] * THREADS

    def run(number: int) -> None:
        barrier.wait(AMPLE_SECONDS)
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(AMPLE_SECONDS)
        assert not thread.is_alive()
    return results


def opened() -> CircuitBreaker:
    breaker = CircuitBreaker()
    for _ in range(FAILURES_TO_OPEN):
        breaker.record(available=False, now=NOW)
    return breaker


AFTER_THE_PAUSE = NOW + FIRST_PAUSE_SECONDS * SECOND


def test_of_all_threads_that_find_the_pause_over_one_probes() -> None:
    for _ in range(ROUNDS):
        breaker = opened()
        permitted = at_once(lambda number, b=breaker: b.permits(AFTER_THE_PAUSE))  # type: ignore[misc]
        assert [each for each in permitted if each] == [Permit(is_probe=True)]


def test_failures_of_all_threads_are_counted_each() -> None:
    for failing in range(THREADS + 1):
        breaker = CircuitBreaker()

        def fail(number: int, failing: int = failing, breaker: CircuitBreaker = breaker) -> None:
            if number < failing:
                breaker.record(available=False, now=NOW)

        at_once(fail)
        assert breaker.is_open(NOW) == (failing >= FAILURES_TO_OPEN)


def test_late_failures_beside_a_failed_probe_double_the_pause_once() -> None:
    for _ in range(ROUNDS // 4):
        breaker = opened()
        assert breaker.permits(AFTER_THE_PAUSE)
        at_once(lambda number, b=breaker: b.record(available=False, now=AFTER_THE_PAUSE))  # type: ignore[misc]
        reopens = AFTER_THE_PAUSE + 2 * FIRST_PAUSE_SECONDS * SECOND
        assert breaker.is_open(reopens - 1)
        assert not breaker.is_open(reopens)


def test_answers_and_questions_mixed_leave_a_breaker_that_works() -> None:
    breaker = CircuitBreaker()

    def work(number: int) -> None:
        for step in range(ROUNDS):
            now = NOW + step * SECOND
            if breaker.permits(now):
                breaker.record(available=(number + step) % 7 == 0, now=now)
            breaker.is_open(now)

    at_once(work)
    long_after = NOW + (ROUNDS + 2 * LONGEST_PAUSE_SECONDS) * SECOND
    assert breaker.permits(long_after)
    breaker.record(available=True, now=long_after)
    permits = at_once(lambda number: breaker.permits(long_after))
    assert permits == [Permit(is_probe=False)] * THREADS


def test_a_call_that_ends_as_its_time_does_is_told_once() -> None:
    """Either as its result, or late; never both, never neither, and none is left running."""
    calls = TimedCalls()
    late: list[list[object]] = [[] for _ in range(THREADS * 20)]
    told: list[object] = [None] * len(late)

    def call(number: int) -> None:
        for which in range(number, len(late), THREADS):
            # No time at all, and almost no work: which of both is first is open.
            told[which] = calls.run(partial(int, which), 0, late[which].append)

    at_once(call)
    calls.wait_for_all()
    for which, result in enumerate(told):
        ended = [result] if result != TooSlow() else late[which]
        assert ended == [Returned(which)]
        assert result == TooSlow() or late[which] == []


class EndsInBetween(timed_calls._Call):
    """A call whose work ends right before its caller looks for the n-th time whether it ended."""

    looks_before_the_end = 0
    go: threading.Event
    value: Returned | Raised | None = None

    @property
    def _ended(self) -> Returned | Raised | None:
        if threading.current_thread() is not self._thread:
            self.looks_before_the_end -= 1
            if self.looks_before_the_end == 0:
                self.go.set()
                # Its end has to wait until the caller has made up its mind.
                self._thread.join(0.05)
        return self.value

    @_ended.setter
    def _ended(self, value: Returned | Raised | None) -> None:
        self.value = value


@pytest.mark.parametrize("looks", [1, 2])
def test_a_call_that_ends_while_its_caller_makes_up_its_mind_is_told_once(
    looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, late, calls = threading.Event(), list[object](), TimedCalls()
    monkeypatch.setattr(EndsInBetween, "looks_before_the_end", looks)
    monkeypatch.setattr(EndsInBetween, "go", go, raising=False)
    monkeypatch.setattr(timed_calls, "_Call", EndsInBetween)
    result = calls.run(lambda: go.wait(AMPLE_SECONDS), 0, late.append)
    calls.wait_for_all()
    assert [each for each in (result, *late) if each != TooSlow()] == [Returned(True)]


def test_a_caller_that_waits_waits_for_every_call_also_next_to_others_that_wait() -> None:
    calls, go, ended = TimedCalls(), threading.Event(), threading.Event()

    def work() -> None:
        assert go.wait(AMPLE_SECONDS)
        ended.set()

    assert calls.run(work, 0, lambda result: None) == TooSlow()

    def wait(number: int) -> bool:
        if number == 0:
            threading.Timer(0.05, go.set).start()
        calls.wait_for_all()
        return ended.is_set()

    assert at_once(wait) == [True] * THREADS


def test_many_overdue_calls_that_fail_are_all_told_before_the_wait_ends() -> None:
    calls, go = TimedCalls(), threading.Event()
    late: list[Returned | Raised] = []

    def fail() -> None:
        assert go.wait(AMPLE_SECONDS)
        raise ValueError("late")

    results = at_once(lambda number: calls.run(fail, 0, late.append))
    assert results == [TooSlow()] * THREADS
    go.set()
    calls.wait_for_all()
    assert [type(ended) for ended in late] == [Raised] * THREADS


def test_one_pool_takes_batch_after_batch_and_mixes_no_results() -> None:
    executor = ThreadExecutor(THREADS)
    for batch in range(ROUNDS):
        tasks = [partial(divmod, batch, 1 + number) for number in range(THREADS)]
        assert executor.run_all(tasks) == [divmod(batch, 1 + number) for number in range(THREADS)]


def test_no_task_is_under_way_when_a_batch_with_failures_ends() -> None:
    executor, under_way, lock = ThreadExecutor(THREADS), [0], threading.Lock()

    def task(number: int) -> None:
        with lock:
            under_way[0] += 1
        try:
            if number % 3 == 0:
                raise ValueError(number)
        finally:
            with lock:
                under_way[0] -= 1

    for _ in range(ROUNDS):
        with pytest.raises(ValueError, match=r"^0$"):
            executor.run_all([partial(task, number) for number in range(THREADS)])
        assert under_way == [0]
