"""Where in a file something is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

PropertyPath = tuple[str | int, ...]
"""Keys and list indexes from an outer node to an inner one."""


@dataclass(frozen=True, order=True, slots=True)
class Location:
    """A character of a file: the beginning of a key, or of an item of a list."""

    #: The path as it was given on the command line; ``<stdin>`` for standard input.
    file: str
    #: Line, from 1.
    line: int
    #: Column in characters, from 1.
    column: int

    def __str__(self) -> str:
        """Render as ``file:line:column``, which terminals and editors make clickable."""
        return f"{self.file}:{self.line}:{self.column}"


class Positions(Protocol):
    """Where each node of a document is written."""

    def nearest(self, path: PropertyPath) -> tuple[int, int]:
        """Line and column, from 1, of the node at ``path``, or of its nearest existing ancestor."""
        ...
