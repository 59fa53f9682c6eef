"""Messages that always fail have somewhere to go."""

from __future__ import annotations

from checkout_stack.policy.rules.dead_letter_queue import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    outcomes,
    says,
    shop,
    violation,
    with_property,
    without_property,
)


def test_a_queue_with_dead_letters_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"PaymentQueue": Outcome.COMPLIANT}


def test_a_queue_without_is_violated() -> None:
    found = violation(RULE, without_property("PaymentQueue", "RedrivePolicy"))
    assert says(found, "deadLetterTargetArn is absent", "the ARN", "RedrivePolicy")


def test_an_empty_name_names_no_dead_letter_queue() -> None:
    resources = with_property("PaymentQueue", "RedrivePolicy", "deadLetterTargetArn", value="")
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.VIOLATED}


def test_a_dead_letter_queue_of_another_stack_is_one_too() -> None:
    path = ("RedrivePolicy", "deadLetterTargetArn")
    resources = with_property("PaymentQueue", *path, value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.COMPLIANT}


def test_a_policy_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("PaymentQueue", "RedrivePolicy", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
