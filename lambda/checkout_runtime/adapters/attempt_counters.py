"""Counters of payment attempts and of orders, in the transaction that stores what is counted.

They are items of the order table beside the orders. Such an item is kept and begins anew; nothing
expires it, as the table has no time to live. No filter of the stream, and no index, knows it.

What is counted is stored with the counters or not at all. So nothing is counted that was refused,
by its own condition or by another counter, and nothing is stored that was not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from checkout_runtime.adapters.conflicts import TRY_FOR_SECONDS
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.item_writes import Action, Item, ItemWrites, NotWritten
from checkout_runtime.domain.record import Record

__all__ = ["Counter", "Full", "write_counted"]

MOST_TRIES = 6
"""Of a transaction whose counters others begin anew at the same moment: three races for each."""
RACE_MS = 1000
"""When who lost every race comes again."""
_ATTEMPTS = Attribute("attempts")
_BEGAN = Attribute("began_at")


class Counter(Record):
    """What is counted, and how often at most."""

    name: str
    limit: int
    """In a window; at least 1."""

    @property
    def pk(self) -> str:
        """The key of the counter's item."""
        return f"attempts_{self.name}"


class Full(Record):
    """A counter has met its limit, and nothing was written."""

    counter: Counter
    until: int
    """When it begins anew (ms UTC)."""


def write_counted(
    writes: ItemWrites,
    actions: Sequence[Action],
    counters: Sequence[Counter],
    *,
    window_ms: int,
    now: int,
    clock: Callable[[], float] = time.monotonic,
) -> NotWritten | Full | None:
    """Carry out writes and count each counter up, or nothing; None once it is done.

    One transaction, and further ones where a counter begins anew. A beginning further ahead than a
    window was written by a wrong clock, and counts for none.

    Args:
        writes: To the order table.
        actions: What is counted. Their conditions come first: what meets another order is no
            attempt of anybody.
        counters: Those that are counted up. Of those that are full, the one that is so longest is
            named: until then nothing is counted.
        window_ms: How long a window is.
        now: The time (ms UTC).
        clock: Seconds that never go back; all tries share one deadline. Default: the system's.
    """
    deadline = clock() + TRY_FOR_SECONDS
    seen: dict[str, Item] = {}
    for _ in range(MOST_TRIES):
        counted = [
            writes.changed(each.pk, _counted(each, seen.get(each.name), window_ms, now))
            for each in counters
        ]
        refused = writes.write_all([*actions, *counted], deadline=deadline)
        if refused is None or any(item is not None for item in refused.items[: len(actions)]):
            return refused
        full = []
        for counter, item in zip(counters, refused.items[len(actions) :], strict=True):
            if item is None:
                continue
            if _is_running(item, window_ms, now) and _number(item, "attempts") >= counter.limit:
                full.append(Full(counter, _number(item, "began_at") + window_ms))
            seen[counter.name] = item
        if full:
            return max(full, key=lambda each: each.until)
        if clock() > deadline:
            break
    return Full(counters[0], now + RACE_MS)


def _counted(counter: Counter, seen: Item | None, window_ms: int, now: int) -> Update:
    """Return what counts one more, in the window that runs, or in a new one where none was seen."""
    if seen is None or _is_running(seen, window_ms, now):
        return Update(
            set={"attempts": _ATTEMPTS.plus(1)},
            when=[
                _BEGAN.above(now - window_ms),
                _BEGAN.at_most(now + window_ms),
                _ATTEMPTS.below(counter.limit),
            ],
        )
    unchanged = _BEGAN.equals(_number(seen, "began_at")) if seen else _BEGAN.is_absent()
    return Update(set={"attempts": 1, "began_at": now}, when=[unchanged])


def _is_running(item: Item, window_ms: int, now: int) -> bool:
    return bool(item) and now - window_ms < _number(item, "began_at") <= now + window_ms


def _number(item: Item, name: str) -> int:
    return int(item[name]["N"])
