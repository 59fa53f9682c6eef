"""Conditional updates of single orders: a transition is taken whole, or the stored order returned.

A conditional write whose answer was lost is repeated by the client and then meets its own result.
A caller that takes a transition here has to recognise its own result, so that a lost answer never
looks like a lost race.
"""

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.claim_update import CLAIM_EPOCH
from checkout_runtime.adapters.item_update import Attribute, Condition, Update
from checkout_runtime.adapters.item_writes import Item, ItemWrites, NotWritten
from checkout_runtime.adapters.order_history import history_key, remembered
from checkout_runtime.adapters.order_item import order_from_item
from checkout_runtime.adapters.owed_announcements import owing
from checkout_runtime.application.order_records import Changed, NotChanged
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import replace
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
MOST_ORDINALS = 5
"""Ordinals that an update tries. Each next one means that another outcome of the same order was
stored in the milliseconds between; an order has no five writers of outcomes."""


class ConditionalUpdates:
    """Updates of one order table."""

    def __init__(self, dynamodb: AwsService, table_name: str, *, announces: bool = False) -> None:
        """Take the table.

        Args:
            dynamodb: DynamoDB.
            table_name: The order table.
            announces: Whether outcomes are announced. Default: the announcements that updates are
                given are left out, and with them every attribute about them.
        """
        self._writes = ItemWrites(dynamodb, table_name)
        self.announces = announces

    def apply(
        self,
        order_id: str,
        transition: Transition,
        changes: Update,
        *,
        history_key: str,
        now: int,
        or_when: Condition | None = None,
        announcement: Announcement | None = None,
    ) -> Changed | NotChanged:
        """Take a transition of the table in ``domain.transitions``, and change what else changes.

        Args:
            order_id: The order.
            transition: From which states to which.
            changes: What else changes, and under which further conditions.
            history_key: What the order's history remembers of it.
            now: By whose clock it is made.
            or_when: Takes it from any state in which this holds. Default: only from its own.
            announcement: As :meth:`update`.
        """
        taken = transition_taken(transition, history_key, now, or_when)
        return self.update(order_id, taken.also(changes), announcement)

    def settle(
        self,
        order_id: str,
        transition: Transition,
        changes: Update,
        *,
        history_key: str,
        now: int,
        announcement: Announcement | None = None,
    ) -> NotChanged | None:
        """Take a transition after which nobody asks how the order looks; None once it is taken."""
        taken = transition_taken(transition, history_key, now).also(changes)
        answer = self._write(order_id, taken, "NONE", announcement)
        return answer if isinstance(answer, NotChanged) else None

    def update(
        self, order_id: str, update: Update, announcement: Announcement | None = None
    ) -> Changed | NotChanged:
        """Update an order, and return it; where a condition fails, the stored order.

        With an ``announcement`` the order owes it afterwards, where outcomes are announced at all.
        Its ordinal is the next one if another outcome was stored meanwhile. The update must not be
        one that its own result lets be made again: it would be announced twice.

        Raises:
            AwsRefusedError: Besides what DynamoDB refuses: so many others stored outcomes meanwhile
                that this one was not. It may be tried again.
        """
        answer = self._write(order_id, update, "ALL_NEW", announcement)
        return answer if isinstance(answer, NotChanged) else Changed(order_from_item(answer))

    def apply_under_claim(
        self,
        order: Order,
        transition: Transition,
        changes: Update,
        *,
        now: int,
        announcement: Announcement | None = None,
    ) -> bool:
        """Update under the claim that ``order`` shows. True if this or an earlier try stored it."""
        refused = self.settle_under_claim(
            order, transition, changes, now=now, announcement=announcement
        )
        if refused is None:
            return True
        stored = refused.order
        return (
            stored is not None
            and stored.status is transition.to_state
            and (stored.attempt, stored.claim_epoch) == (order.attempt, order.claim_epoch)
        )

    def settle_under_claim(
        self,
        order: Order,
        transition: Transition,
        changes: Update,
        *,
        now: int,
        announcement: Announcement | None = None,
    ) -> NotChanged | None:
        """Take a transition under the claim that ``order`` shows; None once it is taken."""
        held = Update(when=[ATTEMPT.equals(order.attempt), CLAIM_EPOCH.equals(order.claim_epoch)])
        return self.settle(
            order.order_id,
            transition,
            held.also(changes),
            history_key=history_key(transition.to_state, order.attempt),
            now=now,
            announcement=announcement,
        )

    def _write(
        self, order_id: str, update: Update, returned: str, announcement: Announcement | None
    ) -> Item | NotChanged:
        if announcement is None or not self.announces:
            return self._try(order_id, update, returned)
        for _ in range(MOST_ORDINALS):
            answer = self._try(order_id, update.also(owing(announcement)), returned)
            if not isinstance(answer, NotChanged) or answer.order is None:
                return answer
            next_ordinal = answer.order.event_ordinal + 1
            if next_ordinal == announcement.ordinal:
                return answer
            announcement = replace(announcement, ordinal=next_ordinal)
        raise AwsRefusedError("TooManyOutcomes", f"of {order_id} are being stored")

    def _try(self, order_id: str, update: Update, returned: str) -> Item | NotChanged:
        written = self._writes.update(order_id, update, returned=returned)
        if isinstance(written, NotWritten):
            return NotChanged(order_from_item(written.item) if written.item else None)
        return written


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
