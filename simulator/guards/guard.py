"""One guard of the code."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Guard"]


@dataclass(frozen=True, slots=True)
class Guard:
    """A piece of code that one part of the promise rests on."""

    trap: int
    """Its number in the table of docs/internals/architecture.md, 1 to 24."""
    name: str
    file: str
    code: str
    """As written in the file, once."""
    without: str
    """The file without the guard."""
    test: str = ""
    """What has to go red; the simulator where it is empty."""
