"""Every text and every control can be told from its ground, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checkout_stack.local.shop import page_files

TOKENS = (Path(page_files.__file__).parent / "page" / "tokens.css").read_text()
LIGHT, DARK = TOKENS.split("@media (prefers-color-scheme: dark)")
TEXT = 4.5
"""WCAG 2.2, 1.4.3: text of any size."""
CONTROL = 3.0
"""WCAG 2.2, 1.4.11: borders and states of controls, and the focus."""

PAIRS = [
    *(("text", ground, TEXT) for ground in ("ground", "card", "sunken")),
    *(("quiet", ground, TEXT) for ground in ("ground", "card", "sunken")),
    ("on-accent", "accent", TEXT),
    ("good", "good-ground", TEXT),
    ("bad", "bad-ground", TEXT),
    ("bad", "card", TEXT),
    ("warn", "warn-ground", TEXT),
    ("text", "warn-ground", TEXT),
    ("control-line", "card", CONTROL),
    ("control-line", "sunken", CONTROL),
    ("quiet", "sunken", CONTROL),
    ("focus", "card", CONTROL),
    ("focus", "ground", CONTROL),
]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("colour", "ground", "least"), PAIRS)
def test_the_contrast_is_enough(scheme: str, colour: str, ground: str, least: float) -> None:
    colours = dict(re.findall(r"--([a-z-]+): #([0-9a-f]{6});", scheme))

    assert contrast(colours[colour], colours[ground]) >= least


def test_the_contrast_of_black_and_white_is_the_known_one() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21.0)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG 2.2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance, as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
