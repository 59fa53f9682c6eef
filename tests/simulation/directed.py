"""A schedule for every boundary with every fault that can happen there: nothing is left to luck.

Each case of a small portfolio is run without faults, and with every single fault, until all
boundaries are known to be come to by some schedule. Then that schedule is run once more for each
fault, with the fault at the boundary.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.simulation.boundaries import BOUNDARIES, FAULTS_AT, PAIRS
from tests.simulation.exploration import Exploration, Schedule, explore
from tests.simulation.faults import Fault, PlannedFaults
from tests.simulation.portfolio import PORTFOLIO
from tests.simulation.world import Outcome, run_schedule

__all__ = ["Route", "directed_schedules", "routes"]

_MOST_PLACES = 6
"""Of one boundary at which a fault is tried: at some of them it may be outside the premises."""


@dataclass(frozen=True, slots=True)
class Route:
    """A schedule that comes to a boundary, and the places at which it does."""

    name: str
    """Of the case."""
    schedule: Schedule
    places: tuple[int, ...]


@dataclass(slots=True)
class _Search:
    routes: dict[str, list[Route]] = field(default_factory=dict)

    def learn(self, name: str, schedule: Schedule) -> None:
        """Run a schedule and remember the boundaries that no other comes to as well."""
        plan = PlannedFaults(schedule.faults)
        run_schedule(schedule.case, plan)
        places: dict[str, list[int]] = {}
        for place, (boundary, _) in enumerate(plan.passed):
            if place not in schedule.faults:
                places.setdefault(boundary.name, []).append(place)
        for boundary_name, passed in places.items():
            route = Route(name, schedule, tuple(passed))
            self.routes.setdefault(boundary_name, []).append(route)


def routes() -> dict[str, list[Route]]:
    """Return how each boundary is come to; one is missing where the portfolio never comes to it."""
    search = _Search()
    for name, case in PORTFOLIO.items():
        search.learn(name, Schedule(case, {}))
    for name, case in PORTFOLIO.items():
        if search.routes.keys() >= BOUNDARIES:
            break
        exploration = Exploration(name=name, case=case, most_faults=1, most_pauses=0)
        for schedule, outcome in explore(exploration):
            if outcome.covered - search.routes.keys():
                search.learn(name, schedule)
    return search.routes


def directed_schedules(only: str = "") -> Iterator[tuple[str, Schedule, Outcome]]:
    """Run a schedule for each pair of a boundary and a fault whose name has ``only`` in it."""
    found = routes()
    for boundary_name in sorted(FAULTS_AT):
        for fault in FAULTS_AT[boundary_name]:
            name = f"{boundary_name} x {fault.name}"
            if only in name:
                yield from _with_fault(name, fault, found.get(boundary_name, []))


def _with_fault(
    name: str, fault: Fault, ways: list[Route]
) -> Iterator[tuple[str, Schedule, Outcome]]:
    """Plan the fault at places of the boundary until it happens at one."""
    pair = tuple(name.split(" x "))
    assert pair in PAIRS, name
    for route in ways:
        for place in _spread(route.places):
            schedule = Schedule(route.schedule.case, {**route.schedule.faults, place: fault})
            outcome = run_schedule(schedule.case, PlannedFaults(schedule.faults))
            yield f"{name}, {route.name}", schedule, outcome
            if pair in outcome.troubled:
                return


def _spread(places: tuple[int, ...]) -> list[int]:
    """The first, the last, and some between."""
    if len(places) <= _MOST_PLACES:
        return list(places)
    step = len(places) / (_MOST_PLACES - 1)
    between = [places[int(number * step)] for number in range(_MOST_PLACES - 1)]
    return [*between, places[-1]]
