"""A schedule for every boundary with every fault that can happen there: nothing is left to luck.

Each case of a small portfolio is run once, and the boundaries that it comes to are noted. For each
boundary and fault one of these is run again, with that fault at that boundary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from simulator.boundaries import FAULTS_AT
from simulator.cases import Case
from simulator.faults import Boundary, Fault
from simulator.portfolio import PORTFOLIO, Place
from simulator.world import Outcome, run_schedule

__all__ = ["SteeredFaults", "directed_schedules", "pairs_to_cover", "steered"]

_MOST_PLACES = 3
"""Of one boundary in one case: the first, the last and one between."""


@dataclass(slots=True)
class SteeredFaults:
    """Faults at boundaries by name, each the so-many-th time that a schedule comes there."""

    faults: Mapping[Place, Fault]
    passed: Counter[str] = field(default_factory=Counter)

    def fault_at(self, boundary: Boundary, *, others_are_due: bool) -> Fault | None:
        """What was planned for this time."""
        del others_are_due
        time = self.passed[boundary.name]
        self.passed[boundary.name] += 1
        fault = self.faults.get((boundary.name, time))
        return fault if fault in boundary.possible else None


@dataclass(frozen=True, slots=True)
class _Route:
    """A case of the portfolio that comes to a boundary."""

    name: str
    times: int
    """How often it comes there."""
    steps: int


def pairs_to_cover(only: str = "") -> list[tuple[str, Fault]]:
    """Return each boundary with each fault, of those whose names have ``only`` in them."""
    return [
        (name, fault)
        for name in sorted(FAULTS_AT)
        for fault in FAULTS_AT[name]
        if only in f"{name} x {fault.name}"
    ]


def directed_schedules(
    pairs: list[tuple[str, Fault]],
) -> Iterator[tuple[str, Outcome]]:
    """Run the portfolio, then a schedule for each pair that no schedule before has shown."""
    routes: dict[str, list[_Route]] = {}
    seen: set[tuple[str, str]] = set()
    for name, (case, steering) in PORTFOLIO.items():
        plan = SteeredFaults(steering)
        outcome = run_schedule(case, plan)
        seen |= outcome.troubled
        yield name, outcome
        for boundary, times in plan.passed.items():
            routes.setdefault(boundary, []).append(_Route(name, times, outcome.steps))
    for boundary, fault in pairs:
        if (boundary, fault.name) not in seen:
            quickest = sorted(routes.get(boundary, ()), key=lambda route: route.steps)
            for name, outcome in _with_fault(boundary, fault, quickest):
                seen |= outcome.troubled
                yield name, outcome


def steered(name: str, boundary: str, time: int, fault: Fault) -> tuple[Case, SteeredFaults]:
    """Return a case of the portfolio, and its plan with one fault more."""
    case, steering = PORTFOLIO[name]
    return case, SteeredFaults({**steering, (boundary, time): fault})


def _with_fault(boundary: str, fault: Fault, routes: list[_Route]) -> Iterator[tuple[str, Outcome]]:
    """Plan the fault at the boundary, in one case after the other, until it happens in one."""
    for route in routes:
        for time in sorted({0, route.times - 1, route.times // 2})[:_MOST_PLACES]:
            case, plan = steered(route.name, boundary, time, fault)
            outcome = run_schedule(case, plan)
            yield f"{boundary} x {fault.name} x {time} x {route.name}", outcome
            if (boundary, fault.name) in outcome.troubled:
                return
