"""The two properties of high throughput go together."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.high_throughput_pair import RULE
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


def pair(scope: object, limit: object) -> Resources:
    """The shop with both properties set."""
    resources = with_property("PaymentQueue", "DeduplicationScope", value=scope)
    return changed(resources, "PaymentQueue", "FifoThroughputLimit", value=limit)


@pytest.mark.parametrize(
    ("scope", "limit"), [("messageGroup", "perMessageGroupId"), ("queue", "perQueue")]
)
def test_both_or_neither_is_compliant(scope: str, limit: str) -> None:
    assert outcomes(RULE, pair(scope, limit)) == {"PaymentQueue": Outcome.COMPLIANT}


@pytest.mark.parametrize(
    ("scope", "limit"), [("messageGroup", "perQueue"), ("queue", "perMessageGroupId")]
)
def test_one_of_them_is_violated(scope: str, limit: str) -> None:
    found = violation(RULE, pair(scope, limit))
    given = f"DeduplicationScope is {scope} and FifoThroughputLimit is {limit}"
    assert says(found, given, "messageGroup with perMessageGroupId, or neither", "set both")


def test_one_of_them_alone_is_violated() -> None:
    resources = with_property("PaymentQueue", "DeduplicationScope", value="messageGroup")
    assert "FifoThroughputLimit is absent" in violation(RULE, resources).message


def test_a_value_from_elsewhere_cannot_be_told() -> None:
    found = outcomes(RULE, pair("messageGroup", UNKNOWN))
    assert found == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_queue_that_sets_neither_is_not_judged() -> None:
    assert outcomes(RULE, shop()) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
