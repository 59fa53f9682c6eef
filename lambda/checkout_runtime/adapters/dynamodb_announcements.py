"""What orders owe, on DynamoDB: taken off them once the bus has it."""

import logging

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.conditional_updates import (
    NO_STRAY_CHARGE,
    STATUS,
    ConditionalUpdates,
)
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.order_item import look_of
from checkout_runtime.adapters.owed_announcements import (
    EXPIRY,
    INDEX_ATTRIBUTES,
    OWED,
    moved_to_its_time,
)
from checkout_runtime.application.order_records import Changed
from checkout_runtime.domain.order import Order, OrderStatus

__all__ = ["DynamoDbAnnouncements"]

MOST_TRIES = 3
"""The order changes between a read and the write in a few milliseconds of its life. After three
such changes the reconciler does the rest."""
_log = logging.getLogger(__name__)


class DynamoDbAnnouncements:
    """Announcements of the orders in one table."""

    def __init__(self, dynamodb: AwsService, table_name: str) -> None:
        self._updates = ConditionalUpdates(dynamodb, table_name)

    def confirm(self, order: Order, members: frozenset[str]) -> None:
        """Take ``members`` off what the order owes.

        The order leaves the index with the last of them, if it is settled and has no stray charge.
        A settled order that owes nothing leaves it, too. One that expires stays in it, among those
        that do, and one whose money is held among those that are looked after later.
        Repeated, it changes nothing.
        """
        for _ in range(MOST_TRIES):
            update = _confirmation(order, members & order.owed)
            if update is None:
                return
            result = self._updates.update(order.order_id, update)
            if isinstance(result, Changed) or result.order is None:
                return
            order = result.order
        extra = {"event": "confirmation_postponed", **order.log_fields}
        _log.info("confirmation_postponed", extra=extra)


def _confirmation(order: Order, members: frozenset[str]) -> Update | None:
    """Return the update of the order as it was seen; None if there is nothing to change."""
    owes_more = bool(order.owed - members)
    kept = _kept(order)
    has_a_place = order.is_settled or kept is not None
    may_leave = has_a_place and not order.stray_charges and not owes_more
    if may_leave and order.unsettled_since is not None and not order.waits_for_its_time:
        left = Update(remove=INDEX_ATTRIBUTES) if kept is None else moved_to_its_time(kept)
        confirmed = Update(
            delete={OWED.name: members} if members else {},
            when=(
                STATUS.equals(order.status),
                NO_STRAY_CHARGE,
                OWED.equals(order.owed) if order.owed else OWED.is_absent(),
            ),
        )
        return confirmed.also(left)
    if not members:
        return None
    return Update(delete={OWED.name: members}, when=[Attribute("pk").exists()])


def _kept(order: Order) -> tuple[str, str] | None:
    """Return the attributes that say where the order is found once it is due; None: nowhere."""
    if order.status is OrderStatus.AUTHORIZED:
        return look_of(order.attempt)
    expires = order.status is OrderStatus.DECLINED and order.expires_at is not None
    return EXPIRY if expires else None
