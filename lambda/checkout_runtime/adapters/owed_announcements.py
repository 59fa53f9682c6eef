"""What an update of an order adds to it where outcomes are announced."""

from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.order_item import announce_shard
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order

__all__ = ["INDEX_ATTRIBUTES", "ORDINAL", "OWED", "found_while_owing", "leaving_the_index", "owing"]

INDEX_ATTRIBUTES = ("unsettled_shard", "unsettled_since")
"""An item that has both is in the index."""
ORDINAL, OWED = Attribute("event_ordinal"), Attribute("owed")


def owing(*announcements: Announcement) -> Update:
    """Return the update by which an order owes announcements, each under an ordinal of its own.

    Their ordinals follow each other. It holds only while the ordinal before the first is the
    order's last. Two writers that saw the same order would otherwise make one id of two outcomes.
    """
    last = announcements[0].ordinal - 1
    return Update(
        set={ORDINAL.name: announcements[-1].ordinal},
        add={OWED.name: frozenset(each.to_member() for each in announcements)},
        when=[ORDINAL.equals(last) if last else ORDINAL.is_absent()],
    )


def found_while_owing(order_id: str, now: int, *, shards: int) -> Update:
    """Return the update by which an order that owes something is found by the index.

    A settled order is in no partition; any other stays where it is.
    """
    shard, since = map(Attribute, INDEX_ATTRIBUTES)
    partition = announce_shard(unsettled_shard(order_id, shards))
    return Update(set={shard.name: shard.or_else(partition), since.name: since.or_else(now)})


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
