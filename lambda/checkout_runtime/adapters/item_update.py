"""What a write changes of an item, and under which condition, as values.

DynamoDB takes both as texts with placeholders for names and values. They are written here alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Attribute", "Condition", "Expression", "Update", "Value"]

Value = str | int | None | frozenset[str] | tuple[()]
"""What an attribute is set to or compared with, as Python has it; the tuple is the empty list."""


@dataclass(frozen=True, slots=True)
class _Literal:
    value: Value


@dataclass(frozen=True, slots=True)
class Expression:
    """A value that DynamoDB computes from what is stored when the update is made."""

    parts: tuple[str | Attribute | _Literal, ...]

    def plus(self, number: int) -> Expression:
        """Return the sum of both."""
        sign = " + " if number >= 0 else " - "
        return Expression((*self.parts, sign, _Literal(abs(number))))


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to hold of the stored item.

    >>> either = Attribute("a").is_absent() | Attribute("b").equals("x")
    >>> Update(when=[either]).request()["ConditionExpression"]
    '(attribute_not_exists(#a) OR #b = :v0)'
    """

    parts: tuple[str | Attribute | _Literal, ...]

    def __or__(self, other: Condition) -> Condition:
        return Condition(("(", *self.parts, " OR ", *other.parts, ")"))

    def __and__(self, other: Condition) -> Condition:
        return Condition(("(", *self.parts, " AND ", *other.parts, ")"))

    def __invert__(self) -> Condition:
        return Condition(("NOT ", *self.parts))


@dataclass(frozen=True, slots=True)
class Attribute:
    """What an item holds under a name when a write is made."""

    name: str

    def plus(self, number: int) -> Expression:
        """Return its number and another; an absent attribute fails the write."""
        return Expression((self,)).plus(number)

    def or_else(self, value: Value) -> Expression:
        """Return what it holds, or ``value`` where it is absent."""
        return Expression(("if_not_exists(", self, ", ", _Literal(value), ")"))

    def exists(self) -> Condition:
        """Hold where it is stored."""
        return Condition(("attribute_exists(", self, ")"))

    def is_absent(self) -> Condition:
        """Hold where it is not stored."""
        return Condition(("attribute_not_exists(", self, ")"))

    def equals(self, value: Value) -> Condition:
        """Hold where it is this value."""
        return self._compared("=", value)

    def differs_from(self, value: Value) -> Condition:
        """Hold where it is another value, or absent."""
        return self._compared("<>", value)

    def below(self, value: int) -> Condition:
        """Hold where it is less."""
        return self._compared("<", value)

    def at_most(self, value: int) -> Condition:
        """Hold where it is less or equal."""
        return self._compared("<=", value)

    def above(self, value: int) -> Condition:
        """Hold where it is more."""
        return self._compared(">", value)

    def is_one_of(self, values: Sequence[str]) -> Condition:
        """Hold where it is one of these values; there has to be one."""
        first, *others = map(_Literal, values)
        listed = [part for each in others for part in (", ", each)]
        return Condition((self, " IN (", first, *listed, ")"))

    def contains(self, value: str) -> Condition:
        """Hold where it is a set with this member."""
        return Condition(("contains(", self, ", ", _Literal(value), ")"))

    def _compared(self, operator: str, value: Value) -> Condition:
        return Condition((self, f" {operator} ", _Literal(value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A change of one item. What is not named stays as it is."""

    set: Mapping[str, Value | Expression] = field(default_factory=dict)
    """The new values of attributes."""
    add: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Members for attributes that are sets; an absent set is made."""
    delete: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Members to be taken from attributes that are sets; an empty set goes."""
    remove: Sequence[str] = ()
    """Attributes that go."""
    when: Sequence[Condition] = ()
    """All of these have to hold, or nothing changes. Default: no condition."""

    def also(self, other: Update) -> Update:
        """Return an update that changes what both change, where both may."""
        return Update(
            set={**self.set, **other.set},
            add={**self.add, **other.add},
            delete={**self.delete, **other.delete},
            remove=(*self.remove, *other.remove),
            when=(*self.when, *other.when),
        )

    def request(self) -> dict[str, Any]:
        """Return the expressions of ``UpdateItem``, with the names and values they stand for.

        >>> update = Update(set={"resend": Attribute("resend").plus(1)}, remove=["claim_id"])
        >>> update.request()["UpdateExpression"]
        'SET #resend = #resend + :v0 REMOVE #claim_id'
        >>> update.request()["ExpressionAttributeValues"]
        {':v0': {'N': '1'}}
        """
        written = _Placeholders()
        clauses = {
            "SET": [
                f"{written.name(name)} = {written.operand(value)}"
                for name, value in self.set.items()
            ],
            "REMOVE": [written.name(name) for name in self.remove],
            "ADD": [f"{written.name(n)} {written.value(each)}" for n, each in self.add.items()],
            "DELETE": [
                f"{written.name(n)} {written.value(each)}" for n, each in self.delete.items()
            ],
        }
        request: dict[str, Any] = {
            "UpdateExpression": " ".join(
                f"{clause} {', '.join(changes)}" for clause, changes in clauses.items() if changes
            ),
            "ExpressionAttributeNames": written.names,
        }
        if self.when:
            texts = [written.text(condition.parts) for condition in self.when]
            request["ConditionExpression"] = " AND ".join(texts)
        if written.values:
            request["ExpressionAttributeValues"] = written.values
        return request


class _Placeholders:
    """Writes expressions; a placeholder for each name, so that none is one of DynamoDB's words."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name(self, name: str) -> str:
        self.names[f"#{name}"] = name
        return f"#{name}"

    def value(self, value: Value) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = _stored(value)
        return placeholder

    def operand(self, value: Value | Expression) -> str:
        return self.text(value.parts) if isinstance(value, Expression) else self.value(value)

    def text(self, parts: Sequence[str | Attribute | _Literal]) -> str:
        return "".join(map(self._part, parts))

    def _part(self, part: str | Attribute | _Literal) -> str:
        if isinstance(part, Attribute):
            return self.name(part.name)
        return self.value(part.value) if isinstance(part, _Literal) else part


def _stored(value: Value) -> dict[str, Any]:
    """Return a value as DynamoDB has it."""
    match value:
        case None:
            return {"NULL": True}
        case str():
            return {"S": str(value)}
        case int():
            return {"N": str(value)}
        case frozenset():
            return {"SS": sorted(value)}
    return {"L": []}
