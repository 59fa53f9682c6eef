"""A file as plain JSON values, within bounds, and where in it each of them is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

PropertyPath = tuple[str | int, ...]
"""Keys and list indexes from an outer node to an inner one."""
#: Twice what CloudFormation takes from S3 (1 MB), for indentation and comments.
MOST_BYTES = 2 * 1024 * 1024
#: Mappings, lists and scalars, an aliased part as often as it is used.
MOST_NODES = 100_000
#: Mappings and lists within one another; state machines written as mappings reach 30.
DEEPEST = 64


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


@dataclass(frozen=True, eq=False)
class Document:
    """What was read from one file."""

    #: Mappings, lists, text, numbers, booleans and ``None``.
    value: Any
    positions: Positions


def first_excess(value: Any) -> tuple[PropertyPath, str] | None:
    """The first place where a document is deeper or larger than it may be, and the problem."""
    waiting: list[tuple[Any, PropertyPath]] = [(value, ())]
    nodes = 1
    while waiting:
        node, path = waiting.pop()
        if len(path) > DEEPEST:
            return path[:DEEPEST], f"nested more than {DEEPEST} levels deep"
        if isinstance(node, dict | list):
            nodes += len(node)
            if nodes > MOST_NODES:
                return (), f"more than {MOST_NODES} values"
        if isinstance(node, dict):
            for key, below in node.items():
                if not _encodable(key):
                    return path, "a key with half of a surrogate pair, which is no text"
                waiting.append((below, (*path, key)))
        elif isinstance(node, list):
            waiting += [(below, (*path, index)) for index, below in enumerate(node)]
        elif isinstance(node, str) and not _encodable(node):
            return path, "text with half of a surrogate pair, which is no text"
    return None


def texts(written: Any) -> Iterator[str]:
    """All texts in what is written, the last first."""
    waiting = [written]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
