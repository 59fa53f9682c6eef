"""Two Regions never accept one purchase twice."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.order_table_strong_consistency import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    changed,
    outcomes,
    says,
    shop,
    violation,
)

CONSISTENCY = "MultiRegionConsistency"


def regions(count: int) -> Resources:
    """The shop with a global table of so many replicas."""
    resources = shop()
    replicas = [{"Region": f"eu-west-{index + 1}"} for index in range(count)]
    properties = {"Replicas": replicas}
    resources["OrderTable"] = {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}
    return resources


def test_several_regions_with_strong_consistency_are_compliant() -> None:
    resources = changed(regions(2), "OrderTable", CONSISTENCY, value="STRONG")
    assert outcomes(RULE, resources) == {"OrderTable": Outcome.COMPLIANT}


def test_several_regions_by_default_are_violated() -> None:
    found = violation(RULE, regions(2))
    assert says(found, f"{CONSISTENCY} is absent", "STRONG, or one replica", "in one Region")


def test_eventual_consistency_is_violated() -> None:
    resources = changed(regions(3), "OrderTable", CONSISTENCY, value="EVENTUAL")
    assert f"{CONSISTENCY} is EVENTUAL" in violation(RULE, resources).message


@pytest.mark.parametrize("resources", [shop(), regions(1)])
def test_one_region_is_not_judged(resources: Resources) -> None:
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize("name", [CONSISTENCY, "Replicas"])
def test_a_value_from_elsewhere_cannot_be_told(name: str) -> None:
    resources = changed(regions(2), "OrderTable", name, value=UNKNOWN)
    assert outcomes(RULE, resources) == {"OrderTable": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
