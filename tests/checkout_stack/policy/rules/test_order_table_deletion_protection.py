"""Orders cannot be deleted by mistake."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.order_table_deletion_protection import RULE
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
    without_property,
)

PATH = ("DeletionProtectionEnabled",)
GLOBAL = "AWS::DynamoDB::GlobalTable"


def replicas(*enabled: bool) -> Resources:
    """The shop with a global table whose replicas have the property or not."""
    resources = shop()
    resources["OrderTable"] = {"Type": GLOBAL, "Properties": {"Replicas": []}}
    for index, value in enumerate(enabled):
        table = resources["OrderTable"]["Properties"]["Replicas"]
        table.append({"Region": f"eu-west-{index + 1}"})
        changed(resources, "OrderTable", "Replicas", index, *PATH, value=value)
    return resources


def test_a_table_that_has_it_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"OrderTable": Outcome.COMPLIANT}


@pytest.mark.parametrize("value", [False, "false"])
def test_a_table_that_has_it_off_is_violated(value: object) -> None:
    found = violation(RULE, with_property("OrderTable", *PATH, value=value))
    assert says(found, "DeletionProtectionEnabled is false", "true", "set ")


def test_a_table_that_says_nothing_is_violated() -> None:
    found = violation(RULE, without_property("OrderTable", *PATH))
    assert says(found, "DeletionProtectionEnabled is absent", "true", "set ")


def test_every_replica_needs_it() -> None:
    assert outcomes(RULE, replicas(True, True)) == {"OrderTable": Outcome.COMPLIANT}
    found = violation(RULE, replicas(True, False))
    assert says(found, "of the replica in eu-west-2 is false", "true", "set ")


def test_a_value_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("OrderTable", *PATH, value=UNKNOWN)
    assert outcomes(RULE, resources) == {"OrderTable": Outcome.CANNOT_TELL}


def test_replicas_from_elsewhere_cannot_be_told() -> None:
    resources = changed(replicas(True), "OrderTable", "Replicas", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"OrderTable": Outcome.CANNOT_TELL}


def test_a_table_beside_the_orders_is_not_judged() -> None:
    resources = shop()
    resources["Sessions"] = {"Type": "AWS::DynamoDB::Table"}
    assert "Sessions" not in outcomes(RULE, resources)


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
