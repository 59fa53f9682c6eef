"""Attribute values as DynamoDB compares, adds and measures them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

__all__ = [
    "COMPARISONS",
    "ExpressionError",
    "added",
    "begins_with",
    "compare",
    "contains",
    "deleted",
    "number",
    "size",
]

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class ExpressionError(ValueError):
    """What DynamoDB answers with a ValidationException."""


def _plain(value: Any) -> tuple[str, Any]:
    [(kind, content)] = value.items()
    return kind, number(value) if kind == "N" else content


def compare(word: str, left: Any, right: Any) -> bool:
    """Compare two attributes; one that is absent equals no value."""
    if left is None or right is None:
        return word == "<>" and left is not right
    [(kind, a)], [(other, b)] = left.items(), right.items()
    if kind != other:
        return word == "<>"
    if kind == "N":
        a, b = number(left), number(right)
    elif kind in ("SS", "NS", "BS"):
        a, b = sorted(a), sorted(b)
    return COMPARISONS[word](a, b)


def number(value: Any) -> Any:
    """Return the number of an attribute."""
    if value is None or "N" not in value:
        raise ExpressionError("an operand of arithmetic is no number")
    text = value["N"]
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)


def added(there: Any, more: Any) -> Any:
    """Return what ``ADD`` makes of an attribute."""
    kind = next(iter(more))
    if kind == "N":
        return {"N": str(number(there or {"N": "0"}) + number(more))}
    if kind not in ("SS", "NS", "BS") or (there is not None and kind not in there):
        raise ExpressionError("ADD takes numbers and sets of one type")
    _assert_not_empty(more[kind])
    return {kind: sorted({*(there or {kind: ()})[kind], *more[kind]})}


def deleted(there: Any, less: Any) -> Any:
    """Return what ``DELETE`` leaves of a set, or None."""
    kind = next(iter(less))
    if kind not in ("SS", "NS", "BS"):
        raise ExpressionError("DELETE takes sets")
    _assert_not_empty(less[kind])
    if there is None:
        return None
    if kind not in there:
        raise ExpressionError("DELETE takes sets of one type")
    left = sorted(set(there[kind]) - set(less[kind]))
    return {kind: left} if left else None


def _assert_not_empty(members: Any) -> None:
    if not members:
        raise ExpressionError("a set may not be empty")


def begins_with(value: Any, start: Any) -> bool:
    """Whether a string begins with another."""
    return value is not None and "S" in value and value["S"].startswith(start["S"])


def contains(value: Any, part: Any) -> bool:
    """Whether a string, set or list contains a value."""
    if value is None:
        return False
    kind, content = _plain(value)
    if kind == "L":
        return part in content
    return kind in ("S", "SS", "NS", "BS") and next(iter(part.values())) in content


def size(value: Any) -> Any:
    """Return the size of an attribute, or None if it is absent."""
    if value is None:
        return None
    kind, content = _plain(value)
    return {"N": str(len(content.encode() if kind == "S" else content))}
