"""Cases and plans that a seed draws."""

from __future__ import annotations

import random

from tests.simulation.cases import (
    DAY,
    FEWEST_RECEIVES,
    HOUR,
    MAX_RECEIVES,
    MINUTE,
    SECOND,
    SERVICES,
    Case,
    Person,
    Purchase,
)
from tests.simulation.faults import RandomFaults

__all__ = ["case_of", "plan_of"]

_METHODS = (
    ("ok",),
    ("ok",),
    ("ok",),
    ("declined", "ok"),
    ("declined", "declined", "ok"),
    ("action",),
    ("action", "ok"),
    ("refused", "ok"),
    ("declined",),
    ("declined", "declined"),
    ("wrong",),
)
_GARBAGE = ("not JSON", '{"order_id":1}', '{"attempt":1,"order_id":"ord_' + "a" * 52 + '"}')
_SKEWS = (0, 0, 0, 2 * SECOND, -2 * SECOND, 9 * SECOND, -9 * SECOND)
_WRONG_CLOCKS = (0, 10 * MINUTE, -10 * MINUTE, 3 * HOUR)
"""Far beyond the margin that leases have; only where keys guard against a second request, and a
look-up the end of their retention."""
_STRIPE_EVERY = 10
"""Every so many cases are at Stripe, whatever else is drawn: its SDK takes most of their time."""


def case_of(seed: int) -> Case:
    """The case of a seed: one to four orders, mostly one or two."""
    draw = random.Random(f"case {seed}")
    names = list(SERVICES)
    name = names[draw.choice((0, 0, 0, 1, 1, 1, 2, 3, 4))]
    service = SERVICES[name if seed % _STRIPE_EVERY else "Stripe"]
    orders = draw.choice((1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4))
    skews: tuple[int, ...] = _SKEWS
    if service.can_look_up and service.honours_keys_for_ms and draw.random() < 0.3:
        skews = _WRONG_CLOCKS
    one_key = draw.random() < 0.2
    return Case(
        purchases=tuple(_purchase(draw, place, one_key=one_key) for place in range(orders)),
        service=service,
        person=Person(redrives_at_ms=(7 * DAY,)) if draw.random() < 0.06 else Person(),
        skews_ms=tuple(draw.choice(skews) for _ in range(5)),
        garbage=(draw.choice(_GARBAGE),) if draw.random() < 0.03 else (),
        down_until_ms=draw.choice((0,) * 77 + (20 * MINUTE, 3 * HOUR, 2 * DAY)),
        deployed_at_ms=draw.choice((None, None, None, SECOND, MINUTE)),
        max_receives=draw.choice((FEWEST_RECEIVES,) * 19 + (MAX_RECEIVES,)),
        quarantine=draw.random() < 0.03,
    )


def plan_of(seed: int) -> RandomFaults:
    """The plan of a seed: from hardly any fault to one at every other boundary."""
    draw = random.Random(f"plan {seed}")
    return RandomFaults(
        draw,
        likelihood=draw.choice((0.02, 0.05, 0.1, 0.2, 0.4)),
        pauses=draw.choice((0.0, 0.2, 0.5)),
        most=draw.choice((1, 2, 2, 3, 3, 4, 6, 12)),
    )


def _purchase(draw: random.Random, place: int, *, one_key: bool) -> Purchase:
    """A purchase: of one of two buyers, or, where all use one key, of a buyer of its own."""
    submissions = draw.choice((1, 2, 2, 3))
    return Purchase(
        buyer=f"buyer {place}" if one_key else draw.choice(("ada", "ben")),
        key="key-0000" if one_key else f"key-{place:04}",
        amount=draw.choice((1, 4200, 99_999_999)),
        submitted_at_ms=tuple(
            draw.choice((0, 0, 0, SECOND, 6 * SECOND, 6 * MINUTE, 3 * HOUR))
            for _ in range(submissions)
        ),
        payment_methods=draw.choice(_METHODS),
        presses_twice=draw.random() < 0.3,
        acts=draw.random() < 0.7,
        changes_cart=submissions > 1 and draw.random() < 0.1,
    )
