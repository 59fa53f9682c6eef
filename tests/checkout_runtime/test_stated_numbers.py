"""Numbers that somebody may rely on: as they are said, and not as another number."""

from __future__ import annotations

import pytest

from checkout_runtime.adapters import dynamodb_refunds
from checkout_runtime.application import circuit_breaker, place_refund
from checkout_runtime.application.limit_attempts import AttemptLimits
from checkout_runtime.application.order_records import OrderLimit
from checkout_runtime.domain import charge_audit, fields, order, reconciliation

HOUR_SECONDS = 3_600


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (circuit_breaker.FAILURES_TO_OPEN, 5),
        (place_refund.MOST_REFUNDS, 100),
        (place_refund.MOST_WITH_STRAYS, 200),
        (AttemptLimits(per_buyer=10).window_seconds, HOUR_SECONDS),
        (OrderLimit(per_buyer=20).window_seconds, HOUR_SECONDS),
        (fields.MAX_NAME, 255),
        (charge_audit.MARGIN_MS, HOUR_SECONDS * 1000),
        (order.MOST_ATTEMPTS, 20),
        (dynamodb_refunds._KEYS_AT_ONCE, 100),
        (reconciliation.MAX_RESENDS, 24),
        (reconciliation.LONGEST_PAUSE_SECONDS, HOUR_SECONDS),
    ],
    # An id with the number in it would be the id of another test under another number.
    ids=lambda _: "",
)
def test_a_number_is_as_the_documentation_says(number: int, said: int) -> None:
    """Sources: payment-stripe.md, refunds.md, own-application.md, DynamoDB's quotas, and each
    number's docstring."""
    assert number == said


@pytest.mark.parametrize("most", [None, 7])
def test_a_limit_of_orders_is_there_where_one_is_given(most: int | None) -> None:
    limits = AttemptLimits(per_buyer=1, window_seconds=60, orders_per_buyer=most)
    assert limits.of_orders == (None if most is None else OrderLimit(7, window_seconds=60))
