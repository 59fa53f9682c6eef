"""Growth as a static SVG: each measure beside what it was at the smallest size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from bench.growth.growth import Growth

WIDTH, HEIGHT = 860, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 300, 64, 52
#: Told apart by their dashes too, and named at their ends.
_STYLES = (
    ("#0b57d0", ""),
    ("#b3261e", "8 4"),
    ("#2e7d32", "2 3"),
    ("#7a5fb5", "12 4 2 4"),
    ("#a05a00", "5 2"),
    ("#1f1f1f", "1 5"),
)

Points = Sequence[tuple[int, float]]


def as_svg(growth: Growth) -> str:
    """Draw one line for each measure; a flat one stays at 1."""
    series = _series(growth)
    sizes = [each.orders for each in growth.orders]
    top = max(2.0, math.ceil(max(value for _, points in series for _, value in points)))
    parts = [*_axes(sizes, top)]
    for place, ((name, points), (colour, dash)) in enumerate(zip(series, _STYLES, strict=True)):
        path = " ".join(
            f"{'M' if first else 'L'}{_x(size, sizes):.1f},{_y(value, top):.1f}"
            for first, (size, value) in _with_first(points)
        )
        line = f'fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"'
        parts.append(f'<path d="{path}" {line}/>')
        y = _TOP + 22 * place + 10
        x = WIDTH - _RIGHT + 20
        parts.append(f'<path d="M{x},{y - 4} h34" {line}/>')
        parts.append(_text(x + 42, y, f"{name}: {points[-1][1]:.2f}"))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="13">',
            "<title>What one order takes, as orders grow</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            _text(16, 28, "What one order takes, beside the smallest size", bold=True),
            *parts,
            "</svg>",
            "",
        ]
    )


def _series(growth: Growth) -> list[tuple[str, Points]]:
    orders, backlogs = growth.orders, growth.backlogs
    return [
        ("calls", _ratios([(each.orders, each.calls) for each in orders])),
        ("write units", _ratios([(each.orders, each.write_units) for each in orders])),
        ("processor time", _ratios([(each.orders, each.processor_us) for each in orders])),
        ("memory held", _ratios([(each.orders, each.held_bytes) for each in orders])),
        ("memory at most", _ratios([(each.orders, each.peak_bytes) for each in orders])),
        ("calls, reconciled", _ratios([(each.orders, each.calls_an_order) for each in backlogs])),
    ]


def _ratios(points: Points) -> Points:
    first = points[0][1]
    return [(size, value / first) for size, value in points]


def _axes(sizes: Sequence[int], top: float) -> list[str]:
    right = WIDTH - _RIGHT
    parts = []
    for step in range(int(top) + 1):
        y = _y(step, top)
        parts.append(f'<path d="M{_LEFT},{y:.1f} H{right}" stroke="#d5d8dd"/>')
        parts.append(_text(_LEFT - 12, y + 4, f"{step}", anchor="end"))
    below = HEIGHT - _BOTTOM + 20
    parts += [_text(_x(size, sizes), below, f"{size:,}", anchor="middle") for size in sizes]
    parts.append(_text((_LEFT + right) / 2, HEIGHT - 10, "orders", anchor="middle"))
    return parts


def _x(size: int, sizes: Sequence[int]) -> float:
    low, high = math.log10(sizes[0]), math.log10(sizes[-1])
    share = (math.log10(size) - low) / ((high - low) or 1.0)
    return _LEFT + share * (WIDTH - _RIGHT - _LEFT)


def _y(value: float, top: float) -> float:
    return HEIGHT - _BOTTOM - value / top * (HEIGHT - _BOTTOM - _TOP)


def _with_first(points: Points) -> list[tuple[bool, tuple[int, float]]]:
    return [(place == 0, point) for place, point in enumerate(points)]


def _text(x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="bold" font-size="15"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'
