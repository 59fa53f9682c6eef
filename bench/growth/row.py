"""The row of the benchmark about growth: goals, and a table."""

from __future__ import annotations

from bench.cost.metered_checkout import REMAINING_MS
from bench.figures import Figure, Goal, Spread
from bench.growth.backlog import MOST_CALLS
from bench.growth.growth import LARGEST, PLOT, Growth, keep, measure
from bench.growth.orders import PROBES
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
            from bench.growth.plot import plot  # takes a second to import

            keep(growth)
            PLOT.write_text(plot(growth))
        return RowResult(
            name=self.name,
            title=self.title,
            figures=_figures(growth),
            goals=goals(growth),
            notes=[
                "The real handlers on the simulator's models, without faults, ten orders a batch; "
                "processor time is the handlers' own, without the models and the collector.",
                "[Plot](growth/growth.svg): each measure over what it was at the smallest size.",
                "A call takes 50 ms in a backlog, ten times what is usual, so that runs come to "
                "their end. Not measured here: the deployed stack.",
            ],
        )


def goals(growth: Growth) -> list[Goal]:
    """Return the goals of a measurement: nothing grows with the orders, and no run is too long."""
    first, last = growth.orders[0], growth.orders[-1]
    small, large = growth.backlogs[0], growth.backlogs[-1]
    grown = f"{last.orders:,} orders over {first.orders:,}"
    stuck = f"a backlog of {large.orders:,}"
    backlogs = f"reconciler's calls an order, {large.orders:,} stuck over {small.orders:,}"
    calls = small.calls_an_order, large.calls_an_order
    flat = [
        ("calls", f"calls an order, {grown}", first.calls, last.calls, FLAT_COUNT),
        ("writes", f"write units, {grown}", first.write_units, last.write_units, FLAT_COUNT),
        ("cpu", f"processor time, {grown}", first.processor_us, last.processor_us, FLAT_TIME),
        ("held", f"memory held, {grown}", first.held_bytes, last.held_bytes, FLAT_HELD),
        ("peak", f"memory at most, {grown}", first.peak_bytes, last.peak_bytes, FLAT_MEMORY),
        ("backlog_calls", backlogs, *calls, FLAT_MEMORY),
    ]
    run_calls, run_ms = large.most_calls_of_a_run, large.longest_run_ms
    lost, twice = large.orders - large.resent, large.resent - large.orders
    in_time, lambdas = "what fits into a run's time", "the time that Lambda gives a run"
    bounded = [
        ("run_calls", f"calls of one run, {stuck}", run_calls, MOST_CALLS, in_time),
        ("run_ms", f"milliseconds of the longest run, {stuck}", run_ms, REMAINING_MS, lambdas),
        ("lost", f"orders not sent again, {stuck}", lost, 0, "none"),
        ("twice", f"orders sent twice, {stuck}", twice, 0, "none"),
    ]
    return [*(_flat(*each) for each in flat), *(_bounded(*each) for each in bounded)]


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


def _flat(name: str, what: str, first: float, last: float, factor: float) -> Goal:
    peer, why = f"{first:,.4g} at the smallest size", f"{last:,.4g} at the largest size"
    return Goal(f"growth.{name}", what, round(last / first, 4), "at most", factor, peer, why)


def _bounded(name: str, what: str, value: float, most: float, peer: str) -> Goal:
    return Goal(f"growth.{name}", what, value, "at most", most, peer, f"{value - most:,g} more")
