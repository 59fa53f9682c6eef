"""Nobody but the source uses its dead-letter queue."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.dead_letter_redrive import RULE
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

POLICY = "RedriveAllowPolicy"


def test_a_policy_that_names_the_source_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"PaymentDeadLetters": Outcome.COMPLIANT}


def test_no_policy_lets_every_queue_in() -> None:
    found = violation(RULE, without_property("PaymentDeadLetters", POLICY))
    assert says(found, "absent, which lets every queue in", "ARN of PaymentQueue", "byQueue")


@pytest.mark.parametrize("permission", ["allowAll", "denyAll"])
def test_another_permission_is_violated(permission: str) -> None:
    resources = with_property("PaymentDeadLetters", POLICY, "redrivePermission", value=permission)
    assert f"redrivePermission is {permission}" in violation(RULE, resources).message


def test_a_policy_that_names_only_another_queue_is_violated() -> None:
    other = {"Fn::GetAtt": ["RelayFailures", "Arn"]}
    resources = with_property("PaymentDeadLetters", POLICY, "sourceQueueArns", value=[other])
    assert "does not name the source" in violation(RULE, resources).message


def test_sources_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("PaymentDeadLetters", POLICY, "sourceQueueArns", value=[UNKNOWN])
    assert outcomes(RULE, resources) == {"PaymentDeadLetters": Outcome.CANNOT_TELL}


def test_a_dead_letter_queue_of_another_stack_cannot_be_told() -> None:
    path = ("RedrivePolicy", "deadLetterTargetArn")
    resources = with_property("PaymentQueue", *path, value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
