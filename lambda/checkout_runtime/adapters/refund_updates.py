"""Conditional updates of refunds on DynamoDB: alone, or each with its order, both or neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.claim_update import CLAIM_EPOCH
from checkout_runtime.adapters.conditional_updates import transition_taken
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.item_update import Update
from checkout_runtime.adapters.item_writes import ItemWrites, NotWritten
from checkout_runtime.adapters.order_item import order_from_item
from checkout_runtime.adapters.owed_announcements import found_while_owing, owing
from checkout_runtime.adapters.refund_item import refund_from_item
from checkout_runtime.domain.announcement import ORDER_REFUNDED, REFUND_FAILED, Announcement
from checkout_runtime.domain.charge_proof import attempt_in
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.refund import Refund
from checkout_runtime.domain.transitions import Transition

__all__ = [
    "RefundUpdates",
    "is_done",
    "refund_held",
    "refund_taken",
    "stored_refund",
    "told_of_failure",
    "told_of_success",
]

_Announced = tuple[str, Mapping[str, object]]
"""What is announced of a refund: the kind of the announcement, and its own fields."""
_StrayChange = Callable[..., Update]
"""``stray_refunded`` or ``stray_returned``."""
_TRIES = 5
"""Of a transaction whose order changes meanwhile; each loss is another write's gain."""


def told_of_success(refund: Refund) -> _Announced:
    """Return what is announced of a refund that went back."""
    details = {"refund_id": refund.refund_id, "charge_id": refund.charge_id}
    return ORDER_REFUNDED, {**details, "refunded_amount": refund.amount}


def told_of_failure(refund: Refund, reason: str) -> _Announced:
    """Return what is announced of a refund that did not go back, or was returned."""
    return REFUND_FAILED, {"refund_id": refund.refund_id, "reason": reason}


class RefundUpdates:
    """Updates of the refunds in one order table."""

    def __init__(
        self, dynamodb: AwsService, table_name: str, shards: int, *, announces: bool
    ) -> None:
        """Take the table; the arguments are as ``DynamoDbRefundOutcomes`` has them."""
        self.orders = DynamoDbOrders(dynamodb, table_name, shards)
        self._announces = announces
        self._writes = ItemWrites(dynamodb, table_name)
        self._shards = shards

    def under_claim(
        self, refund: Refund, transition: Transition, changes: Update, now: int
    ) -> bool:
        """Update under the claim that ``refund`` shows. True if this or an earlier try did it."""
        taken = refund_taken(transition, now).also(refund_held(refund)).also(changes)
        return is_done(self.alone(refund, taken), refund, transition)

    def alone(self, refund: Refund, changes: Update) -> NotWritten | None:
        """Change a refund, and nothing of its order; returns why it was not written."""
        written = self._writes.update(refund.refund_id, changes)
        return written if isinstance(written, NotWritten) else None

    def both(self, refund: Refund, changes: Update, of_order: Update) -> NotWritten | None:
        """Change a refund and its order, both or neither; returns why they were not written."""
        return self._writes.update_both((refund.refund_id, changes), (refund.order_id, of_order))

    def settle(
        self,
        refund: Refund,
        settled: Update,
        now: int,
        told: _Announced,
        stray_change: _StrayChange | None,
        counted: Update | None = None,
    ) -> NotWritten | None:
        """Settle a refund, and change its order with it, both or neither.

        Args:
            refund: The refund.
            settled: What changes of it.
            now: By whose clock it is made.
            told: What is announced, where outcomes are.
            stray_change: What becomes of the charge with it, if that is a stray one. None: nothing.
            counted: What else changes of the order. Default: nothing.
        """
        of_stray = None if refund.stray is None else stray_change
        if of_stray is None and not self._announces:
            if counted is None:
                return self.alone(refund, settled)
            return self.both(refund, settled, counted)
        for _ in range(_TRIES):
            order = self.orders.get(refund.order_id)
            if order is None:
                raise LookupError(f"the order of {refund.refund_id} is not in the table")
            changes = self._of_order(order, refund, now, told, of_stray)
            refused = self.both(refund, settled, changes.also(counted or Update()))
            if refused is None or refused.item is not None:
                return refused
            if of_stray is None and _is_as_read(order, refused):
                return refused
        raise TimeoutError(f"{refund.order_id} changed {_TRIES} times; it is stored later")

    def _of_order(
        self,
        order: Order,
        refund: Refund,
        now: int,
        told: _Announced,
        of_stray: _StrayChange | None,
    ) -> Update:
        """Return what changes of an order when its refund is settled, and what it owes then."""
        announcement = None
        if self._announces:
            kind, details = told
            attempt = None if refund.stray is None else attempt_in(refund.stray)
            announcement = Announcement.after(order, kind, now, attempt=attempt, **details)
        if of_stray is not None:
            assert refund.stray is not None
            return of_stray(
                order, refund.stray, now, shards=self._shards, announcement=announcement
            )
        assert announcement is not None
        found = found_while_owing(order, now, shards=self._shards)
        return found.also(owing(announcement))


def _is_as_read(order: Order, refused: NotWritten) -> bool:
    """Whether a condition failed though the order, as it is stored, is still what was read."""
    item = refused.items[-1]
    stored = order_from_item(item) if item else None
    if stored is None or stored.event_ordinal != order.event_ordinal:
        return False
    return stored.unsettled_since == order.unsettled_since


def refund_taken(transition: Transition, now: int) -> Update:
    """Return the update that takes a refund's transition, and nothing else."""
    return transition_taken(transition, transition.to_state.value, now)


def refund_held(refund: Refund) -> Update:
    """Return the update that changes nothing, on condition that ``refund`` shows the last claim."""
    return Update(when=[CLAIM_EPOCH.equals(refund.claim_epoch)])


def stored_refund(refused: NotWritten | None) -> Refund | None:
    """Return the refund that made a condition fail, or None."""
    return None if refused is None or refused.item is None else refund_from_item(refused.item)


def is_done(refused: NotWritten | None, refund: Refund, transition: Transition) -> bool:
    """Whether it is written, by this try or by an earlier one whose answer was lost."""
    if refused is None:
        return True
    stored = stored_refund(refused)
    return (
        stored is not None
        and stored.status is transition.to_state
        and stored.claim_epoch == refund.claim_epoch
    )
