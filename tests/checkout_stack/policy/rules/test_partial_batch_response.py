"""A failed message does not take its batch with it."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.partial_batch_response import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    changed,
    outcomes,
    says,
    shop,
    violation,
    with_property,
    without_property,
)

TYPES = "FunctionResponseTypes"


def test_a_mapping_that_takes_partial_responses_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"ChargeMapping": Outcome.COMPLIANT}


@pytest.mark.parametrize("types", [[], ["SomethingElse"]])
def test_a_mapping_that_does_not_is_violated(types: list[str]) -> None:
    found = violation(RULE, with_property("ChargeMapping", TYPES, value=types))
    assert says(found, f"{TYPES} is", "[ReportBatchItemFailures]", "return batchItemFailures")


def test_absent_types_are_violated() -> None:
    assert violation(RULE, without_property("ChargeMapping", TYPES)).logical_id == "ChargeMapping"


@pytest.mark.parametrize(
    ("size", "outcome"),
    [(1, Outcome.COMPLIANT), ("1", Outcome.COMPLIANT), (2, Outcome.VIOLATED)],
)
def test_a_batch_of_one_message_has_no_part(size: object, outcome: Outcome) -> None:
    resources = without_property("ChargeMapping", TYPES)
    changed(resources, "ChargeMapping", "BatchSize", value=size)
    assert outcomes(RULE, resources) == {"ChargeMapping": outcome}


def test_a_mapping_of_a_queue_of_another_stack_is_judged_too() -> None:
    resources = without_property("ChargeMapping", TYPES)
    changed(resources, "ChargeMapping", "EventSourceArn", value=UNKNOWN)
    assert violation(RULE, resources).logical_id == "ChargeMapping"


@pytest.mark.parametrize("types", [UNKNOWN, [UNKNOWN]])
def test_types_from_elsewhere_cannot_be_told(types: object) -> None:
    resources = with_property("ChargeMapping", TYPES, value=types)
    assert outcomes(RULE, resources) == {"ChargeMapping": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
