"""The comparison as JSON and as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bench.compare.fault_plan import FURTHER, INTENSITIES
from bench.compare.playing import KEYED, WORKFLOWS, Ending
from bench.compare.tally import Row

HEADINGS = (
    "Workflow",
    "Orders a purchase",
    "Charges a purchase",
    "Charged more than once",
    "Lost",
    "Turned away",
    "Orders left open",
    "Manual work",
)
_MEANINGS = """\
*Lost*: the buyer was told that the order is accepted, or an order is stored, and it was neither
charged nor declined, and nobody is asked to look at it. *Turned away*: the buyer gave up and knows
that nothing was bought. *Orders left open*: stored, never finished, and nobody asked to look at
them. *Manual work*: dead letters, records in a backup bucket, events at an on-failure destination
and orders in review, each counted once."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every row of one run."""

    seed: int
    purchases: int
    rows: Sequence[Row]

    @property
    def ours_keeps_the_promise(self) -> bool:
        """Whether this project's checkout never charged twice, lost or ordered twice."""
        return all(row.keeps_the_promise for row in self.rows if row.workflow.deploy is None)


def cells(row: Row) -> tuple[str, ...]:
    """A row under :data:`HEADINGS`."""
    counts = (Ending.CHARGED_TWICE, Ending.LOST, Ending.TURNED_AWAY)
    return (
        row.workflow.title,
        f"{row.orders / row.purchases:.3f}",
        f"{row.charges / row.purchases:.3f}",
        *(str(row.endings[ending]) for ending in counts),
        str(row.abandoned_orders),
        str(row.manual),
    )


def as_json(comparison: Comparison) -> str:
    """Everything that was counted."""
    content: dict[str, Any] = {
        "seed": comparison.seed,
        "purchases": comparison.purchases,
        "faults": {each.name: each.says for each in (INTENSITIES | FURTHER).values()},
        "workflows": {each.name: each.title for each in (WORKFLOWS | KEYED).values()},
        "rows": [row.figures() for row in comparison.rows],
    }
    return json.dumps(content, indent=2) + "\n"


def as_markdown(comparison: Comparison) -> str:
    """Three groups of tables: as asked, with the buyer's key, and where nobody helps."""
    asked = [row for row in comparison.rows if row.intensity.name in INTENSITIES]
    further = [row for row in comparison.rows if row.intensity.name in FURTHER]
    command = f"python -m bench.compare --purchases {comparison.purchases}"
    return "\n".join(
        [
            "# Seven checkouts under the same faults",
            "",
            f"Written by `{command} --seed {comparison.seed} --write`; what each workflow is and",
            "what was granted to it: [docs/alternatives.md](../docs/alternatives.md).",
            f"{comparison.purchases:,} purchases a row, seed {comparison.seed}.",
            "",
            _MEANINGS,
            "",
            *_tables(row for row in asked if not row.workflow.keyed),
            "## The same programs, with the buyer's key as the order's number",
            "",
            "What the question does not mention. Our rows are repeated for comparison.",
            "",
            *_tables(_with_ours(asked)),
            "## Where the buyer, or the payment service, is of no help",
            "",
            *_tables(further),
            "## The commonest way to a double charge",
            "",
            *_stories(asked, comparison.seed),
        ]
    )


def _with_ours(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.workflow.keyed or row.workflow.deploy is None]


def _tables(rows: Iterable[Row]) -> list[str]:
    lines = []
    for intensity, group in groupby(rows, key=lambda row: row.intensity):
        lines += [
            f"### {intensity.says[0].upper()}{intensity.says[1:]}",
            "",
            "| " + " | ".join(HEADINGS) + " |",
            "|---|" + "---:|" * (len(HEADINGS) - 1),
            *("| " + " | ".join(cells(row)) + " |" for row in group),
            "",
        ]
    return lines


def _stories(rows: Iterable[Row], seed: int) -> list[str]:
    """For each workflow, where faults are densest."""
    told = []
    for row in rows:
        double = row.commonest_double_charge
        if row.intensity.name != "faults-5" or row.workflow.keyed:
            continue
        if double is None:
            told.append(f"- **{row.workflow.title}**: nobody was charged twice.")
            continue
        told.append(
            f"- **{row.workflow.title}**, {double.purchases} of "
            f"{row.endings[Ending.CHARGED_TWICE]}: {'; '.join(double.troubles)}. Told by "
            f"`python -m bench.compare --story {row.workflow.name} --seed {seed} "
            f"--faults faults-5 --purchase {double.first}`."
        )
    return [*told, ""]
