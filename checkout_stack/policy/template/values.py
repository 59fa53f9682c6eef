"""What a property of a template is worth once its intrinsic functions are resolved.

A resolved value is plain JSON (text, number, boolean, list, mapping), ``None`` where the property
is absent, or one of the four classes below where a template alone does not say what it will be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, Union


@dataclass(frozen=True, slots=True)
class Reference:
    """What a resource or a pseudo parameter will be known as: ``Ref`` and ``Fn::GetAtt``."""

    #: A logical id of the template, or a pseudo parameter such as ``AWS::Region``.
    logical_id: str
    #: The attribute of ``Fn::GetAtt``; ``None`` for ``Ref``.
    attribute: str | None = None

    def __str__(self) -> str:
        """Write it as ``Fn::Sub`` would."""
        return f"${{{self.logical_id}{'.' + self.attribute if self.attribute else ''}}}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a template does not say: an import, a parameter without default, a secret."""

    #: Why it is unknown, as the end of "cannot tell: …".
    why: str
    #: How the template writes it. Two unknowns that are written alike are equal in any deployment.
    written: str = "${?}"

    def __str__(self) -> str:
        """Write it as ``Fn::Sub`` would."""
        return self.written


@dataclass(frozen=True, slots=True)
class Text:
    """Text of which some parts are only known once it is deployed, such as an ARN."""

    parts: tuple[str | Reference | Unknown, ...]

    def __str__(self) -> str:
        """Write it as ``Fn::Sub`` would: equal texts are equal in any deployment."""
        return "".join(map(str, self.parts))


@dataclass(frozen=True, slots=True)
class Either:
    """One of several values, by a condition that the template alone does not decide."""

    #: At least two different values; ``None`` stands for an absent property.
    values: tuple[Value, ...]

    def __str__(self) -> str:
        """Name all the values."""
        return " or ".join("nothing" if each is None else str(each) for each in self.values)


Value: TypeAlias = Union[
    str,
    bool,
    int,
    float,
    "list[Value]",
    "Mapping[str, Value]",
    Reference,
    Text,
    Unknown,
    Either,
    None,
]

MOST_POSSIBILITIES = 16
"""Conditions that multiply beyond this are left unknown."""


def possibilities(value: Value) -> tuple[Value, ...]:
    """Everything that ``value`` can be: the branches of an ``Either``, else itself alone."""
    return value.values if isinstance(value, Either) else (value,)


def listed(value: Value) -> list[Value]:
    """One or a list, as a list; the branches of conditions all taken, absences left out."""
    found: list[Value] = []
    for possibility in possibilities(value):
        for each in possibility if isinstance(possibility, list) else [possibility]:
            found += [inner for inner in possibilities(each) if inner is not None]
    return found


def either(values: tuple[Value, ...]) -> Value:
    """One value where all are equal, else an ``Either``; ``Unknown`` if there are too many."""
    distinct: list[Value] = []
    for value in values:
        for possibility in possibilities(value):
            if not any(_same(possibility, seen) for seen in distinct):
                distinct.append(possibility)
    if len(distinct) > MOST_POSSIBILITIES:
        return Unknown("it depends on too many conditions")
    return distinct[0] if len(distinct) == 1 else Either(tuple(distinct))


def whole_number(value: Value) -> int | Unknown | None:
    """Read a whole number, written as number or text, as CloudFormation does.

    ``None`` where the property is absent; ``Unknown`` where it is anything else. Take the branches
    of an ``Either`` apart by :func:`possibilities` first, else it is unknown.
    """
    if isinstance(value, bool):
        return Unknown(f"{str(value).lower()} stands where a whole number is expected")
    if value is None or isinstance(value, int | Unknown):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) <= 20:
        digits = value.strip()
        if digits.lstrip("-").isdecimal() and digits.isascii():
            return int(digits) if digits.count("-") <= 1 else _unexpected(value, "a whole number")
    return _unexpected(value, "a whole number")


def boolean(value: Value) -> bool | Unknown | None:
    """Read a boolean, written as boolean or text, as CloudFormation does; else as above."""
    if value is None or isinstance(value, bool | Unknown):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return _unexpected(value, "a boolean")


def _unexpected(value: Value, expected: str) -> Unknown:
    if isinstance(value, Either):
        return Unknown(f"a condition decides between {value}"[:200])
    if isinstance(value, Reference | Text):
        return Unknown(f"{value} is only known once it is deployed"[:200])
    return Unknown(f"{kind_of(value)} stands where {expected} is expected")


def kind_of(value: object) -> str:
    """What a value is, in words for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Mapping):
        return "a mapping"
    return "text"


def _same(one: Value, other: Value) -> bool:
    """Equal, and of one type: ``True`` is not ``1``."""
    return type(one) is type(other) and one == other
