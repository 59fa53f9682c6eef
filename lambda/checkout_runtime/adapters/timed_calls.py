"""Calls into code that is not ours, which may take too long and cannot be stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from checkout_runtime.domain.record import Record

__all__ = ["Raised", "Returned", "TimedCalls", "TooSlow"]

_log = logging.getLogger(__name__)


class Returned(Record):
    """The call ended with a value."""

    value: object


class Raised(Record):
    """The call ended with an exception of any kind, ``SystemExit`` included."""

    problem: BaseException


class TooSlow(Record):
    """The call still runs, in a thread of its own; nothing can stop it."""


class TimedCalls:
    """Runs each call in a thread of its own and waits for it no longer than it may take.

    A caller that starts calls here ends with :meth:`wait_for_all`: no call outlives the invocation
    that it belongs to, or a frozen environment that thaws hours later would send a charge.
    """

    def __init__(self) -> None:
        self._overdue: set[_Call] = set()
        self._lock = threading.Lock()

    def run(
        self,
        work: Callable[[], object],
        timeout_seconds: float,
        on_late_end: Callable[[Returned | Raised], object],
    ) -> Returned | Raised | TooSlow:
        """Run ``work``; return what came of it, or ``TooSlow`` when its time is over.

        What an overdue call comes to in the end is told to ``on_late_end``, in the call's thread.
        """
        call = _Call(work, on_late_end)
        ended = call.run(timeout_seconds)
        if isinstance(ended, TooSlow):
            with self._lock:
                self._overdue.add(call)
        return ended

    def wait_for_all(self) -> None:
        """Return when every overdue call has ended. Lambda's own time-out is the limit."""
        with self._lock:
            overdue = set(self._overdue)
        for call in overdue:
            call.wait()
        # Not before: another thread may have to wait for the same calls.
        with self._lock:
            self._overdue -= overdue


class _Call:
    def __init__(
        self, work: Callable[[], object], on_late_end: Callable[[Returned | Raised], object]
    ) -> None:
        self._work = work
        self._on_late_end = on_late_end
        self._ended: Returned | Raised | None = None
        self._is_overdue = False
        self._lock = threading.Lock()
        # A daemon: at its own time-out Lambda ends the process, and no thread may hold that up.
        self._thread = threading.Thread(target=self._carry_out, name="payment-call", daemon=True)

    def run(self, timeout_seconds: float) -> Returned | Raised | TooSlow:
        self._thread.start()
        self._thread.join(timeout_seconds)
        with self._lock:
            self._is_overdue = self._ended is None
            return self._ended or TooSlow()

    def wait(self) -> None:
        if self._thread.is_alive():
            _log.warning("payment_call_overdue", extra={"event": "payment_call_overdue"})
        self._thread.join()

    def _carry_out(self) -> None:
        ended: Returned | Raised
        try:
            ended = Returned(self._work())
        except BaseException as problem:  # noqa: BLE001 - also SystemExit says nothing about money
            ended = Raised(problem)
        with self._lock:
            self._ended = ended
            is_late = self._is_overdue
        if is_late:
            self._on_late_end(ended)
