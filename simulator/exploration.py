"""Every schedule with up to so many faults, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from simulator.cases import (
    DAY,
    FEWEST_RECEIVES,
    MAX_RECEIVES,
    MINUTE,
    SECOND,
    SERVICES,
    CancelWish,
    CaptureWish,
    Case,
    Events,
    Operator,
    Outage,
    Purchase,
    RefundWish,
)
from simulator.faults import GATEWAY_ANSWERS, Fault, PlannedFaults
from simulator.world import Outcome, run_schedule

__all__ = ["EXHAUSTIVE", "Exploration", "Schedule", "explore"]

_NO_END = 1_000_000
_LONGEST_WAIT = 30
"""Places of an order that only a look-up helps: after these it is asked about for a day, hundreds
of times and each time in the same way."""
_GATEWAYS_OF_ALL = frozenset(
    {Fault.PAYMENT_REQUIRED_AFTER, Fault.NO_ROUTE_BEFORE, Fault.NO_ROUTE_AFTER, Fault.HUNG_UP_AFTER}
)
_ALIKE = frozenset(GATEWAY_ANSWERS) - _GATEWAYS_OF_ALL
"""Left out where faults are combined: these answers of gateways lead to the same steps. Each of
them alone is tried at every boundary (``directed``)."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A case, and the faults at places of it."""

    case: Case
    faults: dict[int, Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """A case, and how far it is explored."""

    name: str
    case: Case
    most_faults: int
    most_pauses: int
    """A pause is no fault: it lets another task go first, where there is one."""

    places: int = _NO_END
    """How many places from the beginning a fault is put at; random schedules go on from there."""


def explore(
    exploration: Exploration, part: int = 0, parts: int = 1
) -> Iterator[tuple[Schedule, Outcome]]:
    """Run every schedule, or every ``parts``-th of those that a first fault or pause begins.

    A schedule is extended by one fault later than its last, at each place that its own run came to,
    so every combination is run once.
    """
    first = _run(exploration.case, {})
    if part == 0:
        yield Schedule(exploration.case, {}), first[1]
    for number, faults in enumerate(_extensions(exploration, {}, first[0])):
        if number % parts == part:
            yield from _explore_from(exploration, faults)


def _explore_from(
    exploration: Exploration, faults: dict[int, Fault]
) -> Iterator[tuple[Schedule, Outcome]]:
    plan, outcome = _run(exploration.case, faults)
    yield Schedule(exploration.case, faults), outcome
    for longer in _extensions(exploration, faults, plan):
        yield from _explore_from(exploration, longer)


def _extensions(
    exploration: Exploration, faults: dict[int, Fault], plan: PlannedFaults
) -> Iterator[dict[int, Fault]]:
    pauses = sum(fault is Fault.PAUSE for fault in faults.values())
    may_pause = pauses < exploration.most_pauses
    may_fail = len(faults) - pauses < exploration.most_faults
    if not (may_pause or may_fail):
        return
    begin = max(faults, default=-1) + 1
    for place in range(begin, min(len(plan.passed), exploration.places)):
        boundary, others_are_due = plan.passed[place]
        for fault in boundary.possible:
            if fault is Fault.PAUSE:
                if may_pause and others_are_due:
                    yield {**faults, place: fault}
            elif may_fail and fault not in _ALIKE:
                yield {**faults, place: fault}


def _run(case: Case, faults: dict[int, Fault]) -> tuple[PlannedFaults, Outcome]:
    plan = PlannedFaults(faults)
    return plan, run_schedule(case, plan)


def _one_order(service: str) -> Case:
    traits = SERVICES[service]
    return Case(
        purchases=(Purchase(buyer="ada", key="key-0001", amount=4200),),
        service=traits,
        # Where only a look-up helps, an unclear order is tried until an operator takes it: with all
        # receives that is a thousand places for a second fault, most of them alike.
        max_receives=MAX_RECEIVES if traits.honours_keys_for_ms else FEWEST_RECEIVES,
    )


def _declined_first(service: str) -> Case:
    return Case(
        purchases=(
            Purchase(
                buyer="ada",
                key="key-0001",
                amount=4200,
                submitted_at_ms=(0,),
                payment_methods=("declined", "ok"),
                presses_twice=True,
            ),
        ),
        service=SERVICES[service],
    )


def _refunded_twice(service: str) -> Case:
    at_ms = 10 * SECOND
    return Case(
        purchases=(Purchase(buyer="ada", key="key-0001", amount=4200, submitted_at_ms=(0,)),),
        service=SERVICES[service],
        refunds=(
            RefundWish(at_ms=at_ms, key="refund-1", times=2),
            RefundWish(at_ms=at_ms, key="refund-2"),
        ),
    )


def _cancelled_twice(service: str) -> Case:
    return Case(
        purchases=(Purchase(buyer="ada", key="key-0001", amount=4200, submitted_at_ms=(0,)),),
        service=SERVICES[service],
        cancels=(CancelWish(at_ms=SECOND // 2, times=2),),
        max_receives=FEWEST_RECEIVES,
    )


def _captured_and_let_go(service: str) -> Case:
    return Case(
        purchases=(Purchase(buyer="ada", key="key-0001", amount=4200, submitted_at_ms=(0,)),),
        service=SERVICES[service],
        captures=(CaptureWish(at_ms=MINUTE, times=2), CaptureWish(at_ms=MINUTE, amount=1)),
        cancels=(CancelWish(at_ms=MINUTE),),
        max_receives=FEWEST_RECEIVES,
    )


_TWO_ORDERS = Case(
    purchases=(
        Purchase(buyer="ada", key="key-0001", amount=4200, submitted_at_ms=(0,)),
        Purchase(buyer="ben", key="key-0001", amount=1, submitted_at_ms=(0,)),
    ),
    service=SERVICES["keys and look-up"],
)
_DOWN_PAST_RETENTION = Case(
    purchases=(Purchase(buyer="ada", key="key-0001", amount=4200, submitted_at_ms=(0,)),),
    service=SERVICES["keys only"],
    outage=Outage(from_ms=SECOND, until_ms=3 * DAY),
    operator=Operator(releases_at_ms=(7 * DAY,)),
)
EXHAUSTIVE = (
    Exploration(
        name="declined, then another card, announced",
        case=replace(_declined_first("keys and look-up"), events=Events()),
        most_faults=1,
        most_pauses=0,
    ),
    *(
        Exploration(
            name=f"one order sent twice, {service}",
            case=_one_order(service),
            most_faults=2,
            most_pauses=0,
            places=_LONGEST_WAIT if service == "look-up only" else _NO_END,
        )
        for service in (
            *("keys and look-up", "keys only", "look-up only", "neither"),
            *("custom", "Stripe"),
        )
    ),
    Exploration(
        name="one order sent twice, pauses",
        case=_one_order("keys and look-up"),
        most_faults=1,
        most_pauses=2,
    ),
    Exploration(
        name="one order sent twice, Stripe, pauses",
        case=_one_order("Stripe"),
        most_faults=1,
        most_pauses=2,
    ),
    Exploration(
        name="declined, then another card, Stripe",
        case=_declined_first("Stripe"),
        most_faults=2,
        most_pauses=0,
    ),
    Exploration(
        name="payment service down past retention, a redrive after a week",
        case=_DOWN_PAST_RETENTION,
        most_faults=1,
        most_pauses=0,
    ),
    *(
        Exploration(
            name=f"all that is left refunded twice at once, {service}",
            case=_refunded_twice(service),
            most_faults=2,
            most_pauses=0,
        )
        for service in ("keys and look-up", "Stripe")
    ),
    *(
        Exploration(
            name=f"captured and let go at once, {service}",
            case=_captured_and_let_go(service),
            most_faults=1,
            most_pauses=1,
        )
        for service in ("holds", "holds by a module", "holds at Stripe")
    ),
    *(
        Exploration(
            name=f"cancelled twice at once while it is charged, {service}",
            case=_cancelled_twice(service),
            most_faults=1,
            most_pauses=1,
            # A request that got lost is waited for during a day in which nothing else happens.
            places=_LONGEST_WAIT,
        )
        for service in ("keys and look-up", "keys only", "Stripe")
    ),
    Exploration(name="two orders in one batch", case=_TWO_ORDERS, most_faults=1, most_pauses=1),
    Exploration(
        name="declined, then another card pressed twice",
        case=_declined_first("keys and look-up"),
        most_faults=1,
        most_pauses=1,
    ),
)
