"""Dead letters outlive the messages of their source."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.dead_letter_retention import RULE
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


def test_longer_than_the_source_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"PaymentDeadLetters": Outcome.COMPLIANT}


@pytest.mark.parametrize("seconds", [60, 345_600, "345600"])
def test_no_longer_than_the_source_is_violated(seconds: int | str) -> None:
    resources = with_property("PaymentDeadLetters", "MessageRetentionPeriod", value=seconds)
    found = violation(RULE, resources)
    assert says(found, f"is {seconds}", "more than the 345600 of its source", "1209600")


def test_two_queues_that_say_nothing_keep_messages_equally_long() -> None:
    resources = without_property("PaymentDeadLetters", "MessageRetentionPeriod")
    del resources["PaymentQueue"]["Properties"]["MessageRetentionPeriod"]
    assert "345600 (the default)" in violation(RULE, resources).message


def test_a_retention_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("PaymentQueue", "MessageRetentionPeriod", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentDeadLetters": Outcome.CANNOT_TELL}


def test_a_dead_letter_queue_of_another_stack_cannot_be_told() -> None:
    path = ("RedrivePolicy", "deadLetterTargetArn")
    resources = with_property("PaymentQueue", *path, value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


@pytest.mark.parametrize(("seconds", "is_short"), [(60, True), (86_400, False)])
def test_what_a_relay_gives_up_on_is_kept_for_a_day(seconds: int, is_short: bool) -> None:
    resources = with_property("RelayFailures", "MessageRetentionPeriod", value=seconds)
    if is_short:
        found = violation(RULE, resources)
        assert says(found, "is 60, for what RelayMapping gives up on", "at least 86400", "1209600")
    else:
        assert set(outcomes(RULE, resources).values()) == {Outcome.COMPLIANT}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
