"""JSON with the line of every node.

Python's own decoder reads the values; positions are looked for only when a finding asks for one,
by the same decoder, which skips whole values at its speed.
"""

from __future__ import annotations

import json
import math
import re
from array import array
from bisect import bisect_left
from collections import Counter
from functools import cached_property
from typing import Any

from checkout_stack.policy.template.document import DEEPEST, Document, PropertyPath, first_excess
from checkout_stack.policy.template.errors import NotReadableError

_LINE_END = re.compile("\n")
_SPACE = re.compile(r"[ \t\n\r]*")
# A string that does not end is taken whole too, else each of its quotes would be tried in turn.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\[\s\S])*+"?|[\[{]|[\]}]')


def read_json(text: str) -> Document:
    """Read ``text``, or raise :class:`NotReadableError`: also for a key that stands twice."""
    positions = JsonPositions(text)
    duplicates: list[str] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            counted = Counter(key for key, _ in pairs)
            duplicates.append(next(key for key, count in counted.items() if count > 1))
        return made

    too_deep = _too_deep(text)
    if too_deep is not None:
        raise NotReadableError(*positions.at(too_deep), f"nested more than {DEEPEST} levels deep")
    try:
        value = json.loads(
            text, object_pairs_hook=mapping, parse_constant=_refuse, parse_float=_finite
        )
    except json.JSONDecodeError as problem:
        raise NotReadableError(
            problem.lineno, problem.colno, f"not JSON: {problem.msg}"
        ) from problem
    except ValueError as problem:
        raise NotReadableError(1, 1, f"not JSON: {problem}") from problem
    if duplicates:
        line, column = positions.at(positions.second(duplicates[0]))
        raise NotReadableError(
            line, column, f"the key {duplicates[0]!r} stands twice in one mapping"
        )
    excess = first_excess(value)
    if excess is not None:
        raise NotReadableError(*positions.nearest(excess[0]), excess[1])
    return Document(value, positions)


class JsonPositions:
    """Finds nodes in a JSON text that is known to be well formed."""

    def __init__(self, text: str) -> None:
        """Look in ``text``; nothing is read before the first question."""
        self._text = text
        self._decoder = json.JSONDecoder()
        self._children: dict[int, dict[str | int, tuple[int, int]]] = {}

    def nearest(self, path: PropertyPath) -> tuple[int, int]:
        """As :class:`Positions` says."""
        found = value = self._after_space(0)
        for step in path:
            below = self._children_of(value).get(step)
            if below is None:
                break
            found, value = below
        return self.at(found)

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of a character."""
        line = bisect_left(self._line_ends, offset)
        before = self._line_ends[line - 1] if line else -1
        return line + 1, offset - before

    @cached_property
    def _line_ends(self) -> array[int]:
        return array("L", (end.start() for end in _LINE_END.finditer(self._text)))

    def second(self, key: str) -> int:
        """Where ``key`` stands for the second time in one mapping."""
        waiting = [self._after_space(0)]
        while waiting:
            value = waiting.pop()
            seen = self._pairs(value)
            keys = [each for each, _, _ in seen]
            if keys.count(key) > 1:
                return [offset for each, offset, _ in seen if each == key][1]
            waiting += [offset for _, _, offset in reversed(seen)]
        return 0

    def _children_of(self, value: int) -> dict[str | int, tuple[int, int]]:
        """Where each key, or item, and its value begin, in the mapping or list at ``value``."""
        if value not in self._children:
            self._children[value] = {key: (at, below) for key, at, below in self._pairs(value)}
        return self._children[value]

    def _pairs(self, value: int) -> list[tuple[str | int, int, int]]:
        opening = self._text[value]
        if opening not in "{[":
            return []
        pairs: list[tuple[str | int, int, int]] = []
        at = self._after_space(value + 1)
        while self._text[at] not in "}]":
            begin, key = at, len(pairs)
            if opening == "{":
                key, at = self._decoder.raw_decode(self._text, at)
                at = self._after_space(self._after_space(at) + 1)
            pairs.append((key, begin, at))
            _, at = self._decoder.raw_decode(self._text, at)
            at = self._after_space(at)
            if self._text[at] == ",":
                at = self._after_space(at + 1)
        return pairs

    def _after_space(self, offset: int) -> int:
        space = _SPACE.match(self._text, offset)
        assert space is not None
        return space.end()


def _too_deep(text: str) -> int | None:
    """Where a text opens one level too many; checked first, as decoders recurse."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return None
    depth = 0
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if first in "[{":
            depth += 1
            if depth > DEEPEST:
                return token.start()
        elif first != '"':
            depth -= 1
    return None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:40]} is too large a number")
    return number
