"""How code is changed: one operator a function, each from a node to its replacements."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import TypeVar

__all__ = ["OPERATORS", "Change"]

Change = tuple[ast.AST, str, str]
"""The node that is replaced, what the change is called, and the source in the node's place."""
N = TypeVar("N", bound=ast.AST)

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPPOSITE_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


def _comparison(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            changed = copy.deepcopy(node)
            changed.ops[place] = _COMPARISONS[type(operator)]()
            yield node, "comparison", _source(changed)


def _logic(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, "not removed", _source(node.operand)
    if not isinstance(node, ast.BoolOp):
        return
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield node, "and/or", _source(ast.BoolOp(other, node.values))
    for place in range(len(node.values)):
        left = node.values[:place] + node.values[place + 1 :]
        yield node, "term removed", _source(ast.BoolOp(node.op, left) if left[1:] else left[0])


def _guard(node: ast.AST) -> Iterator[Change]:
    """Let what depends on a condition happen always, or never."""
    tests: list[ast.expr] = []
    match node:
        case ast.If(test=test) | ast.IfExp(test=test):
            tests = [test]
        case ast.comprehension(ifs=ifs):
            tests = ifs
        case ast.match_case(guard=guard) if guard is not None:
            tests = [guard]
        case ast.While(test=test):
            yield test, "never", "False"
    for test in tests:
        yield test, "always", "True"
        yield test, "never", "False"


def _constant(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield node, "constant", str(not node.value)
    elif isinstance(node.value, int):
        yield node, "constant", f"({node.value + 1})"
        yield node, "constant", f"({node.value - 1})"


def _arithmetic(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub() as sign, right) if not (
            _is_text(left) or _is_text(right)
        ):
            other = ast.Sub() if isinstance(sign, ast.Add) else ast.Add()
            yield node, "arithmetic", _source(ast.BinOp(left, other, right))
        case ast.Call(func=ast.Name(name) as function) if name in _OPPOSITE_CALLS:
            yield function, "opposite", _OPPOSITE_CALLS[name]


def _statement(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Return(value=ast.Constant(value=None | False)):
            pass  # None is as false as False
        case ast.Return(value=value) if value is not None:
            yield node, "nothing returned", "return None"
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.AugAssign() | ast.Delete():
            yield node, "statement removed", "pass"
        case ast.Continue() | ast.Break():
            yield node, "statement removed", "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield node, "statement removed", "pass"


def _choice(node: ast.AST) -> Iterator[Change]:
    """Leave out one of the values that something is compared with, or one of several patterns."""
    match node:
        case ast.Compare(comparators=[ast.Tuple(elts=values) | ast.Set(elts=values) as choices]):
            yield from _without_one(choices, values)
        case ast.MatchOr(patterns=patterns) if len(patterns) > 1:
            for place in range(len(patterns)):
                left = patterns[:place] + patterns[place + 1 :]
                changed = ast.MatchOr(left) if left[1:] else left[0]
                yield node, "choice removed", ast.unparse(changed)


def _table_row(node: ast.AST) -> Iterator[Change]:
    """Leave out one value of a table: what a module assigns, and what is no alias of a type."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        if node.targets[0].id == "__all__" or node.col_offset:
            return
        types = {id(each.slice) for each in ast.walk(node.value) if isinstance(each, ast.Subscript)}
        for inner in ast.walk(node.value):
            if isinstance(inner, ast.Tuple | ast.Set) and id(inner) not in types:
                yield from _without_one(inner, inner.elts)


def _without_one(node: ast.Tuple | ast.Set, values: list[ast.expr]) -> Iterator[Change]:
    for place in range(len(values)):
        left = values[:place] + values[place + 1 :]
        if left:
            changed = ast.Set(left) if isinstance(node, ast.Set) else ast.Tuple(left, ast.Load())
            yield node, "choice removed", _source(changed)


def _first_one(node: ast.AST) -> Iterator[Change]:
    """Take whatever attempt or claim there is for the order's first."""
    if isinstance(node, ast.Attribute) and _is_ordinal(node):
        yield node, "always the first", "1"
    if not isinstance(node, ast.JoinedStr):
        return
    # What an f-string inserts has no place of its own in the file, before Python 3.12.
    for number, inner in enumerate(ast.walk(node)):
        if isinstance(inner, ast.FormattedValue) and _is_ordinal(inner.value):
            changed = copy.deepcopy(node)
            same = next(each for at, each in enumerate(ast.walk(changed)) if at == number)
            assert isinstance(same, ast.FormattedValue)
            same.value = ast.Constant(1)
            yield node, "always the first", _source(changed)


def _is_ordinal(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ("attempt", "claim_epoch")
        and isinstance(node.ctx, ast.Load)
    )


def _source(node: ast.AST) -> str:
    return f"({ast.unparse(ast.fix_missing_locations(node))})"


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


OPERATORS: tuple[Callable[[ast.AST], Iterator[Change]], ...] = (
    _comparison,
    _logic,
    _guard,
    _constant,
    _arithmetic,
    _statement,
    _choice,
    _table_row,
    _first_one,
)
