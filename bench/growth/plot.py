"""Growth as a plot: each measure compared with what it was at the smallest size.

``python -m bench.growth.plot`` draws what is kept again.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from bench.growth.growth import PLOT, Growth, kept
from bench.svg import as_svg

#: Lines are told apart by their dashes too, and named with their value at the largest size.
STYLES = (
    ("#0b57d0", "-"),
    ("#b3261e", "--"),
    ("#2e7d32", ":"),
    ("#7a5fb5", "-."),
    ("#a05a00", (0, (5, 2))),
    ("#1f1f1f", (0, (1, 5))),
)


def plot(growth: Growth) -> str:
    """Draw one line for each measure, as SVG; a flat one stays at 1."""
    orders, backlogs = growth.orders, growth.backlogs
    sizes = [each.orders for each in orders]
    measures: dict[str, list[float]] = {
        "calls": [each.calls for each in orders],
        "write units": [each.write_units for each in orders],
        "processor time": [each.processor_us for each in orders],
        "memory held": [each.held_bytes for each in orders],
        "memory at most": [each.peak_bytes for each in orders],
        "calls, reconciled": [each.calls_an_order for each in backlogs],
    }
    figure = Figure(figsize=(9, 4.4), layout="constrained")
    axes = figure.add_subplot(
        title="What one order takes, compared with the smallest size",
        xlabel="orders",
        xscale="log",
        ylim=(0, max(2.0, *(max(_ratios(values)) for values in measures.values()))),
    )
    for (name, values), (colour, dashes) in zip(measures.items(), STYLES, strict=True):
        ratios = _ratios(values)
        label = f"{name}: {ratios[-1]:.2f}"
        axes.plot(sizes, ratios, color=colour, linestyle=dashes, linewidth=2.5, label=label)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.grid(axis="y")
    figure.legend(loc="outside right upper", frameon=False, handlelength=4)
    return as_svg(figure, "What one order takes, as orders grow")


def _ratios(values: Sequence[float]) -> list[float]:
    return [value / values[0] for value in values]


if __name__ == "__main__":
    PLOT.write_text(plot(kept()))
