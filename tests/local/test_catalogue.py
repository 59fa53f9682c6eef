"""Every scenario states what it promises and what has to be there in the end."""

from __future__ import annotations

import pytest

from checkout_stack.local.app_settings import FAULTS as FAULTS_CHECKOUT
from checkout_stack.local.app_settings import PLAIN
from checkout_stack.local.evidence import SETTLED
from checkout_stack.local.scenarios.catalogue import FAULTS, QUICK, SCENARIOS, UNCLEAR
from checkout_stack.local.scenarios.scenario import Scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_promises_settled_orders(scenario: Scenario) -> None:
    assert scenario.promise.endswith(".")
    assert scenario.expected.states <= SETTLED
    assert bool(scenario.expected.states) == bool(scenario.expected.orders)
    assert scenario.expected.charges <= scenario.expected.orders


def test_no_two_scenarios_share_a_name() -> None:
    names = [scenario.name for scenario in SCENARIOS]

    assert len(names) == len(set(names))


def test_faults_have_a_checkout_of_their_own() -> None:
    assert {scenario.on for scenario in QUICK} == {PLAIN}
    assert {scenario.on for scenario in FAULTS} == {FAULTS_CHECKOUT}


def test_rows_that_wait_for_the_payment_service_lengthen_no_run() -> None:
    """They wait beside the others, on the checkout whose consumer no row pauses."""
    assert {scenario.on for scenario in UNCLEAR} == {PLAIN}
    assert all(scenario.afterwards is not None for scenario in UNCLEAR)
