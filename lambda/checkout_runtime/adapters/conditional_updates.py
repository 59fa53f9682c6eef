"""Conditional updates of single orders: a transition is taken whole, or the stored order returned.

A conditional write whose answer was lost is repeated by the client and then meets its own result.
Whoever takes a transition here has to know its own result when it sees it, so that a lost answer
never looks like a lost race.
"""

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.conflicts import call_past_conflicts
from checkout_runtime.adapters.order_history import came_to, remember
from checkout_runtime.adapters.order_item import order_from_item
from checkout_runtime.application.ports import Changed, NotChanged
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.transitions import Transition

__all__ = ["NO_STRAY_CHARGE", "ConditionalUpdates", "stored_order"]

NO_STRAY_CHARGE = "attribute_not_exists(stray_charges)"
"""Part of every condition under which money may still move."""


class ConditionalUpdates:
    """Updates of one order table."""

    def __init__(self, dynamodb: AwsService, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name

    def take(
        self,
        order_id: str,
        transition: Transition,
        also: str,
        condition: str,
        values: Mapping[str, Any],
        *,
        passage: str,
        now: int,
        or_leaves: str | None = None,
        names: Mapping[str, str] | None = None,
    ) -> Changed | NotChanged:
        """Take a transition of the table in ``domain.transitions``.

        ``also`` is what else changes: it goes on where the ``SET`` of the state and of the
        ``passage`` in the order's history ends.
        """
        expressions = _taken(transition, also, condition, values, passage, now, or_leaves)
        return self.update(order_id, *expressions, names)

    def settle(
        self,
        order_id: str,
        transition: Transition,
        also: str,
        condition: str,
        values: Mapping[str, Any],
        *,
        passage: str,
        now: int,
    ) -> NotChanged | None:
        """Take a transition after which nobody asks how the order looks; None once it is taken."""
        expressions = _taken(transition, also, condition, values, passage, now)
        answer = self._write(order_id, *expressions, returned="NONE")
        return answer if isinstance(answer, NotChanged) else None

    def update(
        self,
        order_id: str,
        update: str,
        condition: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> Changed | NotChanged:
        """Update an order; return it as it stands now, or as it stands instead."""
        answer = self._write(order_id, update, condition, values, names, returned="ALL_NEW")
        if isinstance(answer, NotChanged):
            return answer
        return Changed(order_from_item(answer["Attributes"]))

    def take_under_claim(
        self,
        order: Order,
        transition: Transition,
        also: str,
        values: Mapping[str, Any],
        *,
        now: int,
    ) -> bool:
        """Update under the claim that ``order`` shows. True if this or an earlier try stored it."""
        refused = self.settle_under_claim(order, transition, also, values, now=now)
        if refused is None:
            return True
        stands = refused.order
        return (
            stands is not None
            and stands.status is transition.to
            and (stands.attempt, stands.claim_epoch) == (order.attempt, order.claim_epoch)
        )

    def settle_under_claim(
        self,
        order: Order,
        transition: Transition,
        also: str,
        values: Mapping[str, Any],
        *,
        now: int,
    ) -> NotChanged | None:
        """Take a transition under the claim that ``order`` shows; None once it is taken."""
        return self.settle(
            order.order_id,
            transition,
            also,
            "attempt = :attempt AND claim_epoch = :epoch",
            {
                ":attempt": {"N": str(order.attempt)},
                ":epoch": {"N": str(order.claim_epoch)},
                **values,
            },
            passage=came_to(transition.to, order.attempt),
            now=now,
        )

    def _write(
        self,
        order_id: str,
        update: str,
        condition: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
        *,
        returned: str,
    ) -> dict[str, Any] | NotChanged:
        write = {
            "TableName": self._table_name,
            "Key": {"pk": {"S": order_id}},
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#status": "status", **(names or {})},
            "ExpressionAttributeValues": dict(values),
            "ReturnValues": returned,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            return call_past_conflicts(self._dynamodb, "UpdateItem", write)
        except AwsRefusedError as error:
            if not error.is_failed_condition:
                raise
            return NotChanged(stored_order(error))


def _taken(
    transition: Transition,
    also: str,
    condition: str,
    values: Mapping[str, Any],
    passage: str,
    now: int,
    or_leaves: str | None = None,
) -> tuple[str, str, dict[str, Any]]:
    """Return the update that takes a transition, its condition, and the values of both."""
    leaves = {f":from{i}": {"S": status.value} for i, status in enumerate(transition.leaves)}
    left = f"#status IN ({', '.join(leaves)})"
    if or_leaves:
        left = f"({left} OR {or_leaves})"
    return (
        f"SET #status = :to, {remember(passage)}{also}",
        f"{condition} AND {left}",
        {**values, **leaves, ":to": {"S": transition.to.value}, ":at": {"N": str(now)}},
    )


def stored_order(error: AwsRefusedError) -> Order | None:
    """Return the order that made a condition fail, or None: ALL_OLD saves the read."""
    return order_from_item(error.item) if error.item else None
