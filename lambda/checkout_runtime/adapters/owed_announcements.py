"""What an update of an order adds to it where outcomes are announced."""

from checkout_runtime.adapters.item_update import Attribute, Expression, Update
from checkout_runtime.adapters.order_item import announce_shard
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order

__all__ = [
    "EXPIRY",
    "INDEX_ATTRIBUTES",
    "ORDINAL",
    "OWED",
    "found_while_owing",
    "leaving_the_index",
    "moved_to_its_time",
    "owing",
    "waiting",
]

EXPIRY = ("expires_at", "expires_in")
"""Of an order that is declined and expires: when, and its partition of the index then."""
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


def found_while_owing(order: Order, now: int, *, shards: int) -> Update:
    """Return the update by which an order that owes something is found by the index at once.

    One that waits for its time would be found only then. So it is moved to those to be announced,
    while it is where ``order`` shows it; :func:`moved_to_its_time` takes it back. A settled order
    is in no partition; any other stays where it is. A caller whose update fails reads it again.
    """
    shard, since = map(Attribute, INDEX_ATTRIBUTES)
    partition = announce_shard(unsettled_shard(order.order_id, shards))
    if order.due_at is None:
        return Update(set={shard.name: shard.or_else(partition), since.name: since.or_else(now)})
    seen = order.unsettled_since
    owed_since = now if seen is None or order.waits_for_its_time else seen
    is_there = since.is_absent() if seen is None else since.equals(seen)
    return Update(set={shard.name: partition, since.name: owed_since}, when=[is_there])


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


def waiting(
    order: Order,
    now: int,
    *,
    due: int,
    partition: str,
    kept: tuple[str, str],
    shards: int,
    announces: bool,
) -> Update:
    """Return the update by which an order is found in a ``partition`` of the index once it is due.

    While it owes something it stays among the orders to be announced. The caller that confirms
    the last of it moves it (:func:`moved_to_its_time`), and knows no number of shards.

    Args:
        order: The order as it was seen.
        now: By whose clock the update is made.
        due: When it is due, in ms UTC.
        partition: Where it is found then.
        kept: The attributes that keep both of them: the time, and the partition.
        shards: How many shards the index has.
        announces: Whether the same update adds what is owed.
    """
    shard, since = INDEX_ATTRIBUTES
    waits = Update(set=dict(zip(kept, (due, partition), strict=True)))
    if announces or order.owed:
        # What is owed already is owed since before this update.
        owed_since = now if announces else min(order.unsettled_since or now, now)
        return waits.also(leaving_the_index(order, owed_since, shards=shards, announces=announces))
    return waits.also(Update(set={shard: partition, since: due}))


def moved_to_its_time(kept: tuple[str, str]) -> Update:
    """Return the update by which an order that owes nothing more is found once it is due.

    ``kept`` are the attributes that :func:`waiting` stored.
    """
    shard, since = INDEX_ATTRIBUTES
    stored = dict(zip((since, shard), kept, strict=True))
    return Update(set={name: Expression(f"#{each}", (each,)) for name, each in stored.items()})
