"""No message is retried after the payment service forgot its key."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.payment_key_retention import RULE
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
)


def declared(**facts: object) -> Resources:
    """The shop with facts about its payment keys in the queue's metadata."""
    resources = shop()
    section = {name.replace("_", "-"): value for name, value in facts.items()}
    resources["PaymentQueue"]["Metadata"] = {"CheckoutPolicy": section}
    return resources


def test_messages_that_end_first_are_compliant() -> None:
    resources = declared(payment_key_retention_seconds=345_600)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}


def test_messages_that_outlive_the_key_are_violated() -> None:
    found = violation(RULE, declared(payment_key_retention_seconds=86_400))
    assert says(found, "MessageRetentionPeriod is 345600", "at most the 86400", "look the charge")


def test_a_look_up_makes_it_compliant() -> None:
    resources = declared(payment_key_retention_seconds=86_400, payment_look_up=True)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}


@pytest.mark.parametrize("name", ["PAYMENT_KEY_RETENTION_SECONDS", "PAYMENT_SERVICE_LOOK_UP_URL"])
def test_a_consumer_that_is_told_makes_it_compliant(name: str) -> None:
    resources = declared(payment_key_retention_seconds=86_400)
    changed(resources, "ChargeFunction", "Environment", "Variables", name, value="86400")
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}


def test_the_template_may_declare_it_for_all_queues() -> None:
    metadata = {"CheckoutPolicy": {"payment-key-retention-seconds": 86_400}}
    assert violation(RULE, shop(), Metadata=metadata).logical_id == "PaymentQueue"


def test_a_retention_from_elsewhere_cannot_be_told() -> None:
    resources = declared(payment_key_retention_seconds=86_400)
    changed(resources, "PaymentQueue", "MessageRetentionPeriod", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_what_is_not_declared_is_not_judged() -> None:
    assert outcomes(RULE, shop()) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
