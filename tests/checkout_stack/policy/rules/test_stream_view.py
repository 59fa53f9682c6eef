"""The stream carries what the relay sends on."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.rules.stream_view import RULE
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    outcomes,
    says,
    shop,
    violation,
    with_property,
)

PATH = ("StreamSpecification", "StreamViewType")


def test_the_new_image_is_compliant() -> None:
    for resources in (shop(), with_property("OrderTable", *PATH, value="NEW_IMAGE")):
        assert outcomes(RULE, resources) == {"OrderTable": Outcome.COMPLIANT}


@pytest.mark.parametrize("view", ["KEYS_ONLY", "OLD_IMAGE"])
def test_a_stream_without_the_order_is_violated(view: str) -> None:
    found = violation(RULE, with_property("OrderTable", *PATH, value=view))
    assert says(found, f"StreamViewType is {view}", "NEW_IMAGE", "set StreamViewType")


def test_a_value_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("OrderTable", *PATH, value=UNKNOWN)
    assert outcomes(RULE, resources) == {"OrderTable": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
