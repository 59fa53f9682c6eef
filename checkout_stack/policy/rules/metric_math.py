"""What a metric expression of CloudWatch is worth for given values of its metrics."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from checkout_stack.policy.template.values import Unknown

LONGEST_EXPRESSION = 1024
"""Characters: CloudWatch's quota for one expression."""
Number: TypeAlias = "float | list[Number]"

_OPERATORS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_OVER_ALL: Mapping[str, Callable[[list[float]], float]] = {
    "MAX": max,
    "MIN": min,
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "ABS": lambda values: abs(*values),
    "CEIL": lambda values: math.ceil(*values),
    "FLOOR": lambda values: math.floor(*values),
}
_LOGICAL = re.compile(r"&&|\|\||\b(?:AND|OR)\b")
_NOT_READ = Unknown("its metric expression is not one that is followed here")


def value_of(expression: str, metrics: Mapping[str, float]) -> float | Unknown:
    """Evaluate an expression of sums, comparisons, ``IF``, ``FILL``, ``MAX`` and the like.

    :param metrics: The values of the metrics by their ids.
    :return: ``Unknown`` for functions over time, searches, and what is malformed.
    """
    if len(expression) > LONGEST_EXPRESSION:
        return _NOT_READ
    logical = {"&&": " and ", "||": " or ", "AND": "and", "OR": "or"}
    python = _LOGICAL.sub(lambda found: logical[found.group()], expression.strip())
    try:
        value = _value(ast.parse(python, mode="eval").body, metrics)
    except (ArithmeticError, LookupError, MemoryError, RecursionError, TypeError, ValueError):
        return _NOT_READ
    except SyntaxError:
        return _NOT_READ
    return _NOT_READ if isinstance(value, list) else float(value)


def _value(node: ast.expr, metrics: Mapping[str, float]) -> Number:
    """The value of one node; any exception of arithmetic or look-up: it is not read."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.Name):
        return metrics[node.id]
    if isinstance(node, ast.List):
        return [_value(each, metrics) for each in node.elts]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_single(node.operand, metrics)
    if isinstance(node, ast.BinOp):
        sides = _single(node.left, metrics), _single(node.right, metrics)
        return _OPERATORS[type(node.op)](*sides)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        sides = _single(node.left, metrics), _single(node.comparators[0], metrics)
        return float(_OPERATORS[type(node.ops[0])](*sides))
    if isinstance(node, ast.BoolOp):
        decide = all if isinstance(node.op, ast.And) else any
        return float(decide(_single(each, metrics) for each in node.values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _called(node.func.id, node.args, metrics)
    raise LookupError


def _called(name: str, given: list[ast.expr], metrics: Mapping[str, float]) -> Number:
    if name == "METRICS":
        return [metrics[each] for each in metrics if _text(given) in each]
    if name == "FILL":
        return _value(given[0], metrics)
    if name == "IF":
        otherwise = given[2] if len(given) > 2 else ast.Constant(0)
        return _single(given[1] if _single(given[0], metrics) else otherwise, metrics)
    values: list[float] = []
    for each in given:
        value = _value(each, metrics)
        values += [_number(one) for one in (value if isinstance(value, list) else [value])]
    return _OVER_ALL[name](values)


def _text(given: list[ast.expr]) -> str:
    """What the ids of the wanted metrics contain; empty for all metrics."""
    wanted = given[0] if given else ast.Constant("")
    if not isinstance(wanted, ast.Constant) or not isinstance(wanted.value, str):
        raise TypeError
    return wanted.value


def _single(node: ast.expr, metrics: Mapping[str, float]) -> float:
    return _number(_value(node, metrics))


def _number(value: Number) -> float:
    if isinstance(value, list):
        raise TypeError
    return value
