"""What a property of a template is worth once its intrinsic functions are resolved.

A resolved value is plain JSON (text, number, boolean, list, mapping), ``None`` where the property
is absent, or one of the four classes below where a template alone does not say what it will be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, Union, cast

ANYTHING = "${?}"
"""How something is written that may be anything: equal to nothing, not even to itself."""
STACKS_OWN = frozenset(("AWS::StackId", "AWS::StackName"))
"""Pseudo parameters that differ from stack to stack of one deployment."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a resource or a pseudo parameter will be known as: ``Ref`` and ``Fn::GetAtt``."""

    #: A logical id of the template, or a pseudo parameter such as ``AWS::Region``.
    logical_id: str
    #: The attribute of ``Fn::GetAtt``; ``None`` for ``Ref``.
    attribute: str | None = None
    #: The key of the stack that has the resource; empty for the stack that refers to it.
    stack: str = ""

    def __str__(self) -> str:
        """Write it as ``Fn::Sub`` would, with ``stack!`` first for a resource of another stack."""
        stack = f"{self.stack}!" if self.stack else ""
        return f"${{{stack}{self.logical_id}{'.' + self.attribute if self.attribute else ''}}}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a template does not say: an import, a parameter without default, a secret."""

    #: Why it is unknown, as the end of "cannot tell: …".
    why: str
    #: How the template writes it. Two unknowns that are written alike are equal in any deployment.
    written: str = ANYTHING

    def __str__(self) -> str:
        """Write it as ``Fn::Sub`` would."""
        return self.written


@dataclass(frozen=True, slots=True)
class Text:
    """Text of which some parts are only known once it is deployed, such as an ARN."""

    parts: tuple[Piece, ...]

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


Piece: TypeAlias = str | Reference | Unknown
"""A part of a text."""
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


def at(value: Value, *path: str) -> Value:
    """What mappings within one another hold at ``path``; ``None`` where something is missing."""
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


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


def moved(value: Value, source: str, target: str) -> Value:
    """What a value of the stack ``source`` is in the stack ``target``: both know it by its key."""
    if isinstance(value, Reference):
        if value.logical_id.startswith("AWS::") and value.logical_id not in STACKS_OWN:
            return value
        stack = value.stack or source
        return replace(value, stack="" if stack == target else stack)
    if isinstance(value, Unknown):
        return Unknown(value.why, _written_for(value.written, source, target))
    if isinstance(value, Text):
        return Text(tuple(cast(Piece, moved(part, source, target)) for part in value.parts))
    if isinstance(value, Either):
        return Either(tuple(moved(each, source, target) for each in value.values))
    if isinstance(value, list):
        return [moved(each, source, target) for each in value]
    if isinstance(value, Mapping):
        return {key: moved(each, source, target) for key, each in value.items()}
    return value


def _written_for(written: str, source: str, target: str) -> str:
    """How the other stack writes what is unknown; an import means the same in all of them."""
    if written == ANYTHING or written.startswith("${Fn::"):
        return written
    if "!" not in written:
        return written.replace("${", f"${{{source}!", 1)
    return written.replace(f"${{{target}!", "${", 1)


def _same(one: Value, other: Value) -> bool:
    """Equal, and of one type: ``True`` is not ``1``."""
    return type(one) is type(other) and one == other
