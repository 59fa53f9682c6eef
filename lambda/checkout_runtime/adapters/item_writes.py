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

__all__ = ["Action", "Item", "ItemWrites", "NotWritten"]

Item = Mapping[str, Mapping[str, Any]]
Action = Mapping[str, Any]
"""A write of one item, as ``TransactWriteItems`` takes it."""


class NotWritten(Record):
    """A condition failed, and nothing was written."""

    items: tuple[Item | None, ...]
    """For each write, in their order, the stored item if its condition failed, empty if there is
    none; None where the condition held."""
    retries: int = 0
    """How often the call was sent before: an earlier try may have been carried out."""

    @property
    def item(self) -> Item | None:
        """What made the first of the conditions fail, or None if there is no such item."""
        return self.items[0] or None


class ItemWrites:
    """Writes to one table."""

    def __init__(self, dynamodb: AwsService, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name

    def update(self, pk: str, update: Update, *, returned: str = "NONE") -> Item | NotWritten:
        """Update an item. Return its attributes if ``returned`` is ``ALL_NEW``, else nothing."""
        write = {**self._update(pk, update), "ReturnValues": returned}
        try:
            answer = call_past_conflicts(self._dynamodb, "UpdateItem", write)
        except AwsRefusedError as error:
            if not error.is_failed_condition:
                raise
            return NotWritten((error.item or {},), error.retries)
        attributes: Item = answer.get("Attributes", {})
        return attributes

    def put_and_update(self, item: Item, pk: str, update: Update) -> NotWritten | None:
        """Put a new item and update another, both or neither; None once it is done."""
        return self.write_all([self.new(item), self.changed(pk, update)])

    def update_both(
        self, first: tuple[str, Update], second: tuple[str, Update]
    ) -> NotWritten | None:
        """Update two items, both or neither; None once it is done."""
        return self.write_all([self.changed(*each) for each in (first, second)])

    def new(self, item: Item) -> Action:
        """Return what puts an item, for :meth:`write_all`; its condition is that there is none."""
        put = {
            "TableName": self._table_name,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        return {"Put": put}

    def changed(self, pk: str, update: Update) -> Action:
        """Return what updates an item, for :meth:`write_all`."""
        return {"Update": self._update(pk, update)}

    def write_all(
        self, actions: Sequence[Action], *, deadline: float | None = None
    ) -> NotWritten | None:
        """Carry out 1 to 100 writes of different items, or none of them; None once it is done.

        Args:
            actions: The writes. What says more than others comes first.
            deadline: As :func:`call_past_conflicts` has it.

        Raises:
            AwsRefusedError: Besides what DynamoDB refuses, for a reason that is no condition: the
                first write that failed did so for such a reason. A condition that failed as well,
                further on, does not say what the first one would have met.
        """
        sent = {"TransactItems": actions}
        try:
            call_past_conflicts(self._dynamodb, "TransactWriteItems", sent, deadline=deadline)
        except AwsRefusedError as error:
            reasons = error.cancellation_reasons
            failed = [each.get("Code") for each in reasons if each.get("Code") != "None"]
            if failed[:1] != ["ConditionalCheckFailed"]:
                raise
            stored = [
                each.get("Item", {}) if each.get("Code") == "ConditionalCheckFailed" else None
                for each in reasons
            ]
            return NotWritten(tuple(stored), error.retries)
        return None

    def _update(self, pk: str, update: Update) -> dict[str, Any]:
        return {
            "TableName": self._table_name,
            "Key": {"pk": {"S": pk}},
            **update.request(),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
