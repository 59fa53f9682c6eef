"""The one exception that the command line shows as a message instead of a traceback."""

from __future__ import annotations

from pathlib import Path

TAIL_LINES = 15


class LocalRunProblem(Exception):
    """The local run cannot go on; the message says what happened and what to do."""


def with_tail(message: str, log: Path) -> LocalRunProblem:
    """A problem whose cause is in a log: its last lines and where the rest is."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    except OSError:
        lines = []
    shown = [f"    {line}" for line in lines if line.strip()]
    return LocalRunProblem("\n".join([message, *shown, f"The whole log: {log}"]))
