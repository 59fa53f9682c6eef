"""Tell on standard error what is going on, so that standard output stays for results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


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
