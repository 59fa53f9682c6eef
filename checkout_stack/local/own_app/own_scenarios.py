"""The scenarios that make sense for a checkout of somebody else's app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from checkout_stack.local.local_checkout import Deployment, LocalCheckout
from checkout_stack.local.own_app.bring_up import OwnCheckout
from checkout_stack.local.scenarios.catalogue import SCENARIOS
from checkout_stack.local.scenarios.scenario import Scenario

NAMES = (
    "plain",
    "double click",
    "impatient client",
    "other amount",
    "two buyers, one key",
    "declined",
    "another card",
    "captures, then hangs",
    "3-D Secure",
    "consumer killed",
)
"""What is tried of :data:`SCENARIOS`: what buyers do, and the accident that loses most."""
NEED_KEYS_OR_LOOK_UP = frozenset({"captures, then hangs", "consumer killed"})


def own_scenarios(
    checkouts: Sequence[OwnCheckout], only: Sequence[str] = ()
) -> tuple[list[Scenario], Mapping[Deployment, LocalCheckout]]:
    """Scenarios for every checkout, and the checkout that each is tried on.

    :param only: Only scenarios whose name contains one of these. Default: all.
    """
    places: dict[Deployment, LocalCheckout] = {}
    chosen: list[Scenario] = []
    for checkout in checkouts:
        place = Deployment(
            stack_name=checkout.name, payment_timeout_seconds=1, payment_service="payment service"
        )
        places[place] = checkout.local
        mark = f"{checkout.name}: " if len(checkouts) > 1 else ""
        chosen += [
            replace(scenario, name=f"{mark}{scenario.name}", on=place)
            for scenario in SCENARIOS
            if scenario.name in _names_for(checkout)
            and (not only or any(each.lower() in scenario.name.lower() for each in only))
        ]
    return chosen, places


def _names_for(checkout: OwnCheckout) -> list[str]:
    finds = checkout.found.can_find_a_lost_charge
    return [name for name in NAMES if finds or name not in NEED_KEYS_OR_LOOK_UP]
