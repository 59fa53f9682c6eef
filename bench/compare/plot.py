"""The comparison as a static SVG: what did not end as one order and one charge."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from bench.compare.fault_plan import INTENSITIES
from bench.compare.playing import Ending
from bench.compare.report import Comparison
from bench.compare.tally import Row

_COLOURS = {
    Ending.CHARGED_TWICE: "#b3261e",
    Ending.LOST: "#1f1f1f",
    Ending.WITH_A_PERSON: "#7a5fb5",
    Ending.TURNED_AWAY: "#8a8f98",
    Ending.ORDERED_TWICE: "#d99a2b",
}
"""Told apart without colour vision by their lightness, and always in this order."""
WIDTH = 860
_LEFT, _BAR, _ROW, _HEAD = 190, 560, 22, 54
_TOP = 64


def as_svg(comparison: Comparison) -> str:
    """Draw a panel for each intensity; bars are purchases, on one scale in each panel."""
    rows = [
        row
        for row in comparison.rows
        if row.intensity.name in INTENSITIES and not row.workflow.keyed
    ]
    parts, y = [*_legend(comparison)], _TOP
    for _, group in groupby(rows, key=lambda row: row.intensity):
        panel = list(group)
        parts += _panel(panel, y)
        y += _HEAD + _ROW * len(panel)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 16}" '
            f'width="{WIDTH}" height="{y + 16}" font-family="sans-serif" font-size="13">',
            "<title>Purchases that did not end as one order and one charge</title>",
            f'<rect width="{WIDTH}" height="{y + 16}" fill="#ffffff"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def _legend(comparison: Comparison) -> list[str]:
    title = (
        f"Of {comparison.purchases:,} purchases, those that did not end as one order, one charge"
    )
    parts = [_text(16, 24, title, 'font-weight="bold" font-size="15"')]
    x = 16
    for ending, colour in _COLOURS.items():
        parts.append(f'<rect x="{x}" y="38" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(x + 17, 49, ending.value))
        x += 34 + 7 * len(ending.value)
    return parts


def _panel(rows: Sequence[Row], y: int) -> list[str]:
    says = rows[0].intensity.says
    parts = [_text(16, y + 32, f"{says[0].upper()}{says[1:]}", 'font-weight="bold"')]
    most = max(*(_wrong(row) for row in rows), 1)
    for place, row in enumerate(rows):
        top = y + _HEAD - 10 + _ROW * place
        parts.append(_text(_LEFT - 8, top + 14, row.workflow.title, 'text-anchor="end"'))
        x = float(_LEFT)
        for ending, colour in _COLOURS.items():
            width = _BAR * row.endings[ending] / most
            if width:
                parts.append(
                    f'<rect x="{x:.1f}" y="{top + 3}" width="{width:.1f}" height="{_ROW - 7}" '
                    f'fill="{colour}"><title>{ending.value}: {row.endings[ending]}</title></rect>'
                )
            x += width
        parts.append(_text(round(x) + 6, top + 14, str(_wrong(row))))
    return parts


def _wrong(row: Row) -> int:
    return row.purchases - row.endings[Ending.RIGHT]


def _text(x: int, y: int, said: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" fill="#1f1f1f" {more}>{escape(said)}</text>'
