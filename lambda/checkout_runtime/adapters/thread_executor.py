"""Threads, as the process really has them; a module of its own, as only charging needs them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

__all__ = ["ThreadExecutor"]

T = TypeVar("T")


class ThreadExecutor:
    """Runs tasks on a pool of threads that lives as long as the execution environment."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="charge")

    def run_all(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Run every task to its end; a task's own exception is raised after all have ended.

        No task outlives this call: a frozen environment that thaws hours later sends nothing.
        """
        if len(tasks) == 1:
            return [tasks[0]()]
        futures = [self._pool.submit(task) for task in tasks]
        wait(futures)
        return [future.result() for future in futures]
