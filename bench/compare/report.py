"""What bench/compare.json holds, in words and as a plot: ``python -m bench.compare.report`` writes
bench/compare.md, bench/compare.svg and the README's table from it again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from bench.compare.fault_plan import FURTHER, INTENSITIES
from bench.compare.playing import KEYED, OURS, WORKFLOWS, Ending
from bench.compare.tally import Row
from bench.markdown import table, with_blocks
from bench.paths import ROOT

BENCH, README = ROOT / "bench", ROOT / "README.md"
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
_SUMMED = {
    "client-timeouts": "Only the buyer's time-outs",
    "faults-1": "A fault at 1 % of calls",
    "faults-5": "at 5 %",
    "outage": "Payment service down",
}
"""Kinds of faults that the README's table shows."""
_SUMS = ("Charged more than once", "Lost or turned away", "Manual work")

Figures = Mapping[str, Any]


def figures(seed: int, purchases: int, rows: Iterable[Row]) -> Figures:
    """Return everything that was counted, as bench/compare.json holds it."""
    return {
        "seed": seed,
        "purchases": purchases,
        "faults": {each.name: each.says for each in (INTENSITIES | FURTHER).values()},
        "workflows": {each.name: each.title for each in (WORKFLOWS | KEYED).values()},
        "rows": [row.figures() for row in rows],
    }


def as_json(counted: Figures) -> str:
    """For programs."""
    return json.dumps(counted, indent=2) + "\n"


def as_markdown(counted: Figures) -> str:
    """Three groups of tables: as asked, with the buyer's key, and where nobody helps."""
    asked = [row for row in counted["rows"] if row["faults"] in INTENSITIES]
    further = [row for row in counted["rows"] if row["faults"] in FURTHER]
    keyed = [row for row in asked if row["workflow"] in (*KEYED, OURS.name)]
    purchases, seed = counted["purchases"], counted["seed"]
    return "\n".join(
        [
            "# Seven checkouts under the same faults",
            "",
            f"Written by `python -m bench.compare --purchases {purchases} --seed {seed} --write`; "
            "what each workflow is and",
            "what was granted to it: "
            "[docs/internals/alternatives.md](../docs/internals/alternatives.md).",
            f"{purchases:,} purchases a row, seed {seed}.",
            "",
            _MEANINGS,
            "",
            *_tables(counted, [row for row in asked if row["workflow"] in WORKFLOWS]),
            "## The same programs, with the buyer's key as the order's number",
            "",
            "What the question does not mention. Our rows are repeated for comparison.",
            "",
            *_tables(counted, keyed),
            "## Where the buyer, or the payment service, is of no help",
            "",
            *_tables(counted, further),
            "## The commonest way to a double charge",
            "",
            *_stories(counted),
            "",
        ]
    )


def summary(counted: Figures) -> str:
    """Return the README's table: orders and charges a purchase by workflow and kind of fault."""
    rows = {(row["workflow"], row["faults"]): row for row in counted["rows"]}
    lines = [
        [title, *_summed([rows[name, faults] for faults in _SUMMED])]
        for name, title in counted["workflows"].items()
        if not name.endswith("-keyed")
    ]
    return table(["Orders / charges a purchase", *_SUMMED.values(), *_SUMS], lines, words=1)


def _summed(rows: Sequence[Figures]) -> list[str]:
    def total(*endings: Ending) -> str:
        return str(sum(row["endings"][ending.value] for row in rows for ending in endings))

    return [
        *(f"{row['orders_per_purchase']:.3f} / {row['charges_per_purchase']:.3f}" for row in rows),
        total(Ending.CHARGED_TWICE),
        total(Ending.LOST, Ending.TURNED_AWAY),
        str(sum(row["manual"] for row in rows)),
    ]


def _tables(counted: Figures, rows: Iterable[Figures]) -> list[str]:
    lines = []
    for faults, group in groupby(rows, key=lambda row: row["faults"]):
        says: str = counted["faults"][faults]
        cells = [_cells(counted["workflows"][row["workflow"]], row) for row in group]
        lines += [f"### {says[0].upper()}{says[1:]}", "", table(HEADINGS, cells, words=1), ""]
    return lines


def _cells(title: str, row: Figures) -> list[str]:
    endings = (Ending.CHARGED_TWICE, Ending.LOST, Ending.TURNED_AWAY)
    return [
        title,
        f"{row['orders_per_purchase']:.3f}",
        f"{row['charges_per_purchase']:.3f}",
        *(str(row["endings"][ending.value]) for ending in endings),
        str(row["abandoned_orders"]),
        str(row["manual"]),
    ]


def _stories(counted: Figures) -> list[str]:
    """For each workflow, where faults are densest."""
    told = []
    for row in counted["rows"]:
        if row["faults"] != "faults-5" or row["workflow"] not in WORKFLOWS:
            continue
        title, double = counted["workflows"][row["workflow"]], row["commonest_double_charge"]
        told.append(
            f"- **{title}**, {double['purchases']} of "
            f"{row['endings'][Ending.CHARGED_TWICE.value]}: {'; '.join(double['troubles'])}. Told "
            f"by `python -m bench.compare --story {row['workflow']} --seed {counted['seed']} "
            f"--faults faults-5 --purchase {double['first']}`."
            if double
            else f"- **{title}**: nobody was charged twice."
        )
    return told


def write(counted: Figures) -> None:
    """Write bench/compare.* and the README's table."""
    from bench.compare.plot import plot  # takes a second to import

    (BENCH / "compare.json").write_text(as_json(counted), encoding="utf-8")
    (BENCH / "compare.md").write_text(as_markdown(counted), encoding="utf-8")
    (BENCH / "compare.svg").write_text(plot(counted), encoding="utf-8")
    page = with_blocks(README.read_text(encoding="utf-8"), [summary(counted)])
    README.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    write(json.loads((BENCH / "compare.json").read_text(encoding="utf-8")))
