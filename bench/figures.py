"""A goal: a measured value, what it is compared with, and whether it is as good as was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bench.spread import Spread

__all__ = ["Goal"]

Comparison = Literal["at least", "at most"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One goal of one row."""

    name: str
    """Row and figure, for example ``intake.cpu``; stable, for whoever reads the JSON."""
    what: str
    """What the value is, in words."""
    value: float | None
    """As measured. None: it could not be measured, and ``why`` says why."""
    spread: Spread | None = None
    """Of the value over the runs. None: it is a count, or a quotient of counts."""
    peer: str
    """What it is compared with."""
    comparison: Comparison
    limit: float
    why: str = ""
    """The cause, as profiled, should the goal be missed."""

    @property
    def met(self) -> bool:
        """Whether the value is as good as was asked; one that is not known is not."""
        if self.value is None:
            return False
        if self.comparison == "at least":
            return self.value >= self.limit
        return self.value <= self.limit

    @property
    def goal(self) -> str:
        """What was asked, as text.

        >>> Goal(name="a.b", what="", value=1.0, peer="", comparison="at most", limit=1.1).goal
        'at most 1.1'
        """
        return f"{self.comparison} {self.limit:g}"
