"""Disturbances are drawn from a seed, and nothing is left out."""

from __future__ import annotations

import pytest

from checkout_stack.local.chaos.plan import Kind, plan_disturbances


def test_the_same_seed_plans_the_same_disturbances() -> None:
    assert plan_disturbances(600, 7) == plan_disturbances(600, 7)


def test_another_seed_plans_others() -> None:
    assert plan_disturbances(600, 7) != plan_disturbances(600, 8)


@pytest.mark.parametrize("seed", range(50))
def test_a_minute_and_a_half_has_every_kind(seed: int) -> None:
    assert {each.kind for each in plan_disturbances(90, seed)} == set(Kind)


@pytest.mark.parametrize("seed", range(10))
def test_one_version_is_deployed_in_the_middle(seed: int) -> None:
    planned = plan_disturbances(600, seed)
    assert [each.at_seconds for each in planned if each.kind is Kind.DEPLOY] == [300.0]


@pytest.mark.parametrize("seed", range(10))
def test_disturbances_come_in_order_and_end_with_the_load(seed: int) -> None:
    times = [each.at_seconds for each in plan_disturbances(60, seed)]
    assert times == sorted(times)
    assert times[-1] < 60
