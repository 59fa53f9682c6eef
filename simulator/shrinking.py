"""From a schedule that breaks the promise to the shortest one that still does."""

from __future__ import annotations

from simulator.cases import Case
from simulator.exploration import Schedule
from simulator.faults import Fault, PlannedFaults
from simulator.random_cases import case_of, plan_of
from simulator.world import run_schedule

__all__ = ["shrunk", "story_of"]


def shrunk(seed: int) -> Schedule:
    """Leave faults out one by one for as long as the schedule still breaks the promise."""
    plan = plan_of(seed)
    case = case_of(seed)
    run_schedule(case, plan)
    faults = dict(plan.drawn)
    smaller = True
    while smaller:
        smaller = False
        for place in sorted(faults, reverse=True):
            fewer = {at: fault for at, fault in faults.items() if at != place}
            if _breaks(case, fewer):
                faults, smaller = fewer, True
    return Schedule(case, faults)


def story_of(schedule: Schedule) -> list[str]:
    """Tell a schedule step by step, and how it ended."""
    lines: list[str] = []
    outcome = run_schedule(schedule.case, PlannedFaults(schedule.faults), lines.append)
    states = ", ".join(f"{count} {state}" for state, count in sorted(outcome.final_states.items()))
    lines.append(f"ended with {states or 'no order'}; {outcome.charges} charges in the ledger")
    if outcome.problem is not None:
        lines.append(f"VIOLATION {outcome.problem}")
    return lines


def _breaks(case: Case, faults: dict[int, Fault]) -> bool:
    return run_schedule(case, PlannedFaults(faults)).problem is not None
