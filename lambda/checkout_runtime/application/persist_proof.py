"""Store proof that money moved, again and again until the worker has to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from checkout_runtime.application.ports import Clock

__all__ = ["persist"]

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 2.0
_RETURN_SECONDS = 1
"""Left to the worker for its own answer, once the table has not taken the proof."""
T = TypeVar("T")


def persist(write: Callable[[], T], clock: Clock, deadline: int, tell: Callable[[], None]) -> T:
    """Return what ``write`` returns, once it does; ``tell`` is called before each further try.

    Raises:
        Exception: as ``write``, once the time until ``deadline`` (ms UTC) is over.
    """
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return write()
        except Exception:
            left = (deadline - clock.now()) / 1000 - _RETURN_SECONDS
            if left <= pause:
                raise
            tell()
        clock.pause(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
