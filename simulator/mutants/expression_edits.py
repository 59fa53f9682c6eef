"""Changes of DynamoDB expressions that stand in the code as strings.

Every changed expression names the attributes and values that it named before: DynamoDB refuses an
expression whose values are not used, and then the refusal would be noticed, not the change.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

__all__ = ["changed_expressions"]

_OPERAND = r"[#:]?\w+"
_TERM = re.compile(
    r"attribute_(?:not_)?exists\(\w+\)"
    rf"|{_OPERAND} (?:=|<>|<=|>=|<|>) {_OPERAND}"
    rf"|{_OPERAND} IN \([^()]*\)"
    # What an f-string inserts, where it stands as a term of its own.
    r"|(?:(?<=AND )|(?<=OR )|^)\0\d+\0(?= AND| OR|$)"
)
_UPDATE = re.compile(r"\b(?:SET|REMOVE|ADD)\b|^, ")
_CONDITION = re.compile(r"attribute_(?:not_)?exists\(|\bAND\b|\bOR\b|\w (?:=|<>|<=|>=|<|>) :")
_CLAUSE = re.compile(r"(?:(?<=SET )|(?<=REMOVE )|(?<=ADD )|(?<=, ))(?P<target>#?\w+)(?=[ ,]|$)")
_BOUNDARIES = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_NOWHERE = "mutant"
"""The attribute that a clause writes instead of its own."""


def changed_expressions(node: ast.Constant | ast.JoinedStr) -> Iterator[tuple[str, str]]:
    """Yield what each change is called, and the source of the string with it."""
    text, inserted = _opened(node)
    if _UPDATE.search(text):
        changes = _changed_update(text)
    elif _CONDITION.search(text):
        changes = _changed_condition(text)
    else:
        return
    for name, changed in changes:
        yield name, _closed(changed, inserted)


def _changed_condition(text: str) -> Iterator[tuple[str, str]]:
    for found in _TERM.finditer(text):
        before, term, after = text[: found.start()], found.group(), text[found.end() :]
        yield "term always true", f"{before}({term} OR NOT {term}){after}"
        yield "term always false", f"{before}({term} AND NOT {term}){after}"
        left, _, right = term.partition(" ")
        operator, _, right = right.partition(" ")
        if operator in _BOUNDARIES:
            yield "boundary of a term", f"{before}{left} {_BOUNDARIES[operator]} {right}{after}"


def _changed_update(text: str) -> Iterator[tuple[str, str]]:
    for number, found in enumerate(_CLAUSE.finditer(text)):
        before, after = text[: found.start()], text[found.end() :]
        yield "clause without effect", f"{before}{_NOWHERE}_{number}{after}"
    for function in re.finditer(r"if_not_exists\((\w+), (:\w+)\)", text):
        changed = f"{text[: function.start()]}{function[2]}{text[function.end() :]}"
        yield "written over what exists", changed


def _opened(node: ast.Constant | ast.JoinedStr) -> tuple[str, list[ast.expr]]:
    """Return the text with a mark for each thing that is inserted, and these things."""
    if isinstance(node, ast.Constant):
        return str(node.value), []
    text = ""
    inserted: list[ast.expr] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        else:
            text += f"\0{len(inserted)}\0"
            inserted.append(part)
    return text, inserted


def _closed(text: str, inserted: list[ast.expr]) -> str:
    if not inserted:
        return repr(text)
    parts = re.split(r"\0(\d+)\0", text)
    values: list[ast.expr] = [
        inserted[int(part)] if place % 2 else ast.Constant(part) for place, part in enumerate(parts)
    ]
    return ast.unparse(ast.JoinedStr(values))
