"""Tell the world what came of orders: at least once, and never before it is stored.

Nothing here raises. What is not announced stays owed, and the reconciler comes back to it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from checkout_runtime.application.ports import EventBus
from checkout_runtime.application.unsettled_ports import Announcements
from checkout_runtime.domain.announcement import Announcement, Event
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import Record

__all__ = ["AnnounceOutcomes"]

_log = logging.getLogger(__name__)


class AnnounceOutcomes(Record):
    """Announces what orders owe."""

    announcements: Announcements
    bus: EventBus | None
    """None: outcomes are not announced any more. What is owed is dropped."""

    def __call__(self, orders: Sequence[Order], *, owed_since: int | None = None) -> None:
        """Put what the orders owe on the bus, then take it off them.

        Of an order that is given more than once, the last counts. ``owed_since``: only orders that
        have owed something since this time (ms UTC) or longer. Default: all.
        """
        last = {order.order_id: order for order in orders}
        due = [each for each in last.values() if _is_due(each, owed_since)]
        bus = self.bus
        confirmed = {each.order_id: each.owed for each in due} if bus is None else _put(bus, due)
        for order in due:
            members = confirmed.get(order.order_id, frozenset())
            # A settled order that owes nothing is looked at all the same: it may leave the index.
            if (members or not order.owed) and not self._confirm(order, members):
                return

    def _confirm(self, order: Order, members: frozenset[str]) -> bool:
        """Take off what the bus took; False if the table does not answer."""
        try:
            self.announcements.confirm(order, members)
        except Exception:  # noqa: BLE001 - it is owed still, and announced again under its id
            extra = {"event": "announcement_unconfirmed", **order.log_fields}
            _log.warning("announcement_unconfirmed", exc_info=True, extra=extra)
            return False
        return True


def _put(bus: EventBus, orders: Sequence[Order]) -> dict[str, frozenset[str]]:
    """Return by order id the members whose events the bus took."""
    found = [
        (Event(order, announcement), member)
        for order in orders
        for announcement, member in _readable(order)
    ]
    confirmed: dict[str, frozenset[str]] = {}
    taken = _taken(bus, [event for event, _ in found]) if found else []
    for (event, member), is_taken in zip(found, taken, strict=True):
        if is_taken:
            order_id = event.order.order_id
            confirmed[order_id] = confirmed.get(order_id, frozenset()) | {member}
    return confirmed


def _taken(bus: EventBus, events: Sequence[Event]) -> list[bool]:
    try:
        return bus.put(events)
    except Exception:  # noqa: BLE001 - no defect of the bus's adapter may stop payments
        extra = {"event": "announcement_failed", "code": "defect", "events": len(events)}
        _log.exception("announcement_failed", extra=extra)
        return [False] * len(events)


def _readable(order: Order) -> list[tuple[Announcement, str]]:
    """Return what an order owes, by ordinal; what is no announcement is logged and stays owed."""
    found = []
    for member in order.owed:
        announcement = _read(member)
        if announcement is None:
            extra = {"event": "announcement_failed", "code": "unreadable", **order.log_fields}
            _log.error("announcement_failed", extra=extra)
        else:
            found.append((announcement, member))
    return sorted(found, key=lambda each: each[0].ordinal)


def _read(member: str) -> Announcement | None:
    try:
        return Announcement.from_member(member)
    except ValueError:
        return None


def _is_due(order: Order, owed_since: int | None) -> bool:
    """Whether an order has something to announce, or is in the index with nothing to announce."""
    if not order.owed:
        may_move = order.is_settled or order.status is OrderStatus.AUTHORIZED
        is_in_place = order.stray_charges or order.waits_for_its_time
        return may_move and not is_in_place and order.unsettled_since is not None
    if owed_since is None:
        return True
    read = [_read(member) for member in order.owed]
    return any(each is None or each.at <= owed_since for each in read)
