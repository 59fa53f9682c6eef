"""Transactions of the DynamoDB model: all of the writes, or none.

DynamoDB API reference, "TransactWriteItems". The model runs one request at a time, so no
transaction conflicts with another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError
from simulator.models.dynamodb_requests import (
    UnfitItemError,
    Write,
    judge_check,
    judge_delete,
    judge_put,
    judge_update,
    validation,
)
from simulator.models.dynamodb_table import Table

__all__ = ["Tokens", "judge_all"]

MOST_ACTIONS = 100
TOKENS_KEPT_MS = 10 * 60 * 1000
"""For how long a repetition under the same token is the same transaction."""
_JUDGE = {
    "Put": judge_put,
    "Update": judge_update,
    "Delete": judge_delete,
    "ConditionCheck": judge_check,
}


@dataclass(slots=True)
class Tokens:
    """The transactions that were carried out under a client's token."""

    _done: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def knows(self, token: str | None, actions: Any, now: int) -> bool:
        """Whether these actions were carried out under the token already."""
        done_at, done = self._done.get(token or "", (0, None))
        if done is None or now - done_at >= TOKENS_KEPT_MS:
            return False
        if done != actions:
            raise AwsRefusedError(
                "IdempotentParameterMismatchException", "Other parameters, same token"
            )
        return True

    def remember(self, token: str | None, actions: Any, now: int) -> None:
        """Keep what was carried out under the token."""
        if token is not None:
            self._done[token] = (now, actions)


def judge_all(
    tables: Mapping[str, Table], actions: Sequence[Mapping[str, Any]]
) -> list[tuple[Table, Write]]:
    """Return the writes of a transaction, each judged by what is stored before all of them.

    Raises:
        AwsRefusedError: A condition failed (``TransactionCanceledException``, with a reason for
            each action in their order), or the request makes no sense.
    """
    if not 0 < len(actions) <= MOST_ACTIONS:
        raise validation(f"A transaction has 1 to {MOST_ACTIONS} actions")
    writes: list[tuple[Table, Write]] = []
    reasons: list[dict[str, Any]] = []
    targets: set[tuple[str, str]] = set()
    for action in actions:
        [(kind, request)] = action.items()
        table = tables[request["TableName"]]
        target = (request["Item"] if kind == "Put" else request["Key"])[table.key]["S"]
        if (request["TableName"], target) in targets:
            raise validation("A transaction cannot name one item twice")
        targets.add((request["TableName"], target))
        try:
            writes.append((table, _JUDGE[kind](table, request)))
        except AwsRefusedError as error:
            reasons.append(_reason(error))
        else:
            reasons.append({"Code": "None"})
    if len(writes) < len(actions):
        codes = ", ".join(reason["Code"] for reason in reasons)
        raise AwsRefusedError(
            "TransactionCanceledException",
            f"Transaction cancelled, please refer cancellation reasons for specific reasons "
            f"[{codes}]",
            cancellation_reasons=reasons,
        )
    return writes


def _reason(error: AwsRefusedError) -> dict[str, Any]:
    if isinstance(error, UnfitItemError):
        return {"Code": "ValidationError", "Message": error.message}
    if not error.is_failed_condition:
        raise error
    item = {} if error.item is None else {"Item": error.item}
    return {"Code": "ConditionalCheckFailed", "Message": error.message, **item}
