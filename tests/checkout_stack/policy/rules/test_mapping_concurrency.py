"""A mapping is not throttled by its function's reserve."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.mapping_concurrency import RULE
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
    with_property,
)


def limited(maximum: object, reserved: object) -> Resources:
    """The shop with a maximum of the mapping and a reserve of the function."""
    resources = with_property("ChargeFunction", "ReservedConcurrentExecutions", value=reserved)
    return changed(resources, "ChargeMapping", "ScalingConfig", "MaximumConcurrency", value=maximum)


@pytest.mark.parametrize(("maximum", "reserved"), [(5, 5), (2, "10")])
def test_a_maximum_within_the_reserve_is_compliant(maximum: object, reserved: object) -> None:
    assert outcomes(RULE, limited(maximum, reserved)) == {"ChargeMapping": Outcome.COMPLIANT}


def test_a_maximum_above_the_reserve_is_violated() -> None:
    found = violation(RULE, limited(50, 2))
    assert says(found, "is 50", "at most 2, which is reserved for ChargeFunction", "lower")


@pytest.mark.parametrize(("reserved", "is_enough"), [(8, False), (10, True)])
def test_the_maxima_of_all_mappings_of_a_function_fit_together(
    reserved: int, is_enough: bool
) -> None:
    resources = limited(5, reserved)
    other = {"FunctionName": {"Ref": "ChargeFunction"}, "EventSourceArn": UNKNOWN}
    scaling = {"ScalingConfig": {"MaximumConcurrency": 5}}
    kind = "AWS::Lambda::EventSourceMapping"
    resources["OtherMapping"] = {"Type": kind, "Properties": {**other, **scaling}}
    if is_enough:
        assert outcomes(RULE, resources) == {"ChargeMapping": Outcome.COMPLIANT}
    else:
        found = violation(RULE, resources)
        assert says(found, "its mappings may take 10 together", "at least 10", "lower")


@pytest.mark.parametrize(("maximum", "reserved"), [(UNKNOWN, 2), (50, UNKNOWN)])
def test_a_number_from_elsewhere_cannot_be_told(maximum: object, reserved: object) -> None:
    assert outcomes(RULE, limited(maximum, reserved)) == {"ChargeMapping": Outcome.CANNOT_TELL}


def test_a_mapping_without_both_is_not_judged() -> None:
    assert outcomes(RULE, shop()) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
