"""When which disturbance comes: drawn from a seed, nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

SHORTEST_PAUSE_SECONDS = 4.0
LONGEST_PAUSE_SECONDS = 14.0
DEPLOYED_AT = 0.5
"""Of the time: old messages and new code meet in the middle."""


class Kind(Enum):
    """What is done to the checkout."""

    KILL_CONSUMER = "consumer killed"
    HANG_SERVICE = "payment service hung"
    RESTART_SERVICE = "payment service restarted"
    GARBAGE = "garbage sent"
    DEPLOY = "new version deployed"


@dataclass(frozen=True)
class Disturbance:
    """One disturbance."""

    at_seconds: float
    """After the load began."""

    kind: Kind


def plan_disturbances(seconds: float, seed: int) -> list[Disturbance]:
    """Every kind in turn, in an order and at times that the seed draws; one deployment.

    >>> plan_disturbances(60, 7) == plan_disturbances(60, 7)
    True
    """
    draw = random.Random(seed)  # noqa: S311 - chosen to be repeatable
    kinds = _in_rounds(draw)
    planned = [Disturbance(seconds * DEPLOYED_AT, Kind.DEPLOY)]
    at = draw.uniform(1.0, SHORTEST_PAUSE_SECONDS)
    while at < seconds:
        planned.append(Disturbance(at, next(kinds)))
        at += draw.uniform(SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
    return sorted(planned, key=lambda disturbance: disturbance.at_seconds)


def _in_rounds(draw: random.Random) -> Iterator[Kind]:
    """Each kind once before any comes again, so that a short run has them all."""
    while True:
        kinds = [kind for kind in Kind if kind is not Kind.DEPLOY]
        draw.shuffle(kinds)
        yield from kinds
