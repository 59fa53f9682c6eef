"""Records that are given up can be delivered."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.rules.stream_on_failure_standard import RULE
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    outcomes,
    says,
    shop,
    violation,
    with_property,
)

PATH = ("DestinationConfig", "OnFailure", "Destination")


def test_a_standard_queue_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"RelayMapping": Outcome.COMPLIANT}


@pytest.mark.parametrize(
    ("kind", "name"), [("AWS::SQS::Queue", "FifoQueue"), ("AWS::SNS::Topic", "FifoTopic")]
)
def test_a_fifo_destination_is_violated(kind: str, name: str) -> None:
    resources = with_property("RelayFailures", name, value=True)
    resources["RelayFailures"]["Type"] = kind
    found = violation(RULE, resources)
    assert found.logical_id == "RelayMapping"
    assert says(found, f"{name} is true on RelayFailures", "standard", "make a standard queue")


def test_a_kind_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("RelayFailures", "FifoQueue", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"RelayMapping": Outcome.CANNOT_TELL}


def test_a_destination_of_another_stack_is_not_judged() -> None:
    resources = with_property("RelayMapping", *PATH, value=UNKNOWN)
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
