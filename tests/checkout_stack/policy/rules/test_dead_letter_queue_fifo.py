"""SQS takes only a FIFO queue as the dead-letter queue of a FIFO queue."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.dead_letter_queue_fifo import RULE
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

TARGET = ("RedrivePolicy", "deadLetterTargetArn")


def test_two_fifo_queues_are_compliant() -> None:
    assert outcomes(RULE, shop()) == {"PaymentDeadLetters": Outcome.COMPLIANT}


def test_a_standard_dead_letter_queue_is_violated() -> None:
    found = violation(RULE, without_property("PaymentDeadLetters", "FifoQueue"))
    assert found.logical_id == "PaymentDeadLetters"
    assert says(found, "FifoQueue is absent", "as on its source PaymentQueue", "FifoQueue: true")


@pytest.mark.parametrize(
    ("name", "outcome"), [("dead.fifo", Outcome.COMPLIANT), ("dead", Outcome.VIOLATED)]
)
def test_an_arn_says_by_its_end_whether_the_queue_is_fifo(name: str, outcome: Outcome) -> None:
    arn = f"arn:aws:sqs:eu-west-1:111122223333:{name}"
    resources = with_property("PaymentQueue", *TARGET, value=arn)
    assert outcomes(RULE, resources) == {"PaymentQueue": outcome}


def test_a_dead_letter_queue_of_another_stack_cannot_be_told() -> None:
    resources = with_property("PaymentQueue", *TARGET, value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_source_that_may_be_standard_cannot_be_told() -> None:
    resources = with_property("PaymentQueue", "FifoQueue", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_the_dead_letters_of_a_standard_queue_are_not_judged() -> None:
    resources = without_property("PaymentQueue", "FifoQueue")
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
