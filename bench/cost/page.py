"""The tables of docs/operate/cost.md and the README: ``python -m bench.cost.page`` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.cost import ours, prices
from bench.cost.assumptions import DEFAULT, Traffic
from bench.cost.comparison import (
    BATCHES,
    PROVISIONED_VOLUMES,
    VOLUMES,
    Comparison,
    all_comparisons,
    compare,
)
from bench.cost.order_counts import count_idle_run, count_order
from bench.cost.row import SMALL_SHOP_ORDERS, goals, is_cheapest, power
from bench.markdown import table, with_blocks
from bench.paths import ROOT

EXPRESS = "Step Functions Express"
PAGE, README = ROOT / "docs" / "operate" / "cost.md", ROOT / "README.md"
#: Orders a month that the README looks at.
README_VOLUMES = (1e4, 1e6, 1e8)


def page() -> str:
    """Return ``docs/operate/cost.md`` with its tables as the model has them."""
    on_demand = [volumes([compare(orders, traffic) for orders in VOLUMES]) for traffic in BATCHES]
    blocks = [
        *(*on_demand, volumes(_provisioned()), _goals(), _shares()),
        *(_watched(), _events(), _memory(), _counted(), _idle_run(), _prices()),
    ]
    return with_blocks(PAGE.read_text(), blocks)


def readme() -> str:
    """Return the README with its table of costs as the model has it."""
    compared = [compare(orders, "low") for orders in README_VOLUMES]
    rows = [
        [
            f"{each.orders:,.0f}",
            f"{each.ours.dollars:,.2f}",
            f"{each.others_of_ours[0].dollars:,.2f}",
            f"{each.ours.a_million:,.2f}",
        ]
        for each in compared
    ]
    columns = [
        *("Orders a month", "Dollars a month", "Dollars a month, fewest alarms"),
        "Dollars a million orders",
    ]
    return with_blocks(README.read_text(), [table(columns, rows, words=0)])


def _provisioned() -> list[Comparison]:
    assumed = replace(DEFAULT, provisioned=True)
    return [compare(orders, "high", assumed) for orders in PROVISIONED_VOLUMES]


def volumes(comparisons: Sequence[Comparison]) -> str:
    """Return a table of dollars a million orders, a line for each volume."""
    names = list(comparisons[0].peers)
    rows = [
        [
            power(each.orders),
            f"{each.ours.a_million:,.2f}",
            *(f"{other.a_million:,.2f}" for other in each.others_of_ours),
            *(_dollars(each, name) for name in names),
            "ours" if is_cheapest(each) else each.cheapest_peer.name,
        ]
        for each in comparisons
    ]
    kinds = [other.name for other in comparisons[0].others_of_ours]
    columns = ["orders a month", "ours", *kinds, *names, "cheapest"]
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


def _watched() -> str:
    """What each choice of ``Observability`` costs a month, and what a small shop pays with it."""
    shop = Traffic(orders=SMALL_SHOP_ORDERS, batch=1)
    rows = [
        [
            f"`{each.name}()`",
            *(str(count) for count in (each.alarms, each.metrics, each.dashboards, each.keys)),
            f"{each.dollars:.2f}",
            f"{ours.bill(shop, watched=each).dollars:.2f}",
        ]
        for each in ours.CHOICES
    ]
    paid = f"all of a month of {SMALL_SHOP_ORDERS:,.0f} orders"
    columns = ["choice", "alarms", "metrics", "dashboards", "keys", "dollars a month", paid]
    return table(columns, rows, words=1)


def _events() -> str:
    """What announcing outcomes adds to an order, and to a million of them."""
    columns = ["of one order", *(f"{traffic} traffic" for traffic in BATCHES)]
    rows: dict[str, list[str]] = {}
    for batch in BATCHES.values():
        more, less = count_order(batch, announces=True), count_order(batch)
        many = Traffic(orders=1e8, batch=batch)
        dollars = ours.bill(many, announces=True).a_million - ours.bill(many).a_million
        for name, value in {
            "events": f"{more.events:g}",
            "write units more, table and index": f"{more.write_units - less.write_units:g}",
            "of these, index": f"{more.index_write_units - less.index_write_units:g}",
            "calls of the relay more": f"{more.relay_calls - less.relay_calls:g}",
            "invocations more": f"{more.invocations - less.invocations:g}",
            "dollars a million orders more, at 10⁸ a month": f"{dollars:.2f}",
        }.items():
            rows.setdefault(name, []).append(value)
    return table(columns, [[name, *values] for name, values in rows.items()], words=1)


def _memory() -> str:
    """What the memory of the functions that nobody waits for changes, the same for everybody."""
    rows = []
    for gigabytes in (0.25, 0.5):
        assumed = replace(DEFAULT, worker_gigabytes=gigabytes)
        compared = [compare(1e8, traffic, assumed) for traffic in BATCHES]
        bills = [bill for each in compared for bill in (each.ours, each.peers[EXPRESS])]
        rows.append([f"{1024 * gigabytes:.0f}", *(f"{bill.a_million:.2f}" for bill in bills)])
    columns = [f"{name}, {traffic}" for traffic in BATCHES for name in (ours.NAME, EXPRESS)]
    return table(["MB of a worker", *columns], rows, words=1)


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
    README.write_text(readme())
