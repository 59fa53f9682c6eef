"""What orders owe, on DynamoDB: taken off them once the bus has it."""

import logging

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.conditional_updates import (
    NO_STRAY_CHARGE,
    STATUS,
    ConditionalUpdates,
)
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.owed_announcements import INDEX_ATTRIBUTES, OWED, moved_to_expire
from checkout_runtime.application.order_records import Changed
from checkout_runtime.domain.order import SETTLED, Order, OrderStatus

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
        A settled order that owes nothing leaves it, too. One that expires stays in it, among those.
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
    may_leave = order.is_settled and not order.stray_charges and not owes_more
    if may_leave and order.unsettled_since is not None and not order.waits_to_expire:
        expires = order.status is OrderStatus.DECLINED and order.expires_at is not None
        left = moved_to_expire() if expires else Update(remove=INDEX_ATTRIBUTES)
        confirmed = Update(
            delete={OWED.name: members} if members else {},
            when=(
                STATUS.equals(order.status) if expires else STATUS.is_one_of(sorted(SETTLED)),
                NO_STRAY_CHARGE,
                OWED.equals(order.owed) if order.owed else OWED.is_absent(),
            ),
        )
        return confirmed.also(left)
    if not members:
        return None
    return Update(delete={OWED.name: members}, when=[Attribute("pk").exists()])
