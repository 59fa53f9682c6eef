"""The comparison as a plot: what did not end as one order and one charge."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from matplotlib.figure import Figure

from bench.compare.fault_plan import INTENSITIES
from bench.compare.playing import WORKFLOWS, Ending
from bench.svg import as_svg

COLOURS = {
    Ending.CHARGED_TWICE: "#b3261e",
    Ending.LOST: "#1f1f1f",
    Ending.WITH_A_PERSON: "#7a5fb5",
    Ending.TURNED_AWAY: "#8a8f98",
    Ending.ORDERED_TWICE: "#d99a2b",
}
"""Told apart without colour vision by their lightness, and always in this order."""


def plot(counted: Mapping[str, Any]) -> str:
    """Draw a panel for each intensity, as SVG; bars are purchases, on one scale in each panel."""
    rows = [
        row
        for row in counted["rows"]
        if row["faults"] in INTENSITIES and row["workflow"] in WORKFLOWS
    ]
    panels = [(name, list(group)) for name, group in groupby(rows, lambda row: row["faults"])]
    figure = Figure(figsize=(9, 2.2 * len(panels) + 0.8), layout="constrained")
    title = "Purchases that did not end as one order, one charge"
    figure.suptitle(f"{title}, of {counted['purchases']:,}", weight="bold")
    every = figure.subplots(len(panels), squeeze=False)[:, 0]
    for axes, (faults, panel) in zip(every, panels, strict=True):
        names = [counted["workflows"][row["workflow"]] for row in panel]
        begin = [0] * len(panel)
        for ending, colour in COLOURS.items():
            counts = [row["endings"][ending.value] for row in panel]
            bars = axes.barh(names, counts, left=begin, color=colour, label=ending.value)
            begin = [start + count for start, count in zip(begin, counts, strict=True)]
        axes.bar_label(bars, [f"{count:,}" for count in begin], padding=4)
        says: str = counted["faults"][faults]
        axes.set_title(f"{says[0].upper()}{says[1:]}", loc="left", fontsize=10)
        axes.set_xlim(0, max(*begin, 1) * 1.1)
        axes.set_xticks([])
        axes.invert_yaxis()
        axes.spines[["top", "right", "bottom"]].set_visible(False)
    legend = every[0].get_legend_handles_labels()
    figure.legend(*legend, loc="outside lower center", ncols=3, frameon=False)
    return as_svg(figure, title)
