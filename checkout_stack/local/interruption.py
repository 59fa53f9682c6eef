"""Signals that end a run: one ``KeyboardInterrupt``, and none while a process is being started.

Between the start of a process and the note of it, an interrupt would leave it running for good.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Turns the first signal into an interrupt, and ignores those after it."""

    def __init__(self) -> None:
        self._held = 0
        self._came = False
        self._raised = False

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        """Let each of the signals interrupt what is done here, in the main thread."""
        self._came = self._raised = False
        # A function, even where it does nothing: what a process ignores, its children ignore too.
        before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Put an interrupt off to the end of what is done here."""
        if threading.current_thread() is not threading.main_thread():
            yield  # a signal interrupts the main thread only
            return
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if self._came:
                self._interrupt()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True
        self._interrupt()

    def _interrupt(self) -> None:
        if not self._held and not self._raised:
            self._raised = True
            raise KeyboardInterrupt


INTERRUPTION = Interruption()
"""Signals are the whole process's, and so is this."""
