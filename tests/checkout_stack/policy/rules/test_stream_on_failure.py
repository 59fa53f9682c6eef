"""Abandoned records are kept somewhere."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.rules.stream_on_failure import RULE
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

PATH = ("DestinationConfig", "OnFailure", "Destination")


@pytest.mark.parametrize("value", [UNKNOWN, "arn:aws:sqs:eu-west-1:111122223333:failed"])
def test_a_mapping_that_says_so_is_compliant(value: object) -> None:
    resources = with_property("RelayMapping", *PATH, value=value)
    assert outcomes(RULE, resources) == {"RelayMapping": Outcome.COMPLIANT}


def test_a_mapping_that_says_nothing_is_violated() -> None:
    found = violation(RULE, without_property("RelayMapping", *PATH))
    assert found.logical_id == "RelayMapping"
    assert says(found, "is absent", "the ARN of a queue", "with an alarm on it")


def test_a_value_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("RelayMapping", PATH[0], value=UNKNOWN)
    assert outcomes(RULE, resources) == {"RelayMapping": Outcome.CANNOT_TELL}


def test_a_function_that_only_fills_a_search_index_is_not_judged() -> None:
    resources = without_property("RelayMapping", *PATH)
    resources["SearchIndexer"] = resources["RelayFunction"]
    changed(resources, "RelayMapping", "FunctionName", value={"Ref": "SearchIndexer"})
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
