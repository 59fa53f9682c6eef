"""Tries are neither too few nor without end."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.max_receive_count import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    outcomes,
    says,
    violation,
    with_property,
    without_property,
)

COUNT = ("RedrivePolicy", "maxReceiveCount")


@pytest.mark.parametrize("receives", [5, 10, "10", 1000])
def test_a_sensible_number_of_receives_is_compliant(receives: int | str) -> None:
    resources = with_property("PaymentQueue", *COUNT, value=receives)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}


@pytest.mark.parametrize("receives", [1, 4, "4", 1001])
def test_too_few_or_too_many_receives_are_violated(receives: int | str) -> None:
    found = violation(RULE, with_property("PaymentQueue", *COUNT, value=receives))
    assert says(found, f"maxReceiveCount is {receives}", "5 to 1000", "outlast an outage")


@pytest.mark.parametrize("receives", [UNKNOWN, "many"])
def test_a_count_that_is_no_number_cannot_be_told(receives: object) -> None:
    resources = with_property("PaymentQueue", *COUNT, value=receives)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_queue_without_dead_letters_is_left_to_another_rule() -> None:
    resources = without_property("PaymentQueue", "RedrivePolicy")
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
