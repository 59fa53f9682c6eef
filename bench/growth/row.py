"""The row of the benchmark about growth: goals, and a table."""

from __future__ import annotations

from typing import Any

from bench.cost.metered_checkout import REMAINING_MS
from bench.cost.row import markdown
from bench.figures import Figure, Goal, Spread
from bench.growth.backlog import MOST_CALLS
from bench.growth.growth import LARGEST, PLOT, Growth, keep, kept, measure
from bench.growth.orders import PROBES
from bench.growth.plot import as_svg
from bench.row import Effort, RowResult, Say

#: What counts as flat: counts do not change, time and memory by no more than this factor.
FLAT_COUNT = 1.001
FLAT_TIME = 1.25
FLAT_MEMORY = 1.10
QUICK_LARGEST = 1_000
#: Of what is held: some hundred bytes come with the first invocations, not with orders.
FLAT_HELD = 1.01


class Growing:
    """The row of the benchmark: some minutes, or seconds where effort is quick.

    Its rounds are its own, so the number of runs does not matter. What is measured to the largest
    size is kept, with its plot.
    """

    name = "growth"
    title = "One order, where there are a hundred and where there are a hundred thousand"

    def measure(self, effort: Effort, say: Say) -> RowResult:
        """Measure, and keep what was measured unless effort is quick."""
        growth = measure(QUICK_LARGEST if effort.quick else LARGEST, say)
        if not effort.quick:
            keep(growth)
            PLOT.write_text(as_svg(growth))
        return RowResult(
            name=self.name,
            title=self.title,
            figures=_figures(growth),
            goals=_goals(growth),
            notes=[
                "The real handlers on the simulator's models, without faults, ten orders a batch; "
                "processor time is the handlers' own, without the models and the collector.",
                "[Plot](growth/growth.svg): each measure beside what it was at the smallest size.",
                "A call takes 50 ms in a backlog, ten times what is usual, so that runs come to "
                "their end. Not measured here: the deployed stack.",
            ],
        )


def goals(growth: Growth | None = None) -> list[dict[str, Any]]:
    """Return the goals of a measurement; of the one that is kept, if none is given."""
    return [
        {name: getattr(goal, name) for name in ("name", "value", "peer", "goal", "met", "why")}
        for goal in _goals(growth or kept())
    ]


def _goals(growth: Growth) -> list[Goal]:
    first, last = growth.orders[0], growth.orders[-1]
    small, large = growth.backlogs[0], growth.backlogs[-1]
    grown = f"{last.orders:,} orders over {first.orders:,}"
    stuck = f"a backlog of {large.orders:,}"
    return [
        _flat("calls", f"calls an order, {grown}", first.calls, last.calls, FLAT_COUNT),
        _flat("writes", f"write units, {grown}", first.write_units, last.write_units, FLAT_COUNT),
        _flat("cpu", f"processor time, {grown}", first.processor_us, last.processor_us, FLAT_TIME),
        _flat("held", f"memory held, {grown}", first.held_bytes, last.held_bytes, FLAT_HELD),
        _flat("peak", f"memory at most, {grown}", first.peak_bytes, last.peak_bytes, FLAT_MEMORY),
        _flat(
            "backlog_calls",
            f"reconciler's calls an order, {large.orders:,} stuck over {small.orders:,}",
            small.calls_an_order,
            large.calls_an_order,
            FLAT_MEMORY,
        ),
        _most(
            "run_calls",
            f"calls of one run, {stuck}",
            large.most_calls_of_a_run,
            MOST_CALLS,
            "what fits into a run's time",
        ),
        _most(
            "run_ms",
            f"milliseconds of the longest run, {stuck}",
            large.longest_run_ms,
            REMAINING_MS,
            "the time that Lambda gives a run",
        ),
        _most("lost", f"orders not sent again, {stuck}", large.orders - large.resent, 0, "none"),
        _most("twice", f"orders sent twice, {stuck}", large.resent - large.orders, 0, "none"),
    ]


def _figures(growth: Growth) -> list[Figure]:
    figures = []
    for each in growth.orders:
        program = f"{each.orders:,} orders"
        least, most = each.processor_us_spread
        processor = Spread(each.processor_us, least, most, PROBES)
        figures += [
            Figure(program, "calls", "an order", Spread.of([each.calls])),
            Figure(program, "write units", "an order", Spread.of([each.write_units])),
            Figure(program, "processor time", "µs an order", processor),
            Figure(program, "memory held", "KiB", Spread.of([each.held_bytes / 1024])),
        ]
    for stuck in growth.backlogs:
        program = f"{stuck.orders:,} stuck"
        figures += [
            Figure(program, "calls", "an order", Spread.of([stuck.calls_an_order])),
            Figure(program, "runs", "to see all", Spread.of([stuck.runs])),
            Figure(program, "calls", "a run at most", Spread.of([stuck.most_calls_of_a_run])),
        ]
    return figures


def table(growth: Growth | None = None) -> str:
    """Return both tables in Markdown."""
    growth = growth or kept()
    orders = [
        [
            f"{each.orders:,}",
            f"{each.calls:g}",
            f"{each.write_units:g}",
            f"{each.processor_us:.0f}",
            f"{each.processor_us_spread[0]:.0f} to {each.processor_us_spread[1]:.0f}",
            f"{each.held_bytes:,}",
            f"{each.peak_bytes / 1024:,.1f}",
        ]
        for each in growth.orders
    ]
    backlogs = [
        [
            f"{each.orders:,}",
            f"{each.runs}",
            f"{each.calls:,}",
            f"{each.most_calls_of_a_run:,}",
            f"{each.calls_an_order:.3f}",
            f"{each.longest_run_ms / 1000:.0f}",
            f"{each.resent:,}",
        ]
        for each in growth.backlogs
    ]
    passed = markdown(
        [
            "orders there are",
            "calls an order",
            "write units",
            "processor µs",
            "least to most",
            "bytes held",
            "KiB at most, an order",
        ],
        orders,
    )
    stuck = markdown(
        [
            "orders stuck",
            "runs",
            "calls",
            "most calls of a run",
            "calls an order",
            "longest run, s",
            "sent again",
        ],
        backlogs,
    )
    return f"{passed}\n{stuck}"


def _flat(name: str, what: str, first: float, last: float, factor: float) -> Goal:
    ratio = last / first
    return Goal(
        name=f"growth.{name}",
        what=what,
        value=round(ratio, 4),
        peer=f"{first:,.4g} at the smallest size",
        comparison="at most",
        limit=factor,
        why="" if ratio <= factor else f"{last:,.4g} at the largest size",
    )


def _most(name: str, what: str, value: float, most: float, peer: str) -> Goal:
    return Goal(
        name=f"growth.{name}",
        what=what,
        value=value,
        peer=peer,
        comparison="at most",
        limit=most,
        why="" if value <= most else f"{value - most:,g} more",
    )
