"""Work to be done once needs a FIFO queue."""

from __future__ import annotations

from checkout_stack.policy.rules.fifo_queue import RULE
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


def test_a_fifo_queue_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"PaymentQueue": Outcome.COMPLIANT}


def test_a_queue_that_does_not_say_so_is_standard() -> None:
    found = violation(RULE, without_property("PaymentQueue", "FifoQueue"))
    assert found.logical_id == "PaymentQueue"
    assert says(found, "FifoQueue is absent", "true", "make a new queue with FifoQueue: true")


def test_a_name_in_fifo_does_not_make_a_queue_fifo() -> None:
    resources = with_property("PaymentQueue", "FifoQueue", value="false")
    assert "though QueueName is payments-live.fifo" in violation(RULE, resources).message


def test_a_queue_whose_kind_is_imported_cannot_be_told() -> None:
    resources = with_property("PaymentQueue", "FifoQueue", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
