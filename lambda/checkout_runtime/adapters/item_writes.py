"""Conditional writes of single items, and of several items in one transaction.

``ReturnValuesOnConditionCheckFailure=ALL_OLD`` saves the read: what made a condition fail is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.conflicts import call_past_conflicts
from checkout_runtime.adapters.item_update import Update
from checkout_runtime.domain.record import Record

__all__ = ["Item", "ItemWrites", "NotWritten"]

Item = Mapping[str, Mapping[str, Any]]


class NotWritten(Record):
    """A condition failed, and nothing was written."""

    items: tuple[Item | None, ...]
    """For each write, in their order, the stored item if its condition failed; else None."""
    retries: int = 0
    """How often the call was sent before: an earlier try may have been carried out."""

    @property
    def item(self) -> Item | None:
        """What made the first of the conditions fail, or None if there is no such item."""
        return self.items[0] if self.items else None


class ItemWrites:
    """Writes to one table."""

    def __init__(self, dynamodb: AwsService, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name

    def update(self, pk: str, update: Update, *, returned: str = "NONE") -> Item | NotWritten:
        """Update an item. Return its attributes if ``returned`` is ``ALL_NEW``, else nothing."""
        write = {**self._action(pk, update), "ReturnValues": returned}
        try:
            answer = call_past_conflicts(self._dynamodb, "UpdateItem", write)
        except AwsRefusedError as error:
            if not error.is_failed_condition:
                raise
            return NotWritten((error.item,), error.retries)
        attributes: Item = answer.get("Attributes", {})
        return attributes

    def put_and_update(self, item: Item, pk: str, update: Update) -> NotWritten | None:
        """Put a new item and update another, both or neither; None once it is done."""
        put = {
            "TableName": self._table_name,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        return self._transact([{"Put": put}, {"Update": self._action(pk, update)}])

    def update_both(
        self, first: tuple[str, Update], second: tuple[str, Update]
    ) -> NotWritten | None:
        """Update two items, both or neither; None once it is done."""
        return self._transact([{"Update": self._action(*each)} for each in (first, second)])

    def _transact(self, actions: Sequence[Mapping[str, Any]]) -> NotWritten | None:
        try:
            call_past_conflicts(self._dynamodb, "TransactWriteItems", {"TransactItems": actions})
        except AwsRefusedError as error:
            if "ConditionalCheckFailed" not in error.cancellation_codes:
                raise
            stored = [reason.get("Item") for reason in error.cancellation_reasons]
            return NotWritten(tuple(stored), error.retries)
        return None

    def _action(self, pk: str, update: Update) -> dict[str, Any]:
        return {
            "TableName": self._table_name,
            "Key": {"pk": {"S": pk}},
            **update.request(),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
