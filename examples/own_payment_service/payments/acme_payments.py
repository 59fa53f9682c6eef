"""Charges at Acme, an imaginary payment service behind HTTP.

``PUT /payments/{key}`` makes a payment once, however often it is sent; ``GET`` tells how it stands.
"""

from __future__ import annotations

import json
import os
from urllib.parse import quote

from checkout_runtime.payment_service import (
    ActionRequired,
    Captured,
    Declined,
    NoAnswer,
    NotFound,
    Order,
    Outcome,
    PaymentService,
    PaymentServiceSetup,
    Secret,
    Unknown,
    exchange,
)

BELOW_THE_TIMEOUT = 0.9
"""A call has to end before the checkout gives it up; the rest is for reading the secret."""


def make_payment_service(setup: PaymentServiceSetup) -> PaymentService:
    """Make the adapter; the construct names this function."""
    seconds = setup.timeout_seconds * BELOW_THE_TIMEOUT
    return AcmePayments(os.environ["ACME_URL"], setup.secrets["acme"], seconds)


class AcmePayments:
    """One account at Acme."""

    def __init__(self, url: str, secret: Secret, timeout_seconds: float) -> None:
        self._url = url
        self._secret = secret
        self._timeout_seconds = timeout_seconds

    def charge(self, order: Order) -> Outcome:
        """Make the payment of the order's current attempt."""
        payment = {
            "amount": order.amount,
            "currency": order.currency,
            "source": order.payment_method,
        }
        answer = self._ask("PUT", order.payment_key, json.dumps(payment).encode())
        return Unknown("charged_yet_not_found") if isinstance(answer, NotFound) else answer

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        """Ask how the payment stands."""
        return self._ask("GET", payment_key, None)

    def _ask(self, method: str, payment_key: str, body: bytes | None) -> Outcome | NotFound:
        url = f"{self._url}/payments/{quote(payment_key, safe='')}"
        headers = {"Authorization": f"Bearer {self._secret.value()}"}
        try:
            answer = exchange(method, url, headers, body, self._timeout_seconds)
        except NoAnswer as problem:
            return Unknown(str(problem), unavailable=True)
        if answer.status in (401, 403):
            self._secret.drop()
        if answer.status not in (200, 404):
            return Unknown(f"http_{answer.status}", unavailable=answer.status >= 500)
        match json.loads(answer.body):
            case {"state": "paid", "id": charge_id, "amount": amount, "currency": currency}:
                return Captured(charge_id, amount, currency)
            case {"state": "refused", "reason": reason}:
                return Declined(reason)
            case {"state": "buyer_must_confirm", "confirm_url": url}:
                return ActionRequired(url)
            case {"error": "no_such_payment"} if answer.status == 404:
                return NotFound()
        return Unknown(f"http_{answer.status}_unreadable")
