"""The comparison in one line a workflow: the table that the README shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_COLUMNS = {
    "client-timeouts": "Only the buyer's time-outs",
    "faults-1": "A fault at 1 % of calls",
    "faults-5": "at 5 %",
    "outage": "Payment service down",
}
_LAST = ("Charged more than once", "Lost or turned away", "Manual work")
_BEGIN, _END = "<!-- written by make compare -->", "<!-- end of what it wrote -->"


def summary(figures: Mapping[str, Any]) -> str:
    """Return orders and charges a purchase by workflow and kind of fault, and sums over the kinds.

    :param figures: What ``bench/compare.json`` holds.
    """
    rows = {(row["workflow"], row["faults"]): row for row in figures["rows"]}
    asked = [name for name in figures["workflows"] if not name.endswith("-keyed")]
    return "\n".join(
        [
            f"| Orders / charges a purchase | {' | '.join((*_COLUMNS.values(), *_LAST))} |",
            "|---|" + "---:|" * (len(_COLUMNS) + len(_LAST)),
            *(
                f"| {figures['workflows'][name]} | "
                + " | ".join(_cells([rows[name, faults] for faults in _COLUMNS]))
                + " |"
                for name in asked
            ),
        ]
    )


def in_page(page: str, figures: Mapping[str, Any]) -> str:
    """Return a page with the table in the place that is marked for it."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{summary(figures)}\n\n{_END}{after}"


def _cells(rows: list[Mapping[str, Any]]) -> list[str]:
    def total(*endings: str) -> str:
        return str(sum(row["endings"][ending] for row in rows for ending in endings))

    return [
        *(f"{row['orders_per_purchase']:.3f} / {row['charges_per_purchase']:.3f}" for row in rows),
        total("charged more than once"),
        total("lost", "turned away"),
        str(sum(row["manual"] for row in rows)),
    ]
