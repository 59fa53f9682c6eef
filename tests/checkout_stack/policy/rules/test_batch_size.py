"""Lambda takes ten messages at most from a FIFO queue."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.batch_size import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    changed,
    outcomes,
    says,
    violation,
    with_property,
    without_property,
)


@pytest.mark.parametrize("size", [1, 10, "10"])
def test_up_to_ten_is_compliant(size: int | str) -> None:
    resources = with_property("ChargeMapping", "BatchSize", value=size)
    assert outcomes(RULE, resources) == {"ChargeMapping": Outcome.COMPLIANT}


def test_the_default_is_ten() -> None:
    resources = without_property("ChargeMapping", "BatchSize")
    assert outcomes(RULE, resources) == {"ChargeMapping": Outcome.COMPLIANT}


def test_more_is_violated() -> None:
    found = violation(RULE, with_property("ChargeMapping", "BatchSize", value=11))
    assert says(found, "BatchSize is 11", "at most 10 on the FIFO queue PaymentQueue", "10 or less")


def test_more_from_a_standard_queue_is_not_judged() -> None:
    resources = with_property("ChargeMapping", "BatchSize", value=100)
    del resources["PaymentQueue"]["Properties"]["FifoQueue"]
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_size_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("ChargeMapping", "BatchSize", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"ChargeMapping": Outcome.CANNOT_TELL}


def test_more_from_a_queue_that_may_be_standard_cannot_be_told() -> None:
    resources = with_property("ChargeMapping", "BatchSize", value=11)
    resources = changed(resources, "PaymentQueue", "FifoQueue", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"ChargeMapping": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
