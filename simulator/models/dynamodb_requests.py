"""What single requests ask of a table: judged here, and stored by who runs the model.

A request is the parameters of a call. Nothing here changes a table, so that a
transaction can judge all of its requests before it stores any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError
from simulator.models.dynamodb_table import Item, Table
from simulator.models.expressions import (
    Condition,
    ExpressionError,
    Projection,
    condition,
    projection,
    update,
)

__all__ = [
    "UnfitItemError",
    "Write",
    "judge_check",
    "judge_delete",
    "judge_put",
    "judge_update",
    "reading",
    "validation",
]

Request = Mapping[str, Any]
NOTHING_USED: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
_NO_CONDITION = Condition(lambda _item, _names, _values: True, *NOTHING_USED)
_ALL_SHOWN = Projection(lambda item, _names: dict(item), frozenset())


class UnfitItemError(AwsRefusedError):
    """The request can be understood, but not carried out on the item that is stored."""


@dataclass(frozen=True, slots=True)
class Write:
    """A request whose condition holds: the item as it is stored, and as it is to be."""

    key: str
    old: Item | None
    new: Item | None


def judge_put(table: Table, request: Request) -> Write:
    """Put an item."""
    key = request["Item"][table.key]["S"]
    old = table.items.get(key)
    _check(old, request)
    if not table.has_valid_index_keys(request["Item"]):
        raise _unfit("Type mismatch for an index key")
    return Write(key, old, request["Item"])


def judge_update(table: Table, request: Request) -> Write:
    """Update an item, or make it."""
    key = request["Key"][table.key]["S"]
    old = table.items.get(key)
    parsed = _understood(update, request["UpdateExpression"])
    _check(old, request, (parsed.names, parsed.values))
    names, values = _given(request)
    try:
        new = parsed.apply(old or request["Key"], names, values)
    except ExpressionError as problem:
        raise _unfit(str(problem)) from None
    if new.get(table.key) != request["Key"][table.key]:
        raise validation("Cannot update attribute: it is part of the key")
    if not table.has_valid_index_keys(new):
        raise _unfit("Type mismatch for an index key")
    return Write(key, old, new)


def judge_delete(table: Table, request: Request) -> Write:
    """Delete an item."""
    key = request["Key"][table.key]["S"]
    old = table.items.get(key)
    _check(old, request)
    return Write(key, old, None)


def judge_check(table: Table, request: Request) -> Write:
    """Check a condition, and leave the item as it is."""
    key = request["Key"][table.key]["S"]
    old = table.items.get(key)
    _check(old, request)
    return Write(key, old, old)


def reading(request: Request) -> tuple[Callable[[Item], bool], Callable[[Item], Item]]:
    """Return what a read keeps of the items (filter or key condition), and what it shows of one."""
    names, values = _given(request)
    text = request.get("FilterExpression", request.get("KeyConditionExpression"))
    kept = _NO_CONDITION if text is None else _understood(condition, text)
    text = request.get("ProjectionExpression")
    shown = _ALL_SHOWN if text is None else _understood(projection, text)
    _check_used((kept.names | shown.names, kept.values), request)
    return (
        lambda item: kept.holds(item, names, values),
        lambda item: shown.apply(item, names),
    )


def validation(message: str) -> AwsRefusedError:
    """Return the error for a request that makes no sense, whatever is stored."""
    return AwsRefusedError("ValidationException", message)


def _unfit(message: str) -> UnfitItemError:
    return UnfitItemError("ValidationException", message)


def _understood(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ExpressionError as problem:
        raise validation(str(problem)) from None


def _check(
    old: Item | None,
    request: Request,
    used: tuple[frozenset[str], frozenset[str]] = NOTHING_USED,
) -> None:
    """Raise what DynamoDB answers if the condition of a write fails."""
    text = request.get("ConditionExpression")
    if text is None:
        _check_used(used, request)
        return
    parsed = _understood(condition, text)
    _check_used((used[0] | parsed.names, used[1] | parsed.values), request)
    if not parsed.holds(old or {}, *_given(request)):
        is_shown = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        raise AwsRefusedError(
            "ConditionalCheckFailedException",
            "The conditional request failed",
            item=old if is_shown else None,
        )


def _given(request: Request) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    return (
        request.get("ExpressionAttributeNames", {}),
        request.get("ExpressionAttributeValues", {}),
    )


def _check_used(used: tuple[frozenset[str], frozenset[str]], request: Request) -> None:
    names, values = _given(request)
    if used[0] == names.keys() and used[1] == values.keys():
        return
    odd = sorted((used[0] ^ names.keys()) | (used[1] ^ values.keys()))
    raise validation(f"ExpressionAttributeNames or Values unused or undefined: {odd}")
