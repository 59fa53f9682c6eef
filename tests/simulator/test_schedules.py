"""A seeded slice of ``make verify``, and the simulator's own promises."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simulator.boundaries import BOUNDARIES, PAIRS
from simulator.cases import SERVICES, Case, Purchase
from simulator.directed import directed_schedules, pairs_to_cover
from simulator.exploration import EXHAUSTIVE, Exploration, Schedule, explore
from simulator.faults import Fault, NoFaults, PlannedFaults
from simulator.guard_check import LINKED
from simulator.guards import GUARDS
from simulator.random_cases import case_of, plan_of
from simulator.scheduler import Process, Scheduler
from simulator.shrinking import story_of
from simulator.verification import Gathered, run_directed, run_random
from simulator.world import run_schedule
from tests.hypothesis_profiles import examples
from tests.slices import sliced

pytestmark = pytest.mark.usefixtures("quiet")

ROOT = Path(__file__).parents[2]
SLICE = examples(400)
"""Random schedules; ``make verify`` runs many more."""
EVERY_NTH_PAIR = 18
"""Of a boundary and a fault there; ``make test-slow`` and ``make verify`` take each of them."""
QUICK = [
    each
    for each in EXHAUSTIVE
    if each.case.outage is None and not (each.case.refunds or each.case.cancels)
]
"""Three days without a payment service, and refunds in full, are left to ``make verify``."""
ONE_ORDER = Case(
    purchases=(Purchase(buyer="ada", key="key-0001", amount=4200),),
    service=SERVICES["keys and look-up"],
)


def test_no_random_schedule_of_the_slice_breaks_the_promise() -> None:
    # A seed of its own in every run of CI, and the same one where it is asked for again.
    first = int(os.environ.get("SIMULATION_FIRST_SEED", "1"))
    gathered = run_random(first, SLICE, None, 1, lambda _: None)
    assert gathered.violations == []
    assert gathered.schedules == SLICE
    assert gathered.charges > SLICE / 2


def test_every_boundary_is_reached_and_no_fault_of_the_slice_breaks_the_promise() -> None:
    pairs = pairs_to_cover()[::EVERY_NTH_PAIR]
    gathered = Gathered()
    for name, outcome in directed_schedules(pairs):
        gathered.add(name, outcome)
    assert gathered.violations == []
    assert gathered.covered.keys() == BOUNDARIES
    assert {(boundary, fault.name) for boundary, fault in pairs} <= gathered.troubled <= PAIRS


@pytest.mark.fuzzing
def test_every_fault_at_every_boundary_is_shown_and_none_breaks_the_promise() -> None:
    gathered = run_directed(1)
    assert gathered.violations == []
    assert gathered.not_covered == []
    assert gathered.covered.keys() == BOUNDARIES
    assert gathered.troubled == PAIRS


@pytest.mark.parametrize("exploration", sliced(4, QUICK), ids=lambda each: each.name)
def test_no_schedule_with_one_fault_breaks_the_promise(exploration: Exploration) -> None:
    bounded = Exploration(
        name=exploration.name, case=exploration.case, most_faults=1, most_pauses=0
    )
    gathered = Gathered()
    for schedule, outcome in explore(bounded):
        gathered.add(str(schedule.faults), outcome)
    assert gathered.violations == []
    assert gathered.schedules > 40


def test_a_purchase_without_faults_is_one_order_and_one_charge() -> None:
    outcome = run_schedule(ONE_ORDER, NoFaults())
    assert outcome.problem is None
    assert outcome.charges == 1
    assert outcome.final_states == {"PAID": 1}


@pytest.mark.parametrize("seed", range(7, 12))
def test_a_seed_tells_the_same_story_each_time(seed: int) -> None:
    plan = plan_of(seed)
    run_schedule(case_of(seed), plan)
    first = story_of(Schedule(case_of(seed), plan.drawn))
    assert first == story_of(Schedule(case_of(seed), plan.drawn))
    assert len(first) > 5


def test_a_planned_fault_happens_where_it_was_planned() -> None:
    passed = PlannedFaults({})
    run_schedule(ONE_ORDER, passed)
    names = [boundary.name for boundary, _ in passed.passed]
    place = names.index("process_payments: HttpPaymentService.charge")
    story = story_of(Schedule(ONE_ORDER, {place: Fault.CRASH_AFTER}))
    assert any("HttpPaymentService.charge  << crashes after" in line for line in story)
    assert any("HttpPaymentService.look_up" in line for line in story)
    assert story[-1] == "ended with 1 PAID; 1 charges in the ledger"


def test_a_crash_runs_no_finally_and_no_except() -> None:
    scheduler = Scheduler(0)
    said: list[str] = []

    def work() -> None:
        try:
            said.append("begun")
            scheduler.die()
        except BaseException:  # pragma: no cover - the point is that it is not run
            said.append("excepted")
            raise
        finally:
            if not scheduler.over:
                said.append("cleaned up")

    scheduler.spawn(Process("worker"), work)
    scheduler.run(1000)
    assert said == ["begun"]
    scheduler.end()


def test_tasks_side_by_side_end_before_their_parent_goes_on() -> None:
    scheduler = Scheduler(0)
    said: list[str] = []

    def slow() -> str:
        scheduler.pause(50)
        said.append("slow")
        return "slow"

    def parent() -> None:
        results = scheduler.run_all([slow, lambda: "quick"])
        said.extend(["both", *results])

    scheduler.spawn(Process("worker"), parent)
    scheduler.run(1000)
    assert said == ["slow", "both", "slow", "quick"]
    scheduler.end()


def test_each_guard_stands_once_in_its_file() -> None:
    for guard in GUARDS:
        assert (ROOT / guard.file).read_text().count(guard.code) == 1, guard.name


def test_guards_are_removed_before_this_simulator_and_no_installed_one() -> None:
    assert "simulator" in LINKED


def test_each_trap_has_a_guard() -> None:
    assert {guard.trap for guard in GUARDS} == set(range(1, 25))


def test_a_boundary_that_no_list_has_is_told_with_a_schedule_that_came_to_it() -> None:
    gathered = Gathered()
    outcome = run_schedule(case_of(1), plan_of(1))
    outcome.covered.add("moon: land")
    gathered.add("seed 1", outcome)
    told = [each for each in gathered.not_covered if each.startswith("not listed")]
    assert told == ["not listed: moon: land, in seed 1"]
