"""What a schedule is about: who buys what, at which payment service, and who meddles when."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.payment_service import Traits

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "SERVICES",
    "Case",
    "Person",
    "Purchase",
]

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MAX_RECEIVES = 37
"""As the construct derives them from the outage that it rides out by default."""
FEWEST_RECEIVES = 5
"""As it derives them where there is hardly an outage to ride out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One purchase intent, and the impatience of its buyer."""

    buyer: str
    key: str
    amount: int
    submitted_at_ms: tuple[int, ...] = (0, 0)
    """When the same request is sent, after the schedule's start; each one is also repeated until it
    is answered."""
    payment_methods: tuple[str, ...] = ("ok",)
    """The first, and those that the buyer tries after a decline."""
    presses_twice: bool = False
    """Whether the buyer also double clicks on the other card, and on coming back from acting."""
    acts: bool = True
    """Whether the buyer confirms when asked to."""
    changes_cart: bool = False
    """Whether the last submission has another amount under the same key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whoever is on call: at these times every dead letter is redriven, every review released."""

    redrives_at_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that a schedule depends on, beside its faults."""

    purchases: tuple[Purchase, ...]
    service: Traits
    person: Person = Person()
    skews_ms: tuple[int, ...] = (0,)
    """How far clocks of execution environments are ahead, taken in turn."""
    garbage: tuple[str, ...] = ()
    """Bodies of messages that somebody else puts on the queue."""
    down_from_ms: int = 0
    down_until_ms: int = 0
    """The payment service refuses every connection in between."""
    deployed_at_ms: int | None = None
    """When a new version replaces every execution environment."""
    max_receives: int = MAX_RECEIVES
    """Receives after which SQS gives a message up."""
    quarantine: bool = False
    """Whether the table was restored from a backup, after every order of this case."""


_MONTHS = 90 * DAY
SERVICES = {
    "keys and look-up": Traits(honours_keys_for_ms=DAY, can_look_up=True, can_cancel=True),
    "keys only": Traits(honours_keys_for_ms=DAY, can_look_up=False, can_cancel=False),
    "look-up only": Traits(honours_keys_for_ms=0, can_look_up=True, can_cancel=True),
    "neither": Traits(honours_keys_for_ms=0, can_look_up=False, can_cancel=False),
    "contradicts itself": Traits(
        honours_keys_for_ms=DAY, can_look_up=False, can_cancel=False, contradicts_itself=True
    ),
    "Stripe": Traits(
        honours_keys_for_ms=DAY, can_look_up=True, can_cancel=True, opens_attempts=True
    ),
}
