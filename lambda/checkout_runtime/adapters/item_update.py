"""What a write changes of an item, and under which condition, as values.

DynamoDB takes both as texts with placeholders for names and values. They are written here alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checkout_runtime.domain.record import Record

__all__ = ["Attribute", "Condition", "Expression", "Update", "Value"]

Value = str | int | None | frozenset[str] | tuple[()]
"""What an attribute is set to or compared with, as Python has it; the tuple is the empty list."""
_NOTHING: Mapping[str, Any] = {}


class Expression(Record):
    """A value that DynamoDB computes from what is stored when the update is made."""

    text: str
    """With a placeholder for each name, and ``%s`` for each value."""
    names: tuple[str, ...]
    values: tuple[Value, ...] = ()

    def plus(self, number: int) -> Expression:
        """Return the sum of both."""
        sign = "+" if number >= 0 else "-"
        return Expression(f"{self.text} {sign} %s", self.names, (*self.values, abs(number)))


class Condition(Record):
    """What has to hold of the stored item.

    >>> either = Attribute("a").is_absent() | Attribute("b").equals("x")
    >>> Update(when=[either]).request()["ConditionExpression"]
    '(attribute_not_exists(#a) OR #b = :v0)'
    """

    text: str
    """With a placeholder for each name, and ``%s`` for each value."""
    names: tuple[str, ...]
    values: tuple[Value, ...] = ()

    def __or__(self, other: Condition) -> Condition:
        return self._with("OR", other)

    def __and__(self, other: Condition) -> Condition:
        return self._with("AND", other)

    def __invert__(self) -> Condition:
        return Condition(f"NOT {self.text}", self.names, self.values)

    def _with(self, word: str, other: Condition) -> Condition:
        return Condition(
            f"({self.text} {word} {other.text})",
            (*self.names, *other.names),
            (*self.values, *other.values),
        )


class Attribute(Record):
    """What an item holds under a name when a write is made."""

    name: str

    def plus(self, number: int) -> Expression:
        """Return its number and another; an absent attribute fails the write."""
        return Expression(f"#{self.name}", (self.name,)).plus(number)

    def or_else(self, value: Value | Attribute) -> Expression:
        """Return what it holds, or ``value``, or what that attribute holds, where it is absent."""
        if isinstance(value, Attribute):
            names = (self.name, value.name)
            return Expression(f"if_not_exists(#{self.name}, #{value.name})", names)
        return Expression(f"if_not_exists(#{self.name}, %s)", (self.name,), (value,))

    def exists(self) -> Condition:
        """Hold where it is stored."""
        return Condition(f"attribute_exists(#{self.name})", (self.name,))

    def is_absent(self) -> Condition:
        """Hold where it is not stored."""
        return Condition(f"attribute_not_exists(#{self.name})", (self.name,))

    def equals(self, value: Value) -> Condition:
        """Hold where it is this value."""
        return self._tested("#{} = %s", value)

    def differs_from(self, value: Value) -> Condition:
        """Hold where it is another value, or absent."""
        return self._tested("#{} <> %s", value)

    def below(self, value: int) -> Condition:
        """Hold where it is less."""
        return self._tested("#{} < %s", value)

    def at_most(self, value: int) -> Condition:
        """Hold where it is less or equal."""
        return self._tested("#{} <= %s", value)

    def above(self, value: int) -> Condition:
        """Hold where it is more."""
        return self._tested("#{} > %s", value)

    def is_one_of(self, values: Sequence[str]) -> Condition:
        """Hold where it is one of these values; there has to be one."""
        return self._tested("#{} IN (" + ", ".join(["%s"] * len(values)) + ")", *values)

    def contains(self, value: str) -> Condition:
        """Hold where it is a set with this member."""
        return self._tested("contains(#{}, %s)", value)

    def _tested(self, test: str, *values: Value) -> Condition:
        return Condition(test.format(self.name), (self.name,), values)


class Update(Record):
    """A change of one item. What is not named stays as it is."""

    set: Mapping[str, Value | Expression] = _NOTHING
    """The new values of attributes."""
    add: Mapping[str, frozenset[str]] = _NOTHING
    """Members for attributes that are sets; an absent set is made."""
    delete: Mapping[str, frozenset[str]] = _NOTHING
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
            texts = [written.text(condition) for condition in self.when]
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
        return self.text(value) if isinstance(value, Expression) else self.value(value)

    def text(self, written: Expression | Condition) -> str:
        for name in written.names:
            self.name(name)
        return written.text % tuple(map(self.value, written.values))


def _stored(value: Value) -> dict[str, Any]:
    """Return a value as DynamoDB has it."""
    if isinstance(value, str):
        return {"S": str(value)}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, frozenset):
        return {"SS": sorted(value)}
    return {"NULL": True} if value is None else {"L": []}
