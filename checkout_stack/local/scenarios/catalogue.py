"""Every scenario, in the order of the table."""

from __future__ import annotations

from checkout_stack.local.scenarios import (
    accidents,
    announcements,
    answers,
    cancellations,
    gateways,
    guests,
    holds,
    outages,
    payments,
    refunds,
    resubmissions,
)
from checkout_stack.local.scenarios.scenario import Scenario

QUICK: tuple[Scenario, ...] = (
    *resubmissions.SCENARIOS,
    *guests.SCENARIOS,
    *payments.SCENARIOS,
    *cancellations.SCENARIOS,
    *announcements.SCENARIOS,
    *refunds.OF_A_SHOP,
)
"""What buyers, and the back office, do; on one deployed checkout."""

UNCLEAR: tuple[Scenario, ...] = gateways.SCENARIOS
"""What is answered without a word, or late; on the first checkout, beside the other rows."""

HELD: tuple[Scenario, ...] = holds.SCENARIOS
"""Money that is held first; on a third deployed checkout."""

FAULTS: tuple[Scenario, ...] = (
    *answers.SCENARIOS,
    *accidents.SCENARIOS,
    *outages.SCENARIOS,
    *refunds.SCENARIOS,
)
"""What breaks; on a second deployed checkout with its times set short."""

SCENARIOS = QUICK + UNCLEAR + HELD + FAULTS


class UnknownScenarioError(Exception):
    """A name that no scenario has; the message says which there are."""


def named(names: tuple[str, ...], *, quick: bool = False) -> tuple[Scenario, ...]:
    """The scenarios whose names contain one of ``names``; all of them if there is none."""
    catalogue = QUICK if quick else SCENARIOS
    for name in names:
        if not any(_is_named(scenario, name) for scenario in catalogue):
            there_are = "; ".join(scenario.name for scenario in catalogue)
            raise UnknownScenarioError(
                f"no scenario is named like {name!r}; there are: {there_are}"
            )
    return tuple(
        scenario
        for scenario in catalogue
        if not names or any(_is_named(scenario, name) for name in names)
    )


def _is_named(scenario: Scenario, name: str) -> bool:
    return name.lower() in scenario.name.lower()
