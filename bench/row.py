"""What a row of the benchmark is: it measures, and compares with goals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from bench.figures import Figure, Goal

Say = Callable[[str], None]
"""Takes a line of progress."""


class BenchError(Exception):
    """No figure can be given; the message says why, and what to do. A missed goal is no error."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How thoroughly to measure."""

    runs: int
    """Rounds in which every program is measured once, in turn; 1 or more."""
    quick: bool = False
    """Fewer iterations in each run: to see that it works, not to publish."""

    def iterations(self, thorough: int) -> int:
        """Iterations of one run, where ``thorough`` many are good for publication."""
        return max(thorough // 10, 1) if self.quick else thorough


@dataclass(frozen=True, slots=True)
class RowResult:
    """What a row found."""

    name: str
    title: str
    figures: list[Figure]
    goals: list[Goal]
    notes: list[str] = field(default_factory=list)
    """What a reader has to know to read the figures rightly."""


class Row(Protocol):
    """A row. Nothing happens before it is asked to measure."""

    @property
    def name(self) -> str:
        """One word, for ``--only``; goals begin with it."""
        ...

    @property
    def title(self) -> str:
        """What is compared, for a heading."""
        ...

    def measure(self, effort: Effort, say: Say) -> RowResult:
        """Measure all programs in turn and judge the goals.

        Raises:
            BenchError: a program failed, or answered what it must not; a figure of it would lie.
        """
        ...
