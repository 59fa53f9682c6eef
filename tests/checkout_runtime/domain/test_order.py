"""What an order says of itself, where it is not simply what is stored."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.domain.order import EarlierAttempt, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from tests.checkout_runtime.factories import NOW, new_order

S = OrderStatus


@pytest.mark.parametrize("status", [each for each in S if each is not S.PAID])
def test_of_what_is_not_paid_nothing_can_be_refunded(status: OrderStatus) -> None:
    assert new_order(status=status).left_to_refund == 0


def test_each_attempt_is_known_by_the_service_and_the_reference_that_it_had() -> None:
    earlier = (EarlierAttempt(1, "first", "pi_1", "no"), EarlierAttempt(2, "second", "pi_2", "no"))
    order = new_order(
        attempt=3, earlier_attempts=earlier, payment_service="third", payment_reference="pi_3"
    )
    found = [order.charged_at(attempt) for attempt in (1, 2, 3)]
    assert found == [("first", "pi_1"), ("second", "pi_2"), ("third", "pi_3")]


@pytest.mark.parametrize(
    ("service", "reference", "is_its"),
    [
        ("stripe:live:acme", "pi_1", True),
        ("stripe:live:acme", None, False),
        ("http:acme", "pi_1", False),
        ("http:acme", None, True),
    ],
)
def test_an_attempt_of_a_name_without_its_kind_is_told_by_its_reference(
    service: str, reference: str | None, is_its: bool
) -> None:
    earlier = (EarlierAttempt(1, "acme", reference, "no"),)
    # The other attempt has a reference where this one has none.
    other = "pi_2" if reference is None else None
    order = new_order(
        attempt=2, earlier_attempts=earlier, payment_service="acme", payment_reference=other
    )
    assert order.is_of(service, earlier[0]) is is_its
    assert order.is_of(service) is not is_its


def test_a_log_record_names_the_current_attempt() -> None:
    assert new_order(attempt=3).log_fields["attempt"] == 3


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({"status": S.DECLINED, "expires_at": NOW}, True),
        ({"status": S.DECLINED, "expires_at": NOW + 1}, False),
        ({"status": S.AUTHORIZED, "next_look_up_at": NOW}, True),
        ({"status": S.PENDING, "expires_at": NOW}, False),
        ({"status": S.PAID, "unsettled_since": None}, False),
    ],
    ids=str,
)
def test_it_waits_for_its_time_where_it_is_due_for_nothing_else(
    changes: dict[str, Any], waits: bool
) -> None:
    assert new_order(**changes).waits_for_its_time is waits


@pytest.mark.parametrize(
    ("attempt", "capture_before", "captured", "may"),
    [
        (2, None, 4200, True),
        (2, None, 4199, False),
        (2, NOW, 4199, True),
        (2, NOW, 4201, False),
        # The hold is the current attempt's: no other may be captured in part.
        (1, NOW, 4199, False),
        (1, NOW, 4200, True),
    ],
)
def test_only_of_the_current_attempts_hold_a_part_may_pay(
    attempt: int, capture_before: int | None, captured: int, may: bool
) -> None:
    order = new_order(attempt=2, amount=4200, capture_before=capture_before)
    proof = Captured("ch_1", captured, order.currency).proof_for(attempt)
    assert order.may_be_paid_by(proof) is may
