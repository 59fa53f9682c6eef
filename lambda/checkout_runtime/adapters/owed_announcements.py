"""What an update of an order adds to it where outcomes are announced."""

from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.order_item import announce_shard
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order

__all__ = ["INDEX_ATTRIBUTES", "ORDINAL", "OWED", "leaving_the_index", "owing"]

INDEX_ATTRIBUTES = ("unsettled_shard", "unsettled_since")
"""An item that has both is in the index."""
ORDINAL, OWED = Attribute("event_ordinal"), Attribute("owed")


def owing(announcement: Announcement) -> Update:
    """Return the update by which an order owes an announcement, under an ordinal of its own.

    It holds only while the ordinal before is the order's last. Two writers that saw the same order
    would otherwise make one id of two outcomes.
    """
    last = announcement.ordinal - 1
    return Update(
        set={ORDINAL.name: announcement.ordinal},
        add={OWED.name: frozenset({announcement.to_member()})},
        when=[ORDINAL.equals(last) if last else ORDINAL.is_absent()],
    )


def leaving_the_index(order: Order, now: int, *, shards: int, announces: bool) -> Update:
    """Return the update by which a settled order is no longer counted as unsettled.

    While it owes something it stays in the index, among the orders to be announced. ``announces``:
    whether the same update adds what is owed.
    """
    if not (announces or order.owed):
        return Update(remove=INDEX_ATTRIBUTES)
    shard, since = INDEX_ATTRIBUTES
    partition = announce_shard(unsettled_shard(order.order_id, shards))
    return Update(set={shard: partition, since: now})
