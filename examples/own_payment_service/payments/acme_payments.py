"""Charges at Acme, an imaginary payment service behind HTTP.

``PUT /payments/{key}`` makes a payment once, however often it is sent; ``GET`` tells its state;
``DELETE`` cancels it. Acme says what became of a payment in the ``state`` of a JSON object, and
that there is none in its ``error``: these are its words. An answer without one decides nothing,
whatever its status is, as gateways between here and Acme answer in statuses too.
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

from checkout_runtime.payment_service import (
    ActionRequired,
    CancellablePaymentService,
    Cancelled,
    Captured,
    Declined,
    HttpAnswer,
    NoAnswerError,
    NotCharged,
    NotFound,
    Order,
    Outcome,
    PaymentServiceSetup,
    Processing,
    Secret,
    Unknown,
    bare_answer,
    exchange,
)

BELOW_THE_TIMEOUT = 0.9
"""A call has to end before the checkout abandons it; the rest is for reading the secret."""


def make_payment_service(setup: PaymentServiceSetup) -> CancellablePaymentService:
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
        if isinstance(answer, Cancelled):
            return Declined("cancelled")
        return Unknown("charged_yet_not_found") if isinstance(answer, NotFound) else answer

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        """Ask what became of the payment."""
        answer = self._ask("GET", payment_key, None)
        return Declined("cancelled") if isinstance(answer, Cancelled) else answer

    def cancel(self, payment_key: str) -> Outcome | NotFound | Cancelled:
        """Cancel the payment, so that it is never made."""
        return self._ask("DELETE", payment_key, None)

    def _ask(
        self, method: str, payment_key: str, body: bytes | None
    ) -> Outcome | NotFound | Cancelled:
        url = f"{self._url}/payments/{quote(payment_key, safe='')}"
        headers = {"Authorization": f"Bearer {self._secret.value()}"}
        try:
            answer = exchange(method, url, headers, body, self._timeout_seconds)
        except NoAnswerError as problem:
            return Unknown(str(problem), unavailable=True)
        if answer.status in (401, 403):
            self._secret.drop()
        return _verdict(answer)


def _verdict(answer: HttpAnswer) -> Outcome | NotFound | Cancelled:
    """Read Acme's word, under the status that Acme documents for it."""
    match answer.status, _fields(answer):
        case 200, {"state": "paid", "id": charge_id, "amount": amount, "currency": currency}:
            return Captured(charge_id, amount, currency)
        case 200, {"state": "refused", "reason": reason}:
            return Declined(reason)
        case 200, {"state": "buyer_must_confirm", "confirm_url": url}:
            return ActionRequired(url)
        case 200, {"state": "pending"}:
            return Processing()
        case 200, {"state": "given_up"}:
            return Cancelled()
        case 422, {"error": "bad_request", "field": field}:
            return NotCharged(f"bad_{field}")
        case 404, {"error": "no_such_payment"}:
            return NotFound()
    return bare_answer(answer.status, f"http_{answer.status}")


def _fields(answer: HttpAnswer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:  # a page of something in between, or half an answer
        return None
