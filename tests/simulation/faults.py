"""What can go wrong at a boundary, and who decides whether it does."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

__all__ = [
    "AT_BATCH_CALL",
    "AT_CALL",
    "AT_PAYMENT_SERVICE",
    "Boundary",
    "Fault",
    "NoFaults",
    "Plan",
    "PlannedFaults",
    "RandomFaults",
]


class Fault(Enum):
    """One kind of trouble. A crash runs no ``except`` and no ``finally``."""

    CRASH_BEFORE = "crashes before"
    CRASH_AFTER = "crashes after"
    PAUSE = "pauses; whoever is due goes first"
    OVERSLEEP = "sleeps past its lease, and its function's timeout"
    REFUSED = "is throttled, twice"
    ANSWER_LOST_ONCE = "loses the answer; the client repeats the call"
    ANSWER_LOST = "loses both answers"
    PARTIAL = "has its first entry refused"
    NOT_PROCESSED = "gets no answer; nothing was done"
    PROCESSED = "gets no answer; it was done"
    PROCESSED_LATE = "gets no answer; it is done minutes later"
    ERROR = "gets a 500; nothing was done"
    ERROR_AFTER = "gets a 500; it was done"
    BUSY = "gets a 429; nothing was done"
    TWICE = "happens twice at once"
    AGAIN = "happens again later"
    LOST = "does not happen"


_PROCESS = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.PAUSE)
AT_CALL = (*_PROCESS, Fault.REFUSED, Fault.ANSWER_LOST_ONCE, Fault.ANSWER_LOST)
AT_BATCH_CALL = (*AT_CALL, Fault.PARTIAL)
AT_PAYMENT_SERVICE = (
    *_PROCESS,
    Fault.NOT_PROCESSED,
    Fault.PROCESSED,
    Fault.PROCESSED_LATE,
    Fault.ERROR,
    Fault.ERROR_AFTER,
    Fault.BUSY,
)


@dataclass(frozen=True, slots=True)
class Boundary:
    """A place where one process meets another."""

    name: str
    """Who, and what: ``process_payments: DynamoDbOrders.claim``."""

    possible: tuple[Fault, ...]


class Plan(Protocol):
    """Decides, at each boundary that a schedule comes to, what goes wrong there."""

    def fault_at(self, boundary: Boundary, *, others_are_due: bool) -> Fault | None:
        """Return what goes wrong, or None. ``others_are_due``: whether a pause changes anything."""
        ...


class NoFaults:
    """Everything works."""

    def fault_at(self, boundary: Boundary, *, others_are_due: bool) -> Fault | None:
        """Nothing goes wrong."""
        return None


@dataclass(slots=True)
class PlannedFaults:
    """Faults at given places of the schedule, counted from 0; and a record of every place."""

    faults: Mapping[int, Fault]
    passed: list[tuple[Boundary, bool]] = field(default_factory=list)
    """The boundaries that were passed, and whether others were due there."""

    def fault_at(self, boundary: Boundary, *, others_are_due: bool) -> Fault | None:
        """What was planned for this place."""
        place = len(self.passed)
        self.passed.append((boundary, others_are_due))
        fault = self.faults.get(place)
        return fault if fault in boundary.possible else None


@dataclass(slots=True)
class RandomFaults:
    """A bounded number of faults, at places and of kinds that a seeded generator draws."""

    generator: random.Random
    likelihood: float
    """Of a fault at one place."""
    pauses: float
    """Likelihood of a pause where others are due."""
    most: int
    """After so many faults everything works."""
    places: int = 0
    drawn: dict[int, Fault] = field(default_factory=dict)

    def fault_at(self, boundary: Boundary, *, others_are_due: bool) -> Fault | None:
        """Draw."""
        place = self.places
        self.places += 1
        if others_are_due and self.generator.random() < self.pauses:
            fault = Fault.PAUSE
        elif len(self.drawn) < self.most and self.generator.random() < self.likelihood:
            fault = boundary.possible[int(self.generator.random() * len(boundary.possible))]
        else:
            return None
        if fault not in boundary.possible:
            return None
        self.drawn[place] = fault
        return fault
