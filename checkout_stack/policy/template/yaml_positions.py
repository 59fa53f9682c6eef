"""Where the nodes of a YAML document are written."""

from __future__ import annotations

from typing import Any, TypeAlias

from checkout_stack.policy.template.document import child
from checkout_stack.policy.template.location import PropertyPath

Place: TypeAlias = tuple[int, int]
"""Line and column, from 1."""


class YamlPositions:
    """Where the keys and items of each container of one document are written."""

    def __init__(self) -> None:
        """Know of no container yet."""
        self.document: Any = None
        self._first: Place = (1, 1)
        self._of: dict[int, dict[str | int, Place]] = {}

    def put(self, container: Any, places: dict[str | int, Place]) -> None:
        """Remember where the children of a container are; the document keeps it alive."""
        self._of[id(container)] = places

    def nearest(self, path: PropertyPath) -> Place:
        """As :class:`Positions` says."""
        found, node = self._first, self.document
        for step in path:
            exists, below = child(node, step)
            if not exists:
                break
            found, node = self._of.get(id(node), {}).get(step, found), below
        return found
