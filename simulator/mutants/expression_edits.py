"""Changes of what is asked of DynamoDB: values of ``item_update``, and conditions that are text.

Every changed condition names the attributes and values that it named before: DynamoDB refuses an
expression whose values are not used, and then the refusal would be noticed, not the change.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from simulator.mutants.operators import Change

__all__ = ["WRITTEN_OVER", "changed_expressions"]

WRITTEN_OVER = "written over what exists"

_CONDITIONS = (
    *("exists", "is_absent", "equals", "differs_from", "below", "at_most", "above"),
    *("is_one_of", "contains"),
)
"""Methods of an ``Attribute`` that make a condition."""
_CALLED_INSTEAD = {"below": "at_most", "at_most": "below"}
_OPERAND = r"[#:]?\w+"
_TERM = re.compile(
    r"attribute_(?:not_)?exists\(\w+\)"
    rf"|{_OPERAND} (?:=|<>|<=|>=|<|>) {_OPERAND}"
    rf"|{_OPERAND} IN \([^()]*\)"
    # What an f-string inserts, where it stands as a term of its own.
    r"|(?:(?<=AND )|(?<=OR )|^)\0\d+\0(?= AND| OR|$)"
)
_CONDITION = re.compile(r"attribute_(?:not_)?exists\(|\bAND\b|\bOR\b|\w (?:=|<>|<=|>=|<|>) :")
_BOUNDARIES = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_NOWHERE = "mutant"
"""The attribute that a clause writes instead of its own."""


def changed_expressions(node: ast.AST) -> Iterator[Change]:
    """Yield every change of an expression that begins at a node."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            yield from _changed_text(node)
        case ast.Call(func=ast.Attribute(attr=method)) if method in _CONDITIONS:
            yield from _always_and_never(node)
            if method in _CALLED_INSTEAD:
                source = ast.unparse(node)
                other = source.replace(f".{method}(", f".{_CALLED_INSTEAD[method]}(", 1)
                yield node, "boundary of a term", other
        case ast.Call(func=ast.Attribute(attr="or_else"), args=[value]):
            yield node, WRITTEN_OVER, ast.unparse(value)
        case ast.Call(
            func=ast.Attribute(
                value=ast.Call(func=ast.Attribute(attr="or_else"), args=[ast.Constant(int(first))]),
                attr="plus",
            ),
            args=[ast.Constant(int(more))],
        ):
            yield node, WRITTEN_OVER, str(first + more)
        case ast.keyword(arg="when", value=ast.Tuple(elts=terms) | ast.List(elts=terms)):
            for term in terms:
                if isinstance(term, ast.Name):
                    yield from _always_and_never(term)
        case ast.keyword(arg="set" | "add" | "delete", value=ast.Dict(keys=keys)):
            yield from _without_effect(keys)
        case ast.keyword(arg="remove", value=names):
            yield from _without_effect(list(ast.walk(names)))


def _always_and_never(term: ast.expr) -> Iterator[Change]:
    source = ast.unparse(term)
    yield term, "term always true", f"({source} | ~{source})"
    yield term, "term always false", f"({source} & ~{source})"


def _without_effect(names: list[ast.expr | None] | list[ast.AST]) -> Iterator[Change]:
    for number, name in enumerate(names):
        if isinstance(name, ast.Constant):
            yield name, "clause without effect", repr(f"{_NOWHERE}_{number}")


def _changed_text(node: ast.Constant | ast.JoinedStr) -> Iterator[Change]:
    text, inserted = _opened(node)
    if _CONDITION.search(text):
        for name, changed in _changed_condition(text):
            yield node, name, _closed(changed, inserted)


def _changed_condition(text: str) -> Iterator[tuple[str, str]]:
    for found in _TERM.finditer(text):
        before, term, after = text[: found.start()], found.group(), text[found.end() :]
        yield "term always true", f"{before}({term} OR NOT {term}){after}"
        yield "term always false", f"{before}({term} AND NOT {term}){after}"
        left, _, right = term.partition(" ")
        operator, _, right = right.partition(" ")
        if operator in _BOUNDARIES:
            yield "boundary of a term", f"{before}{left} {_BOUNDARIES[operator]} {right}{after}"


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
