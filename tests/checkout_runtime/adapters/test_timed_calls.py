"""Calls that may take too long: abandoned in time, waited for in the end, never forgotten."""

from __future__ import annotations

import threading

import pytest

from checkout_runtime.adapters.timed_calls import Raised, Returned, TimedCalls, TooSlow

AMPLE_SECONDS = 30.0
AT_ONCE = 0.0


class Stuck:
    """Work that goes on until it is let go."""

    def __init__(self, problem: BaseException | None = None) -> None:
        self._go = threading.Event()
        self._problem = problem
        self.is_done = False

    def __call__(self) -> str:
        assert self._go.wait(AMPLE_SECONDS)
        self.is_done = True
        if self._problem is not None:
            raise self._problem
        return "late"

    def let_go(self) -> None:
        self._go.set()


def nobody(ended: Returned | Raised) -> None:
    raise AssertionError(f"nothing was late, but {ended}")


def test_a_call_that_ends_in_time_is_told_by_its_value() -> None:
    assert TimedCalls().run(lambda: "done", AMPLE_SECONDS, nobody) == Returned("done")


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_an_exception_of_any_kind_ends_the_call_and_nothing_else(kind: type[BaseException]) -> None:
    problem = kind("no")

    def work() -> None:
        raise problem

    assert TimedCalls().run(work, AMPLE_SECONDS, nobody) == Raised(problem)


def test_a_call_that_does_not_end_is_abandoned_when_its_time_is_over() -> None:
    stuck = Stuck()
    late: list[object] = []
    calls = TimedCalls()
    assert calls.run(stuck, AT_ONCE, late.append) == TooSlow()
    assert not stuck.is_done
    stuck.let_go()
    calls.wait_for_all()
    assert late == [Returned("late")]


def test_what_an_overdue_call_raised_is_told_too() -> None:
    stuck = Stuck(problem=SystemExit(1))
    late: list[Returned | Raised] = []
    calls = TimedCalls()
    calls.run(stuck, AT_ONCE, late.append)
    stuck.let_go()
    calls.wait_for_all()
    assert [type(each) for each in late] == [Raised]


def test_nobody_goes_on_before_every_overdue_call_has_ended() -> None:
    first, second = Stuck(), Stuck()
    calls = TimedCalls()
    for stuck in (first, second):
        calls.run(stuck, AT_ONCE, lambda ended: None)
    waiting = threading.Thread(target=calls.wait_for_all)
    waiting.start()
    first.let_go()
    waiting.join(0.05)
    assert waiting.is_alive()
    second.let_go()
    waiting.join(AMPLE_SECONDS)
    assert (first.is_done, second.is_done, waiting.is_alive()) == (True, True, False)


def test_there_is_nothing_to_wait_for_where_all_ended_in_time() -> None:
    calls = TimedCalls()
    calls.run(lambda: "done", AMPLE_SECONDS, nobody)
    calls.wait_for_all()
