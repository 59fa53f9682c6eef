"""Every scenario, in the order of the table."""

from __future__ import annotations

from checkout_stack.local.scenarios import intents, payments, resubmissions, volume
from checkout_stack.local.scenarios.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    *resubmissions.SCENARIOS,
    *intents.SCENARIOS,
    *payments.SCENARIOS,
    *volume.SCENARIOS,
)


class UnknownScenario(Exception):
    """A name that no scenario has; the message says which there are."""


def named(names: tuple[str, ...]) -> tuple[Scenario, ...]:
    """The scenarios whose names contain one of ``names``; all of them if there is none."""
    for name in names:
        if not any(_is_named(scenario, name) for scenario in SCENARIOS):
            there_are = ", ".join(scenario.name for scenario in SCENARIOS)
            raise UnknownScenario(f"no scenario is named like {name!r}; there are: {there_are}")
    return tuple(
        scenario
        for scenario in SCENARIOS
        if not names or any(_is_named(scenario, name) for name in names)
    )


def _is_named(scenario: Scenario, name: str) -> bool:
    return name.lower() in scenario.name.lower()
