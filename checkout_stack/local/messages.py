"""What a run tells people: progress on standard error, and the error that ends it.

Standard output stays for results.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

SHOWN_LINES = 15


class LocalRunError(Exception):
    """The local run cannot go on; the message says what happened and what to do.

    The command line shows it as a message instead of a traceback.
    """


def error_with_log(message: str, log: Path) -> LocalRunError:
    """An error whose cause is in a log: its last lines and where the rest is."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]
    except OSError:
        lines = []
    shown = [f"    {line}" for line in lines if line.strip()]
    return LocalRunError("\n".join([message, *shown, f"The whole log: {log}"]))


class Progress:
    """Lines for what happened, and a spinner with the seconds for what takes long."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)

    def say(self, line: str) -> None:
        """Print a line."""
        self.console.print(line, style="dim", markup=False)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show that a step is under way, then how long it took."""
        began = time.monotonic()
        with self.console.status(name):
            yield
        self.say(f"{name}: {time.monotonic() - began:.1f} s")
