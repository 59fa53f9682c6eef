"""A single-property change of a template."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any


class Absent:
    """The value of a property that is removed."""

    def __repr__(self) -> str:
        """Read well in the name of a test."""
        return "taken away"


ABSENT = Absent()
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutation:
    """One property of one resource set to another value, or removed."""

    kind: str
    #: How the logical id begins.
    beginning: str
    path: Path
    value: Any
    #: The one rule that notices.
    rule: str

    def __str__(self) -> str:
        """Name the test."""
        path = ".".join(map(str, self.path))
        return f"{self.beginning} {path} {self.value!r}"

    def applied(self, resources: dict[str, Any]) -> dict[str, Any]:
        """The resources with the change; those that are given stay as they are."""
        found = [
            logical_id
            for logical_id, body in resources.items()
            if body["Type"] == self.kind and logical_id.startswith(self.beginning)
        ]
        assert len(found) == 1, f"{len(found)} {self.kind} begin with {self.beginning}"
        changed = copy.deepcopy(resources[found[0]])
        node: Any = changed["Properties"]
        for step in self.path[:-1]:
            node = node.setdefault(step, {}) if isinstance(node, dict) else node[step]
        last = self.path[-1]
        if isinstance(self.value, Absent):
            del node[last]
        else:
            existed = last in node if isinstance(node, dict) else True
            assert not existed or node[last] != self.value, f"{self} changes nothing"
            node[last] = self.value
        return {**resources, found[0]: changed}
