"""Answers that a gateway gave in Stripe's place decide nothing, whatever their status."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkout_runtime.adapters.http_exchange import HttpAnswer
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.domain.outcomes import (
    Unknown,
)
from tests.checkout_runtime.adapters.scripted_stripe import (
    ORDER,
    ScriptedStripe,
    error,
    intent,
    make,
    service,
    stripe,
)
from tests.checkout_runtime.factories import new_order

__all__ = ["make", "service", "stripe"]

NOT_STRIPES = [
    b"<html>",
    b"",
    b"{}",
    b'{"message": "Forbidden"}',
    b'{"error": "invalid_grant"}',
    b'{"error": {"message": "no type"}}',
    b'{"error": {"type": "not_stripes_error", "code": "card_declined"}}',
    b'{"error": {"type": ["card_error"]}}',
    b'{"error": {"type": "card_error"}, "error": {"type": "card_error"}}',
    b'{"error": {"type": "card_error", "type": "card_error"}}',
]
"""What a gateway, a proxy or a firewall says, under any status."""


@pytest.mark.parametrize(
    ("status", "unavailable", "later"),
    [
        (200, False, False),
        (201, False, False),
        (202, False, True),
        (301, False, False),
        (400, False, False),
        (401, False, False),
        (402, False, False),
        (403, False, False),
        (404, False, False),
        (407, False, False),
        (408, False, True),
        (409, False, True),
        (422, False, False),
        (423, False, True),
        (425, False, True),
        (429, True, False),
        (499, False, False),
        (502, True, False),
        (503, True, False),
        (504, True, False),
    ],
)
@pytest.mark.parametrize("step", ["open", "charge", "look_up", "cancel"])
def test_an_answer_that_is_not_stripes_decides_nothing_whatever_its_status(
    step: str,
    status: int,
    unavailable: bool,
    later: bool,
    stripe: ScriptedStripe,
    service: StripePaymentService,
) -> None:
    asked: Any = getattr(service, step)
    for body in NOT_STRIPES:
        stripe.answers = [HttpAnswer(status, body)]
        outcome = asked({"open": new_order(), "charge": ORDER}.get(step, "pi_1"))
        expected = Unknown(
            f"http_{status}_unreadable",
            unavailable=unavailable,
            without_word=not (unavailable or later),
            later=later,
            refuses_us=status in (401, 403, 407),
        )
        assert outcome == expected, body


@pytest.mark.parametrize("status", [201, 202, 204, 301, 400, 402, 500])
def test_an_intent_counts_only_under_the_status_that_stripe_gives_it(
    status: int, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    for fields in ({"status": "succeeded"}, {"status": "canceled"}):
        body = json.loads(intent(**fields).body)
        stripe.answers = [HttpAnswer(status, json.dumps(body).encode())]
        assert isinstance(service.look_up("pi_1"), Unknown)


@pytest.mark.parametrize("status", [201, 204, 301, 399])
def test_a_refusal_counts_only_under_the_status_of_an_error(
    status: int, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [error(status, "card_error", code="card_declined")]
    assert service.open(new_order()) == Unknown(f"http_{status}_unreadable", without_word=True)
