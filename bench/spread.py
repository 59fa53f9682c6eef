"""A figure from several runs: its median, and how far the runs lie apart."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Spread", "ratios"]


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and most of what the runs showed, in one unit."""

    median: float
    least: float
    most: float
    runs: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up runs; one at least is needed.

        >>> Spread.of([3.0, 1.0, 2.0])
        Spread(median=2.0, least=1.0, most=3.0, runs=3)
        """
        return cls(statistics.median(values), min(values), max(values), len(values))


def ratios(above: Sequence[float], below: Sequence[float]) -> Spread:
    """Divide run by run: what two programs showed side by side, in the same minute.

    >>> ratios([4.0, 9.0], [2.0, 3.0]).median
    2.5
    """
    return Spread.of([a / b for a, b in zip(above, below, strict=True)])
