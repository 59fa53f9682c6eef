"""YAML with short intrinsic functions and the line of every node.

The parser's events are read one by one, so that nothing grows before it is counted: not by depth,
not by number, and not by aliases, which count as often as they are used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from checkout_stack.policy.template.document import (
    DEEPEST,
    MOST_NODES,
    Document,
    PropertyPath,
    first_excess,
)
from checkout_stack.policy.template.errors import NotReadableError
from checkout_stack.policy.template.yaml_scalars import intrinsic_function, scalar

#: libyaml's parser where PyYAML was built with it: about ten times faster.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE_KEY = "<<"
Place: TypeAlias = tuple[int, int]
"""Line and column, from 1."""


def read_yaml(text: str) -> Document:
    """Read ``text``, or raise :class:`NotReadableError`: also for a key that stands twice."""
    try:
        document = _Reader().read(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = problem.problem or problem.context or "it cannot be parsed"
        raise NotReadableError(*place, f"not YAML: {said}") from problem
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        raise NotReadableError(line, 1, f"not YAML: {problem.reason}") from problem
    except yaml.YAMLError as problem:
        raise NotReadableError(1, 1, f"not YAML: {problem}") from problem
    excess = first_excess(document.value)
    if excess is not None:
        raise NotReadableError(*document.positions.nearest(excess[0]), excess[1])
    return document


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
            exists, below = _child(node, step)
            if not exists:
                break
            found, node = self._of.get(id(node), {}).get(step, found), below
        return found


def _child(value: Any, step: str | int) -> tuple[bool, Any]:
    """Whether ``value`` has something at ``step``, and what."""
    if isinstance(value, Mapping) and step in value:
        return True, value[step]
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return True, value[step]
    return False, None


@dataclass
class _Open:
    """A mapping or list that has begun and not ended."""

    place: Place
    tag: str | None
    anchor: str | None
    value: dict[str, Any] | list[Any]
    places: dict[str | int, Place] = field(default_factory=dict)
    key: str | None = None
    merged: list[Any] = field(default_factory=list)
    nodes: int = 1


class _Reader:
    """Builds values and positions from the events of one stream."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._anchored: dict[str, tuple[Any, int]] = {}
        self._positions = YamlPositions()
        self._nodes = 0

    def read(self, events: Iterable[Any]) -> Document:
        documents = 0
        for event in events:
            place = (event.start_mark.line + 1, event.start_mark.column + 1)
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event, place)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._begin(event, place)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._end()
            elif isinstance(event, yaml.AliasEvent):
                self._alias(str(event.anchor), place)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise NotReadableError(*place, "a second document; a template is one")
        return Document(self._positions.document, self._positions)

    def _scalar(self, event: Any, place: Place) -> None:
        self._count(1, place)
        plain = bool(event.implicit[0]) and event.tag is None
        container = self._open[-1] if self._open else None
        if container is not None and isinstance(container.value, dict) and container.key is None:
            self._key(container, event.value, place)
            return
        value = self._tagged(event.tag, scalar(event.value, event.tag, plain=plain), place)
        if event.anchor:
            self._anchored[event.anchor] = (value, 1)
        self._place(value, 1, place)

    def _key(self, container: _Open, key: str, place: Place) -> None:
        if key in container.places:
            raise NotReadableError(*place, f"the key {key!r} stands twice in one mapping")
        container.key = key
        if key != _MERGE_KEY:
            container.places[key] = place

    def _begin(self, event: Any, place: Place) -> None:
        self._count(1, place)
        if len(self._open) >= DEEPEST:
            raise NotReadableError(*place, f"nested more than {DEEPEST} levels deep")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._anchored.pop(event.anchor, None)
        self._open.append(_Open(place, event.tag, event.anchor, value))

    def _end(self) -> None:
        done = self._open.pop()
        if isinstance(done.value, dict):
            self._merge(done)
        self._positions.put(done.value, done.places)
        value = self._tagged(done.tag, done.value, done.place)
        if done.anchor:
            self._anchored[done.anchor] = (value, done.nodes)
        self._place(value, done.nodes, done.place)

    def _alias(self, anchor: str, place: Place) -> None:
        if anchor not in self._anchored:
            raise NotReadableError(*place, f"*{anchor} names no anchor that ends before it")
        value, nodes = self._anchored[anchor]
        self._count(nodes, place)
        self._place(value, nodes, place)

    def _place(self, value: Any, nodes: int, place: Place) -> None:
        """Put a finished value where it belongs."""
        if not self._open:
            self._positions.document = value
            return
        container = self._open[-1]
        container.nodes += nodes
        if isinstance(container.value, list):
            container.places[len(container.value)] = place
            container.value.append(value)
        elif container.key is None:
            raise NotReadableError(*place, "a key that is not text")
        elif container.key == _MERGE_KEY:
            container.merged += value if isinstance(value, list) else [value]
            container.key = None
        else:
            container.value[container.key] = value
            container.key = None

    def _merge(self, done: _Open) -> None:
        """Add what ``<<`` names; the mapping's own keys win, then those named first."""
        assert isinstance(done.value, dict)
        for each in done.merged:
            if not isinstance(each, dict):
                raise NotReadableError(*done.place, "<< names something that is not a mapping")
            for key, value in each.items():
                if key not in done.value:
                    done.value[key] = value
                    done.places[key] = done.place

    def _tagged(self, tag: str | None, value: Any, place: Place) -> Any:
        """``value``, within the intrinsic function that its tag is short for."""
        name = intrinsic_function(tag)
        if name is None:
            return value
        if name == "Fn::GetAtt" and isinstance(value, str):
            parts = value.split(".", 1)
            self._positions.put(parts, {})
            value = parts
        wrapped = {name: value}
        self._positions.put(wrapped, {name: place})
        return wrapped

    def _count(self, nodes: int, place: Place) -> None:
        self._nodes += nodes
        if self._nodes > MOST_NODES:
            raise NotReadableError(
                *place, f"more than {MOST_NODES} values, aliases counted each time"
            )
