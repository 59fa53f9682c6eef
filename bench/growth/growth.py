"""What was measured, as a whole: made once, and kept for the plot."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.growth.backlog import BacklogMeasured, measure_backlog
from bench.growth.orders import OrdersMeasured, measure_orders

KEPT = Path(__file__).parent / "measured.json"
PLOT = Path(__file__).parent / "growth.svg"
SMALLEST, LARGEST = 100, 100_000


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Orders at each size, and backlogs of each size."""

    orders: tuple[OrdersMeasured, ...]
    backlogs: tuple[BacklogMeasured, ...]


def measure(largest: int, say: Callable[[str], None]) -> Growth:
    """Measure by powers of ten up to ``largest``; a hundred thousand take some minutes."""
    if largest < SMALLEST:
        raise ValueError(f"the largest size is {largest}; it must be {SMALLEST} or more")
    sizes = [SMALLEST]
    while sizes[-1] * 10 <= largest:
        sizes.append(sizes[-1] * 10)
    return Growth(
        orders=tuple(measure_orders(sizes, say)),
        backlogs=tuple(measure_backlog(size, say) for size in sizes),
    )


def keep(growth: Growth, path: Path = KEPT) -> None:
    """Write what was measured."""
    path.write_text(json.dumps(asdict(growth), indent=2) + "\n")


def kept(path: Path = KEPT) -> Growth:
    """Read what was measured.

    Raises:
        FileNotFoundError: nothing was measured; run ``make bench ARGS="--only growth"``.
    """
    read = json.loads(path.read_text())
    return Growth(
        orders=tuple(
            OrdersMeasured(**{**each, "processor_us_spread": tuple(each["processor_us_spread"])})
            for each in read["orders"]
        ),
        backlogs=tuple(BacklogMeasured(**each) for each in read["backlogs"]),
    )
