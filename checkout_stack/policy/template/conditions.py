"""Conditions: which of them a template decides by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from checkout_stack.policy.template.values import Reference, Text, Unknown, Value

DEEPEST = 40
"""Conditions may name conditions: a chain longer than this, or a circle, is left undecided."""


class Conditions:
    """The conditions of one template, each decided once."""

    def __init__(self, section: Mapping[str, Any], resolve: Callable[[Any], Value]) -> None:
        """Decide the conditions of ``section``; ``resolve`` takes no parameter's default."""
        self._section = section
        self._resolve = resolve
        self._decided: dict[str, bool | None] = {}

    def decide(self, name: str, depth: int = 0) -> bool | None:
        """Whether the condition holds in every deployment, in none (``False``), or in some."""
        if name not in self._decided:
            if depth > DEEPEST:
                return None
            self._decided[name] = None
            self._decided[name] = self._holds(self._section.get(name), depth + 1)
        return self._decided[name]

    def _holds(self, written: Any, depth: int) -> bool | None:
        if not isinstance(written, Mapping) or len(written) != 1 or depth > DEEPEST:
            return None
        [(function, argument)] = written.items()
        if function == "Condition" and isinstance(argument, str):
            return self.decide(argument, depth)
        if not isinstance(argument, list):
            return None
        if function == "Fn::Equals" and len(argument) == 2:
            return _equal(*(self._resolve(each) for each in argument))
        operands = [self._holds(each, depth + 1) for each in argument]
        if function == "Fn::Not" and len(operands) == 1:
            return None if operands[0] is None else not operands[0]
        if function == "Fn::And":
            return False if False in operands else None if None in operands else True
        if function == "Fn::Or":
            return True if True in operands else None if None in operands else False
        return None


def _equal(one: Value, other: Value) -> bool | None:
    plain = (str, bool, int, float)
    if isinstance(one, plain) and isinstance(other, plain):
        return _as_text(one) == _as_text(other)
    deployed = (Reference, Text, Unknown)
    if isinstance(one, deployed) and isinstance(other, deployed) and str(one) == str(other):
        return None if "${?}" in str(one) else True
    return None


def _as_text(value: str | bool | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
