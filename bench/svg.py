"""Plots as SVG: the same bytes for the same figures, words as text."""

from __future__ import annotations

from io import StringIO
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

SETTINGS: Any = {"svg.hashsalt": "bench", "svg.fonttype": "none", "font.family": "sans-serif"}


def as_svg(figure: Figure, title: str) -> str:
    """Return the figure as SVG, without the time at which it was drawn."""
    written = StringIO()
    with rc_context(SETTINGS):
        figure.savefig(written, format="svg", metadata={"Date": None, "Title": title})
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"
