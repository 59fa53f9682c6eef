"""How long to wait before the next try, or before the next look-up of what others decide."""

from __future__ import annotations

__all__ = ["pause_after", "retry_delay_seconds"]

_SHORTEST_MS, _LONGEST_MS = 5 * 60 * 1000, 6 * 60 * 60 * 1000


def retry_delay_seconds(first: int, longest: int, tries: int) -> int:
    """Return how long to wait after the given number of tries (from 1): doubling, bounded.

    >>> [retry_delay_seconds(5, 120, n) for n in (1, 2, 3, 10)]
    [5, 10, 20, 120]
    """
    doublings = min(max(tries, 1) - 1, 32)
    return int(min(longest, first * 2**doublings))


def pause_after(waited_ms: int) -> int:
    """Return the pause before the next look-up of what others decide: as long again as was waited.

    Both are in milliseconds. It is at least five minutes, at most six hours.

    >>> [pause_after(minutes * 60_000) // 60_000 for minutes in (0, 7, 600)]
    [5, 7, 360]
    """
    return min(max(waited_ms, _SHORTEST_MS), _LONGEST_MS)
