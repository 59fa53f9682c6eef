"""What was measured, how far the runs lie apart, and whether it is as good as was asked."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


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


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity of one program."""

    program: str
    quantity: str
    unit: str
    """Empty where the quantity is a count."""
    spread: Spread


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal of one row: a measured value and what was asked of it."""

    name: str
    """Row and figure, for example ``intake.cpu``; stable, for programs that read the JSON."""
    what: str
    """What the value is, in words."""
    measured: float | Spread
    """The median of a spread is judged. Without a spread: a count, or a quotient of counts."""
    comparison: Literal["at least", "at most"]
    limit: float
    peer: str
    """What it is compared with."""
    why: str = ""
    """The cause, as profiled, should the goal be missed."""

    @property
    def value(self) -> float:
        """The value that is judged."""
        return self.measured.median if isinstance(self.measured, Spread) else self.measured

    @property
    def met(self) -> bool:
        """Whether the value is as good as was asked."""
        if self.comparison == "at least":
            return self.value >= self.limit
        return self.value <= self.limit

    @property
    def asked(self) -> str:
        """What was asked, as text.

        >>> Goal("a.b", "", 1.0, "at most", 1.1, peer="").asked
        'at most 1.1'
        """
        return f"{self.comparison} {self.limit:g}"
