"""A message is kept until it was tried as often as promised."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.message_retention import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    shop,
    violation,
    with_property,
)


def kept(**properties: object) -> Resources:
    """The shop with other properties of the payment queue."""
    resources = shop()
    resources["PaymentQueue"]["Properties"].update(properties)
    return resources


@pytest.mark.parametrize("seconds", [86_400, "345600", 1_209_600])
def test_a_retention_that_outlasts_all_tries_is_compliant(seconds: object) -> None:
    resources = kept(MessageRetentionPeriod=seconds)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}


@pytest.mark.parametrize(
    "properties",
    [
        {"MessageRetentionPeriod": 60},
        {"MessageRetentionPeriod": 3600},
        {"MessageRetentionPeriod": 86_400, "VisibilityTimeout": 43_200},
        {"MessageRetentionPeriod": 86_400, "VisibilityTimeout": 8_590, "DelaySeconds": 900},
        {"VisibilityTimeout": 43_200},
    ],
)
def test_a_retention_that_ends_first_is_violated(properties: dict[str, object]) -> None:
    found = violation(RULE, kept(**properties))
    retention = properties.get("MessageRetentionPeriod", 345_600)
    assert says(found, f"MessageRetentionPeriod is {retention}", "at least 86400", "longer")


def test_a_short_retention_may_answer_to_a_short_memory_of_the_payment_service() -> None:
    resources = kept(MessageRetentionPeriod=3600)
    resources["PaymentQueue"]["Metadata"] = {
        "CheckoutPolicy": {"payment-key-retention-seconds": 3600}
    }
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}
    resources["PaymentQueue"]["Properties"]["VisibilityTimeout"] = 600
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.VIOLATED}


def test_what_is_too_short_for_any_number_of_tries_is_violated() -> None:
    resources = kept(MessageRetentionPeriod=60, VisibilityTimeout=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.VIOLATED}


def test_a_retention_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("PaymentQueue", "MessageRetentionPeriod", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
