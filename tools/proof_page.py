"""What ``make verify`` has to try, counted: ``python -m tools.proof_page`` writes it down."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.markdown import with_blocks
from simulator.boundaries import BOUNDARIES, PAIRS
from simulator.exploration import EXHAUSTIVE
from simulator.guards import GUARDS
from simulator.portfolio import PORTFOLIO

PAGE = Path(__file__).parents[1] / "docs" / "internals" / "proof.md"


def counted() -> str:
    """Return the table of what the simulator and its guards list."""
    deep = sum(each.most_faults > 1 for each in EXHAUSTIVE)
    traps = {guard.trap for guard in GUARDS}
    rows = {
        "boundaries": f"{len(BOUNDARIES):,}",
        "pairs of a boundary and a fault that is possible there": f"{len(PAIRS):,}",
        "cases that together come to each boundary": f"{len(PORTFOLIO):,}",
        "small cases of which every schedule is run": (
            f"{len(EXHAUSTIVE)}, {deep} of them with every two faults"
        ),
        "guards that are removed in turn": f"{len(GUARDS)}, for {len(traps)} traps",
    }
    lines = [f"| {what} | {how_many} |" for what, how_many in rows.items()]
    return "\n".join(["| Counted | How many |", "|---|---|", *lines])


if __name__ == "__main__":
    PAGE.write_text(with_blocks(PAGE.read_text(encoding="utf-8"), [counted()]), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} is up to date\n")
