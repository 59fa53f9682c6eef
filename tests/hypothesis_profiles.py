"""How far Hypothesis searches: all the way, or a short seeded slice of it.

``long`` is the default. ``pytest --hypothesis-profile short`` takes a tenth of the examples, and
the same ones each time.
"""

from __future__ import annotations

import os

from hypothesis import settings

__all__ = ["examples", "register_profiles"]

_LONG, _SHORT = 100, 10
"""Examples of a test that names no number of its own."""


def register_profiles() -> None:
    """Register both profiles and load ``long``."""
    # A failing example is printed; nothing is kept between runs, so that no run depends on another.
    # CI takes the same examples each time: it judges a change, and a nightly run searches.
    settings.register_profile(
        "long",
        max_examples=_LONG,
        database=None,
        deadline=None,
        print_blob=True,
        derandomize="CI" in os.environ,
    )
    settings.register_profile(
        "short", settings.get_profile("long"), max_examples=_SHORT, derandomize=True
    )
    settings.load_profile("long")


def examples(long: int) -> int:
    """Return ``long``, or the share of it that the short profile takes, at least one."""
    return max(1, long * settings().max_examples // _LONG)
