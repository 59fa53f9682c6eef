"""Leaves a payment service alone while it is down, and lets one order at a time try it again.

One breaker in each execution environment: a worker learns for itself, and it takes no call to tell
the others. What it holds back was not tried: no claim, no write, the message is returned to the
queue. Charging and looking up have a breaker each, as one may be down while the other works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from checkout_runtime.domain.record import Record

__all__ = ["CircuitBreaker", "Permit"]

FAILURES_TO_OPEN = 5
"""Unavailable answers in a row; fewer would open on one slow moment of a batch."""
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 60
"""A recovered service is noticed within a minute."""


class Permit(Record):
    """A permission to ask the service once."""

    is_probe: bool
    """Whether the others wait for what comes of it."""
    asker: str | None = None
    """For whom it is."""


class CircuitBreaker:
    """Closed, open, or half open with one probe under way."""

    def __init__(self, failures_to_open: int = FAILURES_TO_OPEN) -> None:
        """Make a closed one.

        Args:
            failures_to_open: Failures in a row after which it opens. Default: five.
        """
        self._failures_to_open = failures_to_open
        self._lock = Lock()
        self._failures = 0
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._no_try_before: int | None = None
        self._probe: Permit | None = None
        self._asked_nothing: set[str] = set()
        """Askers whose probe asked nothing, since the service was last heard of.

        One takes a hundred bytes, and a worker lives for hours: none is forgotten before.
        """

    def is_open(self, now: int) -> bool:
        """Tell whether the service is to be left alone; asks for no probe."""
        no_try_before = self._no_try_before
        # A pause twice as long as any is one of a clock that was wrong.
        beyond_any_pause = now + 2 * LONGEST_PAUSE_SECONDS * 1000
        return no_try_before is not None and now < no_try_before <= beyond_any_pause

    def permits(self, now: int, asker: str | None = None) -> Permit | None:
        """Permit a try. While half open one caller is permitted, the others wait for its answer.

        An asker whose probe asked nothing is permitted beside it from then on, until there is news:
        orders that are only looked up, and come each time with one that is to be charged, would
        else keep that one from ever being tried. Default: an asker without a name gets any probe.
        """
        with self._lock:
            if self._no_try_before is None:
                return Permit(is_probe=False)
            if self.is_open(now):
                return None
            if asker in self._asked_nothing:
                return Permit(is_probe=False)
            self._probe = Permit(is_probe=True, asker=asker)
            # Longer than a probe takes, and no longer: one whose worker died holds up nobody.
            self._no_try_before = now + LONGEST_PAUSE_SECONDS * 1000
            return self._probe

    @contextmanager
    def turn(self, now: Callable[[], int], asker: str | None = None) -> Iterator[bool]:
        """Yield whether a turn is permitted, and tell that it ended. ``now``: milliseconds UTC."""
        permit = self.permits(now(), asker)
        try:
            yield permit is not None
        finally:
            if permit is not None:
                self.finish(permit, now())

    def finish(self, permit: Permit, now: int) -> None:
        """Tell that the permitted turn ended. A probe that asked nothing is the next caller's.

        The turn of an earlier probe, which was answered and then slow to store that, ends none.
        """
        with self._lock:
            if permit is self._probe:
                self._probe = None
                self._no_try_before = now
                if permit.asker is not None:
                    self._asked_nothing.add(permit.asker)

    def record(self, *, available: bool, now: int) -> None:
        """Learn from an answer, or from the lack of one."""
        with self._lock:
            self._asked_nothing.clear()
            if available:
                self._failures, self._no_try_before, self._probe = 0, None, None
                self._pause_seconds = FIRST_PAUSE_SECONDS
            elif self._no_try_before is None:
                self._failures += 1
                if self._failures >= self._failures_to_open:
                    self._no_try_before = now + self._pause_seconds * 1000
            elif self._probe is not None:
                self._probe = None
                self._pause_seconds = min(2 * self._pause_seconds, LONGEST_PAUSE_SECONDS)
                self._no_try_before = now + self._pause_seconds * 1000
            # Else it is late news of a request that was sent before the breaker opened.
