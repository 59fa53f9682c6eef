"""Outcomes are announced whatever fails, and no payment waits for that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.announced import MESSAGE_WAITS_MS
from simulator.cases import DAY, HOUR, SECOND, SERVICES, BusTrouble, Case, Events, Purchase
from simulator.faults import NoFaults
from simulator.world import Outcome, World, run_schedule

ORDERS = 12


def a_case(events: Events | None, **changes: object) -> Case:
    """Buyers who come one after the other, each before the outcome of the one before is told."""
    purchases = tuple(
        Purchase(buyer="ada", key=f"key-{place:04}", amount=4200, submitted_at_ms=(place * 700,))
        for place in range(ORDERS)
    )
    case = Case(purchases=purchases, service=SERVICES["keys and look-up"], events=events)
    return replace(case, **changes)  # type: ignore[arg-type]


def run(case: Case) -> Outcome:
    outcome = run_schedule(case, NoFaults())
    if outcome.problem is not None:
        raise outcome.problem
    assert outcome.final_states == {"PAID": ORDERS}
    return outcome


def test_every_outcome_is_announced_once_where_nothing_fails() -> None:
    assert run(a_case(Events())).events == ORDERS


def test_without_a_bus_nothing_is_announced() -> None:
    assert run(a_case(None)).events == 0


@pytest.mark.parametrize("trouble", BusTrouble)
def test_no_payment_waits_for_a_dead_bus(trouble: BusTrouble) -> None:
    dead = run(a_case(Events(trouble=trouble, trouble_until_ms=DAY)))
    without = run(a_case(None))
    assert len(dead.waits_ms) == len(without.waits_ms) == ORDERS
    assert max(dead.waits_ms) <= max(without.waits_ms) + SECOND
    assert sum(dead.waits_ms) <= sum(without.waits_ms) + 2 * SECOND
    assert max(dead.waits_ms) <= MESSAGE_WAITS_MS
    assert dead.events == ORDERS


def test_a_relay_that_was_dead_for_two_days_costs_no_announcement() -> None:
    case = a_case(Events(relay_dead_until_ms=2 * DAY))
    assert run(case).events == ORDERS


def test_the_bus_switched_off_again_leaves_nothing_behind() -> None:
    events = Events(trouble_until_ms=2 * HOUR, is_always_on=False)
    case = a_case(events, deployed_at_ms=60_000)
    world = World(case, NoFaults())
    world.run()
    assert all("owed" not in item for item in world.stored_orders.by_id.values())
    assert not world.stored_orders.to_be_announced
