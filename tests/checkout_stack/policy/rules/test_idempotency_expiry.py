"""What recognises a repeated message is kept as long as the message."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.idempotency_expiry import RULE
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


def told(name: str, value: object) -> Resources:
    """The shop whose charging function is told a time."""
    return with_property("ChargeFunction", "Environment", "Variables", name, value=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDEMPOTENCY_TTL_SECONDS", "345600"),
        ("IDEMPOTENCY_EXPIRES_AFTER", 1_209_600),
        ("IDEMPOTENCY_EXPIRY_DAYS", "14"),
        ("DEDUP_TTL_HOURS", "96"),
    ],
)
def test_records_that_outlive_messages_are_compliant(name: str, value: object) -> None:
    assert outcomes(RULE, told(name, value)) == {"ChargeFunction": Outcome.COMPLIANT}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDEMPOTENCY_TTL_SECONDS", "3600"),
        ("IdempotencyExpiresAfterSeconds", 3600),
        ("IDEMPOTENCY_EXPIRY_DAYS", "1"),
        ("IDEMPOTENCY_TTL_MINUTES", "60"),
        ("IDEMPOTENCY_KEY_TTL", "60"),
    ],
)
def test_records_that_expire_first_are_violated(name: str, value: object) -> None:
    found = violation(RULE, told(name, value))
    assert found.path == ("Environment", "Variables", name)
    assert says(found, f"{name} is {value}", "345600 seconds for which PaymentQueue", "longer")


def test_a_time_beside_the_name_of_the_table_is_that_of_its_records() -> None:
    resources = told("EXPIRES_AFTER_SECONDS", "3600")
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}
    variables = resources["ChargeFunction"]["Properties"]["Environment"]["Variables"]
    variables |= {"IDEMPOTENCY_TABLE": "records", "TOKEN_TTL_SECONDS": "60"}
    assert violation(RULE, resources).path[-1] == "EXPIRES_AFTER_SECONDS"


def test_the_default_retention_counts() -> None:
    resources = told("IDEMPOTENCY_TTL_SECONDS", "3600")
    del resources["PaymentQueue"]["Properties"]["MessageRetentionPeriod"]
    assert "345600 seconds" in violation(RULE, resources).message


@pytest.mark.parametrize("value", [UNKNOWN, "soon", {"Ref": "OnCall"}])
def test_a_time_from_elsewhere_cannot_be_told(value: object) -> None:
    found = outcomes(RULE, told("IDEMPOTENCY_TTL_SECONDS", value))
    assert found == {"ChargeFunction": Outcome.CANNOT_TELL}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDEMPOTENCY_IN_PROGRESS_EXPIRY_SECONDS", "60"),
        ("IDEMPOTENCY_LOCK_SECONDS", "60"),
        ("IDEMPOTENCY_LOCAL_CACHE_TTL", "60"),
        ("IDEMPOTENCY_TTL_ATTRIBUTE", "expires_at"),
    ],
)
def test_a_time_of_something_else_is_not_judged(name: str, value: str) -> None:
    assert outcomes(RULE, told(name, value)) == {"": Outcome.NOT_APPLICABLE}


def test_a_consumer_that_is_told_no_such_time_is_not_judged() -> None:
    assert outcomes(RULE, shop()) == {"": Outcome.NOT_APPLICABLE}
    assert outcomes(RULE, told("IDEMPOTENCY_TABLE", "a")) == {"": Outcome.NOT_APPLICABLE}
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
