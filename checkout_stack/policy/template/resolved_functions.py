"""What intrinsic functions and parameters are worth on their own, without the template."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from checkout_stack.foundation.secret_names import DYNAMIC_REFERENCE
from checkout_stack.policy.template.values import (
    MOST_POSSIBILITIES,
    Either,
    Piece,
    Reference,
    Text,
    Unknown,
    Value,
    either,
    possibilities,
)

Budget = Callable[[int], bool]
"""Spends an amount of work, and says whether there was that much left."""
LONGEST_PARAMETER = 4096
"""Characters: CloudFormation's quota for a parameter's value."""
UNEXPANDED_FUNCTIONS = ("Fn::Transform", "Fn::ForEach::")
"""Functions that stand beside other keys and add keys when they are deployed."""
NAME_IN_ARN = "Arn.Name"
"""The attribute of a reference that takes a resource's name out of its ARN or URL."""
_PARTS_BEFORE_NAME = {("Arn", ":"): 5, ("Arn", "/"): 1, (None, "/"): 4}
"""Parts of an ARN, and of the URL that ``Ref`` gives for a queue, before the name."""
_EXPORT_NAME = re.compile(r"[A-Za-z0-9:-]+\Z")


def malformed(name: str) -> Unknown:
    """An intrinsic function whose argument is not as CloudFormation asks."""
    return Unknown(f"{name} is malformed")


def too_much() -> Unknown:
    """What a hostile template asks for."""
    return Unknown("the template's functions produce more text than any deployment takes")


def selected(resolved: Value) -> Value:
    """``Fn::Select``: ``[index, list]``."""
    if not isinstance(resolved, list) or len(resolved) != 2:
        return malformed("Fn::Select")
    index, items = resolved
    if isinstance(items, Unknown | Either) or isinstance(index, Unknown | Either):
        return Unknown("the list of Fn::Select is only known once it is deployed")
    if not isinstance(items, list) or not isinstance(index, str | int):
        return malformed("Fn::Select")
    digits = str(index)
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 6):
        return Unknown(f"Fn::Select finds no item {index}"[:200])
    if int(digits) >= len(items):
        return Unknown(f"Fn::Select finds no item {digits}")
    return items[int(digits)]


def split(resolved: Value, may_work: Budget) -> Value:
    """``Fn::Split``: ``[separator, text]``."""
    if not isinstance(resolved, list) or len(resolved) != 2:
        return malformed("Fn::Split")
    separator, text = resolved
    if not isinstance(separator, str) or separator == "":
        return malformed("Fn::Split")
    if isinstance(text, Reference) and (text.attribute, separator) in _PARTS_BEFORE_NAME:
        hidden = Unknown("a part of a reference is only known once it is deployed")
        before = _PARTS_BEFORE_NAME[text.attribute, separator]
        name = Reference(text.logical_id, NAME_IN_ARN, text.stack)
        # The ARN of a function has its kind before its name.
        return [*[hidden] * before, name, name]
    if not isinstance(text, str):
        return Unknown("the text of Fn::Split is only known once it is deployed")
    return list(text.split(separator)) if may_work(len(text)) else too_much()


def text_of(parts: list[Value], may_work: Budget) -> Value:
    """One text of parts: a string if all are known, a single other part as it is."""
    flat: list[Piece] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Text) else (part,):
            if isinstance(piece, Either):
                return Unknown("a condition decides a part of this text")
            known = _plain(piece)
            if not isinstance(known, str | Reference | Unknown):
                return Unknown("a part of this text is not text")
            if not may_work(len(known) if isinstance(known, str) else 1):
                return too_much()
            if known != "":
                flat.append(known)
    return _joined(flat)


def _plain(piece: Value) -> Value:
    if isinstance(piece, bool):
        return str(piece).lower()
    return str(piece) if isinstance(piece, int | float) else piece


def _joined(pieces: list[Piece]) -> Value:
    """Neighbouring strings as one, in a single pass."""
    merged: list[Piece] = []
    strings: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            strings.append(piece)
            continue
        if strings:
            merged.append("".join(strings))
            strings = []
        merged.append(piece)
    if strings:
        merged.append("".join(strings))
    if not merged:
        return ""
    return merged[0] if len(merged) == 1 else Text(tuple(merged))


def deployed(name: str) -> Unknown:
    """A function that only a deployment evaluates."""
    return Unknown(f"{name} is only known once it is deployed")


def not_imported(name: Value) -> Unknown:
    """An import that no stack here exports: it is equal to itself."""
    why = "Fn::ImportValue is only known once it is deployed"
    if isinstance(name, str) and _EXPORT_NAME.match(name):
        return Unknown(why, f"${{Fn::ImportValue {name}}}")
    return Unknown(why)


def unexpanded_function(written: Mapping[str, Any]) -> str | None:
    """The function beside other keys that adds to a mapping when it is deployed."""
    for name in written:
        if name.startswith(UNEXPANDED_FUNCTIONS):
            return name
    return None


def entries(mapping: Any, key: Value) -> list[Any]:
    """What a map may hold at a key: at each possible one, at every one where it is not known."""
    if not isinstance(mapping, Mapping):
        return []
    known = [str(each) for each in possibilities(key) if isinstance(each, str | int)]
    if len(known) < len(possibilities(key)):
        return list(mapping.values())
    return [mapping[each] for each in known if each in mapping]


def allowed_values(declaration: Any) -> Value:
    """One of the values that a parameter may have; ``None`` if any may be given."""
    allowed = declaration.get("AllowedValues") if isinstance(declaration, Mapping) else None
    if not isinstance(allowed, list) or not 0 < len(allowed) <= MOST_POSSIBILITIES:
        return None
    if not all(isinstance(each, str | int | float) for each in allowed):
        return None
    kind = str(declaration.get("Type"))
    return None if _is_not_plain(kind) else either(tuple(allowed))


def _is_not_plain(kind: str) -> bool:
    return kind.startswith(("AWS::SSM::", "List<")) or kind == "CommaDelimitedList"


def parameter_value(name: str, declaration: Any) -> Value:
    """The default of a parameter, in its declared type; ``Unknown`` where it has none."""
    written = f"${{{name}}}"
    if isinstance(declaration, Mapping) and declaration.get("NoEcho") in (True, "true"):
        return Unknown(f"parameter {name} is a secret (NoEcho)", written, is_secret=True)
    if not isinstance(declaration, Mapping) or "Default" not in declaration:
        return Unknown(f"parameter {name} has no default", written)
    kind, default = str(declaration.get("Type")), declaration["Default"]
    if kind.startswith("AWS::SSM::Parameter::"):
        return Unknown(f"parameter {name} is read from Systems Manager", written)
    if not isinstance(default, str | int | float):
        return Unknown(f"the default of parameter {name} is not text or a number", written)
    if isinstance(default, str):
        if len(default) > LONGEST_PARAMETER:
            return Unknown(f"the default of parameter {name} is too long", written)
        if DYNAMIC_REFERENCE in default:
            return Unknown(f"the default of parameter {name} is a dynamic reference", written)
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in str(default).split(",")]
    return default
