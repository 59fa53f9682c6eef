"""The result of a run, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table

from checkout_stack.local.scenarios.verdict import Verdict


def print_table(verdict: Verdict, console: Console) -> None:
    """Print a row per scenario, then every deviation in full."""
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        title="What was sent, and what came of it in the end",
        caption="orders: in the table; charges: in the payment service's own ledger",
    )
    table.add_column("scenario", no_wrap=True)
    for heading in ("sent", "given up", "orders", "charges"):
        table.add_column(heading, justify="right")
    table.add_column("state", no_wrap=True)
    table.add_column("right")
    for row in verdict.rows:
        expected = row.scenario.expected
        table.add_row(
            row.scenario.name,
            str(row.requests_sent),
            str(row.gave_up or ""),
            _against(row.orders, expected.orders),
            _against(row.charges, expected.charges),
            _against(_listed(row.states), _listed(expected.states)),
            "[green]yes[/]" if row.as_promised else "[bold red]NO[/]",
        )
    console.print(table)
    for row in verdict.rows:
        for deviation in row.deviations:
            console.print(f"{row.scenario.name}: {deviation}", style="red", markup=False)
    for queue, messages in verdict.left_in_queues.items():
        if messages:
            console.print(f"{queue}: {messages} messages left", style="red", markup=False)


def as_json(verdict: Verdict) -> str:
    """The same as one JSON object."""
    return json.dumps(
        {
            "as_promised": verdict.as_promised,
            "left_in_queues": verdict.left_in_queues,
            "scenarios": [
                {
                    "name": row.scenario.name,
                    "promise": row.scenario.promise,
                    "as_promised": row.as_promised,
                    "requests_sent": row.requests_sent,
                    "requests_given_up": row.gave_up,
                    "orders": row.orders,
                    "charges": row.charges,
                    "states": list(row.states),
                    "expected": {
                        "orders": row.scenario.expected.orders,
                        "charges": row.scenario.expected.charges,
                        "states": sorted(row.scenario.expected.states),
                        "stray_charges": row.scenario.expected.stray_charges,
                    },
                    "seconds": round(row.seconds, 2),
                    "deviations": list(row.deviations),
                }
                for row in verdict.rows
            ],
        },
        indent=2,
    )


def _against(seen: object, promised: object) -> str:
    return str(seen) if seen == promised else f"[bold red]{seen}[/] not {promised}"


def _listed(states: Iterable[str]) -> str:
    return ", ".join(sorted(states)) or "none"
