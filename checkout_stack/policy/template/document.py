"""A file's text as plain JSON values, with bounds that hold for hostile files too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkout_stack.policy.template.location import Positions, PropertyPath

#: Twice what CloudFormation takes from S3 (1 MB), for indentation and comments.
MOST_BYTES = 2 * 1024 * 1024
#: Mappings, lists and scalars, an aliased part as often as it is used.
MOST_NODES = 100_000
#: Mappings and lists within one another; state machines written as mappings reach 30.
DEEPEST = 64


@dataclass(frozen=True, eq=False)
class Document:
    """What was read from one file."""

    #: Mappings, lists, text, numbers, booleans and ``None``.
    value: Any
    positions: Positions


class NotReadableError(Exception):
    """A text that is not JSON or YAML within the bounds."""

    def __init__(self, line: int, column: int, problem: str) -> None:
        """Say where, from 1, and what."""
        super().__init__(problem)
        self.line = line
        self.column = column
        self.problem = problem


def child(value: Any, step: str | int) -> tuple[bool, Any]:
    """Whether ``value`` has something at ``step``, and what."""
    if isinstance(value, Mapping) and step in value:
        return True, value[step]
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return True, value[step]
    return False, None


def first_excess(value: Any) -> tuple[PropertyPath, str] | None:
    """The first place where a document is deeper or larger than it may be, and the problem."""
    waiting: list[tuple[Any, PropertyPath]] = [(value, ())]
    nodes = 0
    while waiting:
        node, path = waiting.pop()
        nodes += 1
        if len(path) > DEEPEST:
            return path[:DEEPEST], f"nested more than {DEEPEST} levels deep"
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


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
