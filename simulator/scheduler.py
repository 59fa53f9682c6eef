"""One thread, virtual time, and tasks that give way only where they are told to.

Real code runs inside a task as it is: it calls, and the call may take an hour of virtual time.
Tasks are greenlets, so nothing depends on an operating system's scheduler, and a switch costs less
than a microsecond.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import TypeVar

from greenlet import GreenletExit, getcurrent, greenlet

__all__ = ["Process", "Scheduler", "Task"]

T = TypeVar("T")


class Process:
    """What dies together: every task of a dead process stays where it is for ever."""

    def __init__(self, name: str, skew_ms: int = 0) -> None:
        self.name = name
        self.skew_ms = skew_ms
        """How far its clock is ahead of the world's."""
        self.alive = True


class Task:
    """One strand of work."""

    __slots__ = ("_greenlet", "done", "joiner", "process")

    def __init__(self, process: Process, work: Callable[[], object], hub: greenlet) -> None:
        self.process = process
        self.done = False
        self.joiner: Callable[[], None] | None = None
        self._greenlet = greenlet(work, hub)

    def resume(self) -> None:
        """Go on with it, unless its process is dead."""
        if self.process.alive:
            self._greenlet.switch()

    def bury(self) -> None:
        """End what never ended: the world is over, so nothing that it still does has an effect."""
        if self._greenlet and not self._greenlet.dead:
            self._greenlet.throw(GreenletExit)


class Scheduler:
    """Runs what is due, in order of time and, at the same time, of arrival."""

    def __init__(self, start_ms: int) -> None:
        self.now = start_ms
        self.current: Task | None = None
        self.over = False
        self._hub = getcurrent()
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._arrivals = 0
        self._tasks: list[Task] = []

    def at(self, time_ms: int, action: Callable[[], None]) -> None:
        """Do something at a time; a time that has passed means now."""
        self._arrivals += 1
        heapq.heappush(self._agenda, (max(time_ms, self.now), self._arrivals, action))

    def spawn(self, process: Process, work: Callable[[], object]) -> Task:
        """Begin a task of a process."""

        def whole() -> None:
            work()
            task.done = True
            if task.joiner is not None:
                task.joiner()

        task = Task(process, whole, self._hub)
        self._tasks.append(task)
        self.at(self.now, lambda: self._resume(task))
        return task

    def pause(self, milliseconds: int) -> None:
        """Let the current task wait; with 0 it lets everything go first that is due now."""
        task = self.current
        assert task is not None, "only a task can pause"
        self.at(self.now + milliseconds, lambda: self._resume(task))
        self._hub.switch()

    def die(self) -> None:
        """Kill the process of the current task: no handler, no ``finally``, nothing more of it."""
        assert self.current is not None, "only a task can die"
        self.current.process.alive = False
        self._hub.switch()

    @property
    def others_are_due(self) -> bool:
        """Whether anything else could go on at this very moment."""
        return bool(self._agenda) and self._agenda[0][0] <= self.now

    def run_all(self, works: Sequence[Callable[[], T]]) -> list[T]:
        """Run works side by side, in the current task's process, until each has ended."""
        task = self.current
        assert task is not None, "only a task has others at its side"
        if not works:
            return []
        results: list[T | BaseException] = [RuntimeError("not run")] * len(works)
        open_works = len(works)

        def joined() -> None:
            nonlocal open_works
            open_works -= 1
            if open_works == 0:
                self.at(self.now, lambda: self._resume(task))

        def begin(place: int, work: Callable[[], T]) -> None:
            def kept() -> None:
                try:
                    results[place] = work()
                except Exception as problem:  # noqa: BLE001 - raised below, as a future does
                    results[place] = problem

            self.spawn(task.process, kept).joiner = joined

        for place, work in enumerate(works):
            begin(place, work)
        self._hub.switch()
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return results  # type: ignore[return-value]

    def run(self, until_ms: int, finished: Callable[[], bool] | None = None) -> None:
        """Run until nothing is left, a time has come, or ``finished`` says so."""
        agenda = self._agenda
        while agenda and agenda[0][0] <= until_ms:
            time_ms, _, action = heapq.heappop(agenda)
            if time_ms > self.now:
                if finished is not None and finished():
                    return
                self.now = time_ms
            action()

    def end(self) -> None:
        """Bury every task that still waits."""
        self.over = True
        for task in self._tasks:
            task.bury()
        self._tasks.clear()
        self._agenda.clear()

    def _resume(self, task: Task) -> None:
        self.current = task
        task.resume()
        self.current = None
