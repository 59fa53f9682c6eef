"""Orders do not expire."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.order_table_ttl import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    outcomes,
    says,
    shop,
    violation,
    with_property,
)

TTL = "TimeToLiveSpecification"


@pytest.mark.parametrize("enabled", [False, "false"])
def test_a_ttl_that_is_off_is_compliant(enabled: object) -> None:
    ttl = {"AttributeName": "expires_at", "Enabled": enabled}
    resources = with_property("OrderTable", TTL, value=ttl)
    assert outcomes(RULE, resources) == {"OrderTable": Outcome.COMPLIANT}


def test_no_ttl_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"OrderTable": Outcome.COMPLIANT}


def test_a_ttl_is_violated() -> None:
    ttl = {"AttributeName": "expires_at", "Enabled": True}
    found = violation(RULE, with_property("OrderTable", TTL, value=ttl))
    assert says(found, "Enabled is true", "no TTL on orders", "remove TimeToLiveSpecification")


def test_a_ttl_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("OrderTable", TTL, "Enabled", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"OrderTable": Outcome.CANNOT_TELL}


def test_a_table_beside_the_orders_is_not_judged() -> None:
    resources = shop()
    resources["Sessions"] = {"Type": "AWS::DynamoDB::Table", "Properties": {TTL: {"Enabled": True}}}
    assert "Sessions" not in outcomes(RULE, resources)


def test_a_table_of_limits_that_the_consumer_knows_is_not_judged() -> None:
    name = {"Ref": "RateLimits"}
    resources = with_property("ChargeFunction", "Environment", "Variables", "LIMITS", value=name)
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {TTL: {"Enabled": True}}}
    assert "RateLimits" not in outcomes(RULE, {**resources, "RateLimits": table})


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
