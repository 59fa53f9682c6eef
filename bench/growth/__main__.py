"""Measure growth: ``python -m bench.growth [--largest 100000]``."""

from __future__ import annotations

import argparse
import sys

from bench.growth.growth import LARGEST, PLOT, keep, measure
from bench.growth.plot import as_svg
from bench.growth.row import goals, table


def main() -> int:
    """Measure, keep what was measured and its plot, and show both tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument(
        "--largest",
        type=int,
        default=LARGEST,
        help=f"orders of the largest size, 100 or more; default {LARGEST:,}: some minutes",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what is measured, and keep nothing"
    )
    given = parser.parse_args()
    growth = measure(given.largest, _say)
    if not given.dry_run:
        keep(growth)
        PLOT.write_text(as_svg(growth))
    found = goals(growth)
    sys.stdout.write(table(growth) + "\n")
    for goal in found:
        verdict = "met   " if goal["met"] else "missed"
        sys.stdout.write(f"{verdict} {goal['name']}: {goal['value']:g}, {goal['goal']}\n")
    return 0 if all(goal["met"] for goal in found) else 1


def _say(said: str) -> None:
    sys.stderr.write(f"{said}\n")


if __name__ == "__main__":
    sys.exit(main())
