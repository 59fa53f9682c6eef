"""The same faults for every workflow: drawn from what is touched and how often, not from who asks.

What goes wrong at a boundary depends on the seed, the purchase, the kind of the boundary, and how
many boundaries of that kind this purchase came to before. So the first request of purchase 7 loses
its answer in every workflow or in none, and so does its first call of the payment service.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from simulator.cases import MINUTE
from simulator.faults import GATEWAY_ANSWERS, Boundary, Fault


class Kind(Enum):
    """What is touched at a boundary."""

    REQUEST = "the buyer's request"
    FOLLOW_UP = "another request of the buyer's"
    CALL = "a call to AWS"
    PAYMENT = "a call of the payment service"
    DELIVERY = "a delivery"
    DELETE = "the deletion of a message"
    SCHEDULE = "a scheduled run"


_NOT_DRAWN = frozenset(
    {
        *(Fault.PAUSE, Fault.OVERSLEEP, Fault.LANDS_LATE, Fault.UNPROCESSED, Fault.BURNED),
        *(Fault.STORED_ERROR, *GATEWAY_ANSWERS),
    }
)
"""The first only shifts what goes first; the second, a worker that sleeps for hours, is drawn for
our handlers alone by the simulator, which would not be the same faults for all. The others came
after the comparison."""
_IN_WORDS = {
    (Kind.REQUEST, Fault.LOST): "whose answer the buyer never gets",
    (Kind.REQUEST, Fault.TWICE): "sent twice at once by a double click",
    (Kind.DELIVERY, Fault.LOST): "that is lost",
    (Kind.DELIVERY, Fault.TWICE): "made twice at once",
    (Kind.DELIVERY, Fault.AGAIN): "made once more ten minutes later",
    (Kind.DELETE, Fault.LOST): "that fails",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault that happened."""

    kind: Kind
    fault: Fault

    def __str__(self) -> str:
        """In words: ``a call to AWS: crashes after``."""
        said = _IN_WORDS.get((self.kind, self.fault))
        return f"{self.kind.value} {said}" if said else f"{self.kind.value}: {self.fault.value}"


@dataclass(frozen=True, slots=True)
class Intensity:
    """How much goes wrong."""

    name: str
    says: str
    """One line for the report."""
    request_rate: float = 0.0
    """Likelihood that a request of the buyer's goes wrong."""
    fault_rate: float = 0.0
    """Likelihood of a fault at each other boundary."""
    outage_ms: int = 0
    """For how long the payment service refuses every connection."""
    leaves: bool = False
    """Whether the buyer sends the request once and never comes back."""
    forgets_keys: bool = False
    """Whether the payment service ignores idempotency keys, and can be asked what it did."""

    def rate(self, kind: Kind) -> float:
        """How likely a fault is at a boundary of a kind."""
        return self.request_rate if kind in (Kind.REQUEST, Kind.FOLLOW_UP) else self.fault_rate


INTENSITIES = {
    each.name: each
    for each in (
        Intensity("none", "nothing goes wrong"),
        Intensity(
            "client-timeouts",
            "10 % of the buyers' requests lose their answer or are sent twice; nothing else",
            request_rate=0.1,
        ),
        Intensity("faults-1", "a fault at 1 % of all calls", request_rate=0.01, fault_rate=0.01),
        Intensity("faults-5", "a fault at 5 % of all calls", request_rate=0.05, fault_rate=0.05),
        Intensity(
            "outage",
            "the payment service is down for 30 minutes of the hour; nothing else",
            outage_ms=30 * MINUTE,
        ),
    )
}

FURTHER = {
    each.name: each
    for each in (
        Intensity(
            "one-try",
            "faults at 5 %, and the buyer sends the request once and never comes back",
            request_rate=0.05,
            fault_rate=0.05,
            leaves=True,
        ),
        Intensity(
            "no-keys",
            "faults at 5 %, and the payment service ignores idempotency keys but can be asked",
            request_rate=0.05,
            fault_rate=0.05,
            forgets_keys=True,
        ),
    )
}
"""Beyond the five: where the buyer, or the payment service, is of no help."""


@dataclass(slots=True)
class SharedFaults:
    """A plan of faults (``simulator.faults.Plan``) that is the same for every workflow."""

    seed: int
    purchase: int
    intensity: Intensity
    happened: list[Trouble] = field(default_factory=list)
    _seen: Counter[Kind] = field(default_factory=Counter)

    def fault_at(self, boundary: Boundary, *, others_are_due: bool) -> Fault | None:
        """Draw for this purchase's n-th boundary of its kind."""
        del others_are_due
        kind = kind_of(boundary)
        number = self._seen[kind]
        self._seen[kind] += 1
        digest = hashlib.blake2b(
            f"{self.seed}/{self.purchase}/{kind.name}/{number}".encode(), digest_size=16
        ).digest()
        if int.from_bytes(digest[:8]) / 2**64 >= self.intensity.rate(kind):
            return None
        possible = [fault for fault in boundary.possible if fault not in _NOT_DRAWN]
        fault = possible[int.from_bytes(digest[8:]) % len(possible)]
        self.happened.append(Trouble(kind, fault))
        return fault


def kind_of(boundary: Boundary) -> Kind:
    """Tell what is touched at a boundary of the simulator."""
    who, _, what = boundary.name.partition(": ")
    if who == "API":
        return Kind.REQUEST if what == "place_order" else Kind.FOLLOW_UP
    if Fault.NOT_PROCESSED in boundary.possible:
        return Kind.PAYMENT
    if Fault.REFUSED in boundary.possible:
        return Kind.CALL
    if what == "delete":
        return Kind.DELETE
    return Kind.SCHEDULE if who == "schedule" else Kind.DELIVERY
