"""No order is missed while a mapping is made."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.rules.stream_starting_position import RULE
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    outcomes,
    says,
    shop,
    violation,
    with_property,
)


def test_the_oldest_record_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"RelayMapping": Outcome.COMPLIANT}


@pytest.mark.parametrize("position", ["LATEST", "AT_TIMESTAMP"])
def test_a_later_record_is_violated(position: str) -> None:
    found = violation(RULE, with_property("RelayMapping", "StartingPosition", value=position))
    assert says(found, f"StartingPosition is {position}", "TRIM_HORIZON", "refuse what it knows")


def test_a_value_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("RelayMapping", "StartingPosition", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"RelayMapping": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
