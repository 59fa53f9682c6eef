"""Stripe as a script: it gives the answers that a test wrote down, and remembers what was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest

from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.factories import claimed_order
from tests.checkout_runtime.state_events import SetClock

SECRET = "sk_test_12345"
TIMEOUT_SECONDS = 10
ORDER = claimed_order(payment_reference="pi_1")
CONFIRM = "POST payment_intents/pi_1/confirm"
RETRIEVE = "GET payment_intents/pi_1"
CANCEL = "POST payment_intents/pi_1/cancel"
INTENT: dict[str, Any] = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "succeeded",
    "amount": 4200,
    "amount_received": 4200,
    "currency": "eur",
    "latest_charge": "ch_1",
    "metadata": {"order_id": ORDER.order_id, "attempt": "1"},
    "client_secret": "pi_1_secret_2",
    "next_action": None,
    "last_payment_error": None,
}

REFUSED = {"code": "card_declined", "decline_code": "insufficient_funds"}
"""What an intent says about the payment method that was refused last."""


def intent(status: str, **fields: Any) -> HttpAnswer:
    """The intent as Stripe writes it, in a status and with some fields replaced."""
    return HttpAnswer(200, json.dumps({**INTENT, "status": status, **fields}).encode())


def error(status: int, kind: str = "invalid_request_error", **fields: Any) -> HttpAnswer:
    """A refusal as Stripe writes it."""
    return HttpAnswer(status, json.dumps({"error": {"type": kind, **fields}}).encode())


class ScriptedStripe:
    """Says what it is told to say, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[HttpAnswer | NoAnswerError] = []
        self.asked: list[str] = []
        self.fields: list[dict[str, str]] = []
        self.headers: list[Mapping[str, str]] = []
        self.timeouts: list[float] = []
        self.secrets = StubSecrets(SECRET)
        self.clock = SetClock()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_seconds: float,
    ) -> HttpAnswer:
        self.asked.append(f"{method} {url.removeprefix('https://api.stripe.com/v1/')}")
        self.fields.append(dict(parse_qsl((body or b"").decode())))
        self.headers.append(headers)
        self.timeouts.append(timeout_seconds)
        answer = self.answers.pop(0)
        if isinstance(answer, NoAnswerError):
            raise answer
        return answer


Make = Callable[..., StripePaymentService]


@pytest.fixture
def stripe() -> ScriptedStripe:
    """Nothing is written down for it yet."""
    return ScriptedStripe()


@pytest.fixture
def make(stripe: ScriptedStripe) -> Make:
    """Make a payment service that asks it, with some options of its own."""

    def make(**changes: Any) -> StripePaymentService:
        options: dict[str, Any] = {
            "secret": CachedSecret(stripe.secrets, "arn", stripe.clock),
            "api_url": "https://api.stripe.com",
            "return_url": None,
            "timeout_seconds": TIMEOUT_SECONDS,
            "send": stripe.send,
            **changes,
        }
        return StripePaymentService(**options)

    return make


@pytest.fixture
def service(make: Make) -> StripePaymentService:
    """The payment service with its defaults."""
    return make()
