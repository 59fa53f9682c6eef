"""Charges that a buyer's bank disputes, kept beside the order on DynamoDB."""

from checkout_runtime.adapters.conditional_updates import ConditionalUpdates
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.owed_announcements import found_while_owing
from checkout_runtime.application.order_records import Changed
from checkout_runtime.domain.announcement import ORDER_DISPUTED, Announcement
from checkout_runtime.domain.order import Order

__all__ = ["keep_dispute"]

_DISPUTED = Attribute("disputed_charges")
_TRIES = 5
"""Each next one means that the order moved in the index in the milliseconds since it was read."""


def keep_dispute(
    updates: ConditionalUpdates,
    order: Order,
    attempt: int,
    charge_id: str,
    reason: str,
    now: int,
    *,
    shards: int,
) -> None:
    """Owe the announcement of a dispute, once for each charge. Nothing else of the order changes.

    Where outcomes are not announced, nothing is stored.
    """
    if not updates.announces:
        return
    # With the attempt: a payment service may leave out which charge it was.
    disputed = f"{attempt}:{charge_id}"
    kept = Update(
        add={_DISPUTED.name: frozenset({disputed})},
        when=(Attribute("pk").exists(), ~_DISPUTED.contains(disputed)),
    )
    details = {"charge_id": charge_id, "reason": reason}
    for _ in range(_TRIES):
        announcement = Announcement.after(order, ORDER_DISPUTED, now, attempt=attempt, **details)
        found = found_while_owing(order, now, shards=shards)
        result = updates.update(order.order_id, kept.also(found), announcement)
        stored = result.order
        if isinstance(result, Changed) or stored is None:
            return
        if stored.unsettled_since == order.unsettled_since:
            return
        order = stored
    raise TimeoutError(f"{order.order_id} changed {_TRIES} times; the dispute has to come again")
