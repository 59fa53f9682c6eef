"""What came of many purchases by one workflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.compare.fault_plan import Intensity, Trouble
from bench.compare.playing import Ending, Played, Workflow, play


@dataclass(frozen=True, slots=True)
class DoubleCharge:
    """The commonest way to two charges for one purchase."""

    troubles: tuple[str, ...]
    """What went wrong in that purchase, in order."""
    purchases: int
    """How many purchases went that way."""
    first: int
    """The first of them, to be told by ``--story``."""


@dataclass(slots=True)
class Row:
    """One workflow under one intensity of faults."""

    workflow: Workflow
    intensity: Intensity
    purchases: int = 0
    orders: int = 0
    charges: int = 0
    abandoned_orders: int = 0
    """Orders that stay open, with no operator asked to look at the purchase."""
    manual: int = 0
    """Dead letters, records in a backup bucket, events at an on-failure destination, reviews."""
    endings: Counter[Ending] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)
    _ways: dict[tuple[Trouble, ...], list[int]] = field(default_factory=dict)

    def add(self, played: Played) -> None:
        """Count one purchase."""
        self.purchases += 1
        self.orders += played.orders
        self.charges += played.charges
        self.abandoned_orders += played.abandoned
        self.manual += len(played.manual)
        self.endings[played.ending] += 1
        if played.charges > 1:
            self._ways.setdefault(played.troubles, []).append(played.number)
        if played.defect is not None:
            self.defects.append(f"purchase {played.number}: {played.defect}")

    @property
    def commonest_double_charge(self) -> DoubleCharge | None:
        """How most of the purchases came to two charges; the shorter way of two that are as common.

        None if no buyer was charged twice.
        """
        if not self._ways:
            return None
        troubles, numbers = min(self._ways.items(), key=lambda way: (-len(way[1]), len(way[0])))
        return DoubleCharge(tuple(str(each) for each in troubles), len(numbers), numbers[0])

    @property
    def keeps_the_promise(self) -> bool:
        """Whether no buyer was charged twice, nothing was lost, and no order was made twice."""
        broken = (Ending.CHARGED_TWICE, Ending.LOST, Ending.ORDERED_TWICE)
        return not self.defects and not any(self.endings[ending] for ending in broken)

    def figures(self) -> dict[str, Any]:
        """Everything that was counted, for JSON."""
        double = self.commonest_double_charge
        return {
            "workflow": self.workflow.name,
            "faults": self.intensity.name,
            "purchases": self.purchases,
            "orders": self.orders,
            "charges": self.charges,
            "orders_per_purchase": self.orders / self.purchases,
            "charges_per_purchase": self.charges / self.purchases,
            "abandoned_orders": self.abandoned_orders,
            "manual": self.manual,
            "endings": {ending.value: self.endings[ending] for ending in Ending},
            "defects": self.defects,
            "commonest_double_charge": double
            and {
                "troubles": list(double.troubles),
                "purchases": double.purchases,
                "first": double.first,
            },
        }


def tally(
    workflow: Workflow,
    intensity: Intensity,
    *,
    seed: int,
    purchases: int,
    on_played: Callable[[], None] = lambda: None,
) -> Row:
    """Let one workflow make every purchase, and count."""
    row = Row(workflow, intensity)
    for number in range(purchases):
        row.add(play(workflow, seed, number, intensity))
        on_played()
    return row
