"""The tables of docs/cost.md: ``python -m bench.cost.page`` writes them into the page."""

from __future__ import annotations

from collections.abc import Sequence

from bench.cost import prices
from bench.cost.comparison import BATCHES, VOLUMES, Comparison, all_comparisons, compare
from bench.cost.order_counts import count_idle_run, count_order
from bench.cost.row import goals, is_cheapest, power
from bench.markdown import table, with_blocks
from bench.paths import ROOT

PAGE = ROOT / "docs" / "cost.md"


def page() -> str:
    """Return ``docs/cost.md`` with its tables as the model has them."""
    bills = [volumes(traffic) for traffic in BATCHES]
    blocks = [*bills, _goals(), _shares(), _counted(), _idle_run(), _prices()]
    return with_blocks(PAGE.read_text(), blocks)


def volumes(traffic: str) -> str:
    """Return the table of dollars a million orders, at low or at high traffic."""
    comparisons = [compare(orders, traffic) for orders in VOLUMES]
    names = list(comparisons[0].peers)
    rows = [
        [
            power(each.orders),
            f"{each.ours.a_million:,.2f}",
            f"{each.untraced.a_million:,.2f}",
            *(_dollars(each, name) for name in names),
            "ours" if is_cheapest(each) else each.cheapest_peer.name,
        ]
        for each in comparisons
    ]
    columns = ["orders a month", "ours", "ours, untraced", *names, "cheapest"]
    return table(columns, rows, words=1)


def _dollars(each: Comparison, name: str) -> str:
    bill = each.peers[name]
    if bill.unpublished:
        return "not published"
    return f"{'≥ ' if bill.missing else ''}{bill.a_million:,.2f}"


def _goals() -> str:
    rows = [
        [
            f"`{each.name}`",
            "yes" if each.met else "no",
            each.why or "-",
            f"{each.value:.2f}",
            each.peer,
        ]
        for each in goals(all_comparisons())
    ]
    columns = ["goal", "met", "why not, dollars a million orders", "ours", "cheapest peer"]
    return table(columns, rows, words=3)


def _shares() -> str:
    """What is paid for, at 10⁸ orders a month: ours, the cheapest peer, Powertools with threads."""
    compared = [compare(1e8, traffic) for traffic in BATCHES]
    columns = ["paid for"]
    shares = []
    for each in compared:
        columns += [
            f"{name}, {each.traffic}" for name in ("ours", each.cheapest_peer.name, "Powertools")
        ]
        bills = (each.ours, each.cheapest_peer, each.peers["Powertools, threaded"])
        shares += [bill.by_price() for bill in bills]
    rows = [
        [name, *(_cents(share.get(name, 0.0)) for share in shares)]
        for name in compared[0].ours.by_price()
    ]
    return table(columns, rows, words=1)


def _cents(dollars: float) -> str:
    return f"{dollars:.2f}" if dollars >= 0.005 else "-"


def _counted() -> str:
    counts = [count_order(batch) for batch in BATCHES.values()]

    def row(name: str, values: Sequence[float], form: str = "g") -> list[str]:
        return [name, *(format(value, form) for value in values)]

    rows = [
        row("write units, table and index", [each.write_units for each in counts]),
        row("of these, index", [each.index_write_units for each in counts]),
        row("bytes of the order at its largest", [each.item_bytes for each in counts]),
        row("calls at intake", [each.intake_calls for each in counts]),
        row("calls of the relay", [each.relay_calls for each in counts]),
        row("calls of the consumer", [each.consumer_calls for each in counts]),
        row("queue: sends, receives, deletes", [each.fifo_calls for each in counts]),
        row("invocations", [each.invocations for each in counts]),
        row("bytes of application records", [each.log_bytes for each in counts], ".0f"),
    ]
    return table(["", *(f"{traffic} traffic" for traffic in BATCHES)], rows, words=1)


def _idle_run() -> str:
    idle = count_idle_run()
    return (
        f"A run of the reconciler that finds nothing: {idle.calls} calls, "
        f"{idle.read_units:g} read units, {idle.log_bytes:.0f} bytes of records."
    )


def _prices() -> str:
    rows = [
        [
            each.name,
            "; ".join(
                f"{dollars:.10f}".rstrip("0").rstrip(".") + (f" from {start:,.0f}" if start else "")
                for start, dollars in each.tiers
            ),
            each.unit,
            f"[page]({each.source}), {each.read}",
            each.confirmed,
        ]
        for each in prices.PRICES
    ]
    return table(["price", "dollars", "a", "source, read", "figure seen"], rows)


if __name__ == "__main__":
    PAGE.write_text(page())
