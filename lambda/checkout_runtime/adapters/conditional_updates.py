"""Conditional updates of single orders: a transition is taken whole, or the stored order returned.

A conditional write whose answer was lost is repeated by the client and then meets its own result.
A caller that takes a transition here has to recognise its own result, so that a lost answer never
looks like a lost race.
"""

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.claim_update import CLAIM_EPOCH
from checkout_runtime.adapters.item_update import Attribute, Condition, Update
from checkout_runtime.adapters.item_writes import ItemWrites, NotWritten
from checkout_runtime.adapters.order_history import history_key, remembered
from checkout_runtime.adapters.order_item import order_from_item
from checkout_runtime.application.order_records import Changed, NotChanged
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.transitions import Transition

__all__ = [
    "ATTEMPT",
    "CLAIM_EPOCH",
    "NO_STRAY_CHARGE",
    "STATUS",
    "ConditionalUpdates",
    "stored_order",
    "transition_taken",
]

ATTEMPT = Attribute("attempt")
STATUS = Attribute("status")
NO_STRAY_CHARGE = Attribute("stray_charges").is_absent()
"""Part of every condition under which money may still move."""


class ConditionalUpdates:
    """Updates of one order table."""

    def __init__(self, dynamodb: AwsService, table_name: str) -> None:
        self._writes = ItemWrites(dynamodb, table_name)

    def apply(
        self,
        order_id: str,
        transition: Transition,
        changes: Update,
        *,
        history_key: str,
        now: int,
        or_when: Condition | None = None,
    ) -> Changed | NotChanged:
        """Take a transition of the table in ``domain.transitions``, and change what else changes.

        Args:
            order_id: The order.
            transition: From which states to which.
            changes: What else changes, and under which further conditions.
            history_key: What the order's history remembers of it.
            now: By whose clock it is made.
            or_when: Takes it from any state in which this holds. Default: only from its own.
        """
        taken = transition_taken(transition, history_key, now, or_when)
        return self.update(order_id, taken.also(changes))

    def settle(
        self,
        order_id: str,
        transition: Transition,
        changes: Update,
        *,
        history_key: str,
        now: int,
    ) -> NotChanged | None:
        """Take a transition after which nobody asks how the order looks; None once it is taken."""
        taken = transition_taken(transition, history_key, now)
        written = self._writes.update(order_id, taken.also(changes))
        return _not_changed(written) if isinstance(written, NotWritten) else None

    def update(self, order_id: str, update: Update) -> Changed | NotChanged:
        """Update an order, and return it; where a condition fails, the stored order."""
        written = self._writes.update(order_id, update, returned="ALL_NEW")
        if isinstance(written, NotWritten):
            return _not_changed(written)
        return Changed(order_from_item(written))

    def apply_under_claim(
        self, order: Order, transition: Transition, changes: Update, *, now: int
    ) -> bool:
        """Update under the claim that ``order`` shows. True if this or an earlier try stored it."""
        refused = self.settle_under_claim(order, transition, changes, now=now)
        if refused is None:
            return True
        stored = refused.order
        return (
            stored is not None
            and stored.status is transition.to_state
            and (stored.attempt, stored.claim_epoch) == (order.attempt, order.claim_epoch)
        )

    def settle_under_claim(
        self, order: Order, transition: Transition, changes: Update, *, now: int
    ) -> NotChanged | None:
        """Take a transition under the claim that ``order`` shows; None once it is taken."""
        held = Update(when=[ATTEMPT.equals(order.attempt), CLAIM_EPOCH.equals(order.claim_epoch)])
        return self.settle(
            order.order_id,
            transition,
            held.also(changes),
            history_key=history_key(transition.to_state, order.attempt),
            now=now,
        )


def _not_changed(refused: NotWritten) -> NotChanged:
    return NotChanged(order_from_item(refused.item) if refused.item else None)


def transition_taken(
    transition: Transition, history_key: str, now: int, or_when: Condition | None = None
) -> Update:
    """Return the update that takes a transition, and nothing else."""
    may_be_taken = STATUS.is_one_of(transition.from_states)
    if or_when is not None:
        may_be_taken |= or_when
    taken = Update(set={"status": transition.to_state}, when=[may_be_taken])
    return taken.also(remembered(history_key, now))


def stored_order(error: AwsRefusedError) -> Order | None:
    """Return the order that made a condition fail, or None: ALL_OLD saves the read."""
    return order_from_item(error.item) if error.item else None
