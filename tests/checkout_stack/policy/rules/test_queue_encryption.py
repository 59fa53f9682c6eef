"""Messages are encrypted at rest, unless somebody turned it off."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.queue_encryption import RULE
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
)

OFF = "SqsManagedSseEnabled"


def test_the_default_is_encrypted() -> None:
    both = {"PaymentQueue": Outcome.COMPLIANT, "PaymentDeadLetters": Outcome.COMPLIANT}
    assert outcomes(RULE, shop()) == both


@pytest.mark.parametrize("logical_id", ["PaymentQueue", "PaymentDeadLetters"])
def test_turning_it_off_is_violated_on_both_queues(logical_id: str) -> None:
    found = violation(RULE, with_property(logical_id, OFF, value="false"))
    assert found.logical_id == logical_id
    assert says(found, f"{OFF} is false", "true or absent, or a KMS key", "name a KMS key")


def test_a_key_encrypts_whatever_sqs_does() -> None:
    resources = with_property("PaymentQueue", OFF, value=False)
    resources = changed(resources, "PaymentQueue", "KmsMasterKeyId", value=UNKNOWN)
    assert outcomes(RULE, resources)["PaymentQueue"] is Outcome.COMPLIANT


def test_a_value_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("PaymentQueue", OFF, value=UNKNOWN)
    assert outcomes(RULE, resources)["PaymentQueue"] is Outcome.CANNOT_TELL


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
