"""What can go wrong at a boundary, and who decides whether it does."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from checkout_runtime.adapters.http_exchange import HttpAnswer

__all__ = [
    "AT_BATCH_READ",
    "AT_BATCH_SEND",
    "AT_CONSUMER_MAPPING",
    "AT_CUSTOM_SERVICE",
    "AT_DELETION",
    "AT_HTTP_LIST",
    "AT_HTTP_SERVICE",
    "AT_READ",
    "AT_RELAY_MAPPING",
    "AT_REQUEST",
    "AT_SCHEDULE",
    "AT_STRIPE",
    "AT_STRIPE_LIST",
    "AT_TRANSACTION",
    "AT_WRITE",
    "GATEWAY_ANSWERS",
    "NO_FAULT_OF_THE_WORLD",
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
    PAUSE = "pauses; what is due goes first"
    OVERSLEEP = "sleeps past its lease, and its function's timeout"
    REFUSED = "is throttled, twice"
    ANSWER_LOST_ONCE = "loses the answer; the client repeats the call"
    ANSWER_LOST = "loses both answers"
    LANDS_LATE = "loses both answers, and is carried out seconds later"
    CONFLICT = "meets a transaction, twice"
    UNPROCESSED = "has its first key left over"
    PARTIAL = "has its first entry refused"
    NOT_PROCESSED = "gets no answer; nothing was done"
    PROCESSED = "gets no answer; it was done"
    PROCESSED_LATE = "gets no answer; it is done minutes later"
    ERROR = "gets a 500; nothing was done"
    ERROR_AFTER = "gets a 500; it was done"
    BUSY = "gets a 429; nothing was done"
    STORED_ERROR = "gets a 500 that its key remembers; it was done"
    LOCKED = "gets a 429, lock_timeout; nothing was done"
    OVERDUE = "is done, and answers after its time"
    PAYMENT_REQUIRED_BEFORE = "a gateway answers 402; nothing was done"
    PAYMENT_REQUIRED_AFTER = "a gateway answers 402; it was done"
    FORBIDDEN_BEFORE = "a gateway answers 403; nothing was done"
    FORBIDDEN_AFTER = "a gateway answers 403; it was done"
    NO_ROUTE_BEFORE = "a gateway answers 404; nothing was done"
    NO_ROUTE_AFTER = "a gateway answers 404; it was done"
    PROXY_BEFORE = "a gateway answers 407; nothing was done"
    PROXY_AFTER = "a gateway answers 407; it was done"
    TWO_WORDS_BEFORE = "a gateway answers 409 and says two things; nothing was done"
    TWO_WORDS_AFTER = "a gateway answers 409 and says two things; it was done"
    REJECTED_BEFORE = "a gateway answers 422; nothing was done"
    REJECTED_AFTER = "a gateway answers 422; it was done"
    HUNG_UP_BEFORE = "a gateway answers 499; nothing was done"
    HUNG_UP_AFTER = "a gateway answers 499; it was done"
    MOVED_BEFORE = "a gateway answers 302; nothing was done"
    MOVED_AFTER = "a gateway answers 302; it was done"
    PORTAL_BEFORE = "a gateway answers 200 with a page; nothing was done"
    PORTAL_AFTER = "a gateway answers 200 with a page; it was done"
    BURNED = "is received and not delivered"
    TWICE = "happens twice at once"
    AGAIN = "happens again later"
    LOST = "does not happen"


_PAGE = b"<html><body>The request could not be satisfied</body></html>"
_ANSWERS = {
    "PAYMENT_REQUIRED": HttpAnswer(402, b""),
    "FORBIDDEN": HttpAnswer(403, _PAGE),
    "NO_ROUTE": HttpAnswer(404, b'{"message":"no Route matched with those values"}'),
    "PROXY": HttpAnswer(407, _PAGE),
    "TWO_WORDS": HttpAnswer(409, b'{"status":"declined","status":"captured"}'),
    "REJECTED": HttpAnswer(422, b'{"error":"blocked by policy"}'),
    "HUNG_UP": HttpAnswer(499, b""),
    "MOVED": HttpAnswer(302, _PAGE),
    "PORTAL": HttpAnswer(200, _PAGE),
}
GATEWAY_ANSWERS = {
    fault: _ANSWERS[fault.name.rpartition("_")[0]]
    for fault in Fault
    if fault.name.rpartition("_")[0] in _ANSWERS
}
"""A gateway between us and a payment service answers in its place, and never in its words. The
service behind it is truthful, and may or may not have got the request."""

_PROCESS = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.PAUSE)
_LOST_ANSWERS = (Fault.REFUSED, Fault.ANSWER_LOST_ONCE, Fault.ANSWER_LOST)
AT_READ = (*_PROCESS, *_LOST_ANSWERS)
AT_BATCH_READ = (*AT_READ, Fault.UNPROCESSED)
AT_WRITE = (*AT_READ, Fault.LANDS_LATE)
AT_TRANSACTION = (*AT_WRITE, Fault.CONFLICT)
AT_BATCH_SEND = (*AT_WRITE, Fault.PARTIAL)
_AT_PAYMENT_SERVICE = (
    *_PROCESS,
    Fault.NOT_PROCESSED,
    Fault.PROCESSED,
    Fault.PROCESSED_LATE,
    Fault.ERROR,
    Fault.ERROR_AFTER,
    Fault.BUSY,
    *GATEWAY_ANSWERS,
)
AT_HTTP_SERVICE = (*_AT_PAYMENT_SERVICE, Fault.STORED_ERROR)
AT_CUSTOM_SERVICE = (*_AT_PAYMENT_SERVICE, Fault.OVERDUE)
AT_STRIPE = (*_AT_PAYMENT_SERVICE, Fault.LOCKED)
AT_HTTP_LIST = tuple(fault for fault in _AT_PAYMENT_SERVICE if fault is not Fault.PROCESSED_LATE)
AT_STRIPE_LIST = (*AT_HTTP_LIST, Fault.LOCKED)
"""Charges are listed a day later, when nothing arrives late any more."""
AT_REQUEST = (Fault.TWICE, Fault.LOST)
AT_RELAY_MAPPING = (Fault.TWICE, Fault.AGAIN, Fault.LOST, Fault.PAUSE)
AT_CONSUMER_MAPPING = (Fault.TWICE, Fault.AGAIN, Fault.BURNED)
AT_DELETION = (Fault.LOST,)
AT_SCHEDULE = (Fault.TWICE, Fault.LOST)
NO_FAULT_OF_THE_WORLD = frozenset({Fault.PAUSE, Fault.TWICE})
"""What delays nothing: the time in which an order has to settle does not begin anew with it."""


@dataclass(frozen=True, slots=True, eq=False)
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
        elif not boundary.possible:
            return None
        elif len(self.drawn) < self.most and self.generator.random() < self.likelihood:
            fault = boundary.possible[int(self.generator.random() * len(boundary.possible))]
        else:
            return None
        if fault not in boundary.possible:
            return None
        self.drawn[place] = fault
        return fault
