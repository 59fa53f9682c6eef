"""A scenario as data: what is promised, and the function that tries it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checkout_stack.local.local_checkout import PLAIN, Deployment
from checkout_stack.local.scenarios.scenario_run import ScenarioRun


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What has to be true in the end, whatever was sent."""

    orders: int
    charges: int
    states: frozenset[str]
    """States that the orders are in."""

    stray_charges: int = 0
    """Charges stored beside the orders because they are not what the orders asked for."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One way to use, or misuse, a checkout."""

    name: str
    promise: str
    """In one sentence."""

    expected: Expected
    act: Callable[[ScenarioRun], None]
    on: Deployment = PLAIN
    """The checkout that it is tried on."""

    afterwards: Callable[[ScenarioRun], None] | None = None
    """What follows after a long wait. Such a row starts first and goes on beside the others."""

    settles_within_seconds: float = 25.0


def ends_in(*states: str, orders: int = 1, charges: int = 1, stray_charges: int = 0) -> Expected:
    """One order and one charge, unless said otherwise."""
    return Expected(
        orders=orders, charges=charges, states=frozenset(states), stray_charges=stray_charges
    )
