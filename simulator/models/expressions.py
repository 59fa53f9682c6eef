"""DynamoDB's expressions: parsed once, then evaluated as closures.

What AWS refuses is refused: names and values that are not defined or not used, keys in updates,
arithmetic on what is no number (developer guide, "Expressions in DynamoDB").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.models.attribute_values import ExpressionError
from simulator.models.expression_parser import (
    Change,
    ExpressionParser,
    Item,
    Names,
    Test,
    Values,
)

__all__ = [
    "Condition",
    "ExpressionError",
    "Projection",
    "Update",
    "condition",
    "projection",
    "update",
]


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition, filter or key condition."""

    holds: Test
    names: frozenset[str]
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Update:
    """A parsed update."""

    apply: Callable[[Item, Names, Values], dict[str, Any]]
    names: frozenset[str]
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Projection:
    """A parsed projection: the attributes that a read shows."""

    apply: Callable[[Item, Names], dict[str, Any]]
    names: frozenset[str]


@lru_cache(maxsize=512)
def condition(text: str) -> Condition:
    """Parse a condition."""
    parser = ExpressionParser(text)
    test = parser.disjunction()
    parser.end()
    return Condition(test, frozenset(parser.names), frozenset(parser.values))


@lru_cache(maxsize=512)
def update(text: str) -> Update:
    """Parse an update."""
    parser = ExpressionParser(text)
    changes: list[Change] = []
    seen: set[str] = set()
    while parser.more():
        clause = parser.take().upper()
        if clause in seen or clause not in ("SET", "REMOVE", "ADD", "DELETE"):
            raise ExpressionError(f"unexpected {clause!r} in {text!r}")
        seen.add(clause)
        changes.append(parser.change(clause))
        while parser.peek() == ",":
            parser.take()
            changes.append(parser.change(clause))
    if not changes:
        raise ExpressionError("an update must change something")
    targets = parser.targets

    def apply(item: Item, names: Names, values: Values) -> dict[str, Any]:
        if len({names.get(target, target) for target in targets}) < len(targets):
            raise ExpressionError("two actions change one attribute")
        changed = dict(item)
        for change in changes:
            change(item, changed, names, values)
        return changed

    return Update(apply, frozenset(parser.names), frozenset(parser.values))


@lru_cache(maxsize=512)
def projection(text: str) -> Projection:
    """Parse a projection."""
    parser = ExpressionParser(text)
    targets = [parser.target()]
    while parser.more():
        parser.take(",")
        targets.append(parser.target())

    def apply(item: Item, names: Names) -> dict[str, Any]:
        shown = [target(names) for target in targets]
        return {name: item[name] for name in shown if name in item}

    return Projection(apply, frozenset(parser.names))
