"""A payment service behind plain HTTP: POST with ``Idempotency-Key``, GET to look up.

An answer describes this request, not the ones before it. What cannot be read beyond doubt is
``Unknown``: docs/payment-http.md holds the whole contract.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from checkout_runtime.adapters.answered_values import code_of, is_name, page_to_act_on
from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswer, exchange
from checkout_runtime.adapters.json_object import json_object
from checkout_runtime.adapters.secret import CachedSecret, SecretUnavailable
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Unknown,
)

__all__ = ["HttpPaymentService"]

_UNAUTHORIZED = (401, 403)
_PAYMENT_REQUIRED = 402
_NOT_FOUND = 404
_TOO_MANY = 429
_TELL_NOTHING = frozenset({401, 403, 408, 409, 422, 425, 429})
"""4xx that do not mean "not charged": 409 and 422 prove an earlier request, 408, 425 and 429 ask to
come back, 401 and 403 are about our secret, which may just have been rotated."""
_NO_REFUSAL = ("captured", "action_required")
_MAX_DETAIL = 200


class HttpPaymentService:
    """Charges and looks up by HTTP."""

    def __init__(
        self,
        *,
        url: str,
        look_up_url: str | None,
        cancel_url: str | None = None,
        secret: CachedSecret,
        timeout_seconds: float,
        send: Callable[..., HttpAnswer] = exchange,
    ) -> None:
        self._url = url
        self._look_up_url = look_up_url
        self._cancel_url = cancel_url
        self._secret = secret
        self._timeout_seconds = timeout_seconds
        self._send = send

    @property
    def can_cancel(self) -> bool:
        """Whether a cancel URL is configured."""
        return self._cancel_url is not None

    @property
    def can_look_up(self) -> bool:
        """Whether a look-up URL is configured."""
        return self._look_up_url is not None

    def prepare(self) -> None:
        """Read the secret before any order is claimed, so that its absence costs no try."""
        self._secret.value()

    def charge(self, order: Order) -> Outcome:
        """Request the current attempt of the order under its payment key, once."""
        request = {
            "order_id": order.order_id,
            "attempt": order.attempt,
            "amount": order.amount,
            "currency": order.currency,
            "customer": order.customer,
            "payment_method": order.payment_method,
        }
        headers = {"Idempotency-Key": order.payment_key, "Content-Type": "application/json"}
        if order.correlation_id is not None:
            headers["X-Correlation-Id"] = order.correlation_id
        answer = self._ask("POST", self._url, headers, json.dumps(request).encode())
        return answer if isinstance(answer, Unknown) else _outcome(answer)

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        """Ask what became of the requests under this key. Only the service's own word counts."""
        if self._look_up_url is None:
            return Unknown("no_look_up")
        separator = "&" if "?" in self._look_up_url else "?"
        url = f"{self._look_up_url}{separator}{urlencode({'key': payment_key})}"
        answer = self._ask("GET", url, {}, None)
        if isinstance(answer, Unknown):
            return answer
        if answer.status == _NOT_FOUND:
            return NotFound()
        outcome = _outcome(answer)
        return Unknown(f"http_{answer.status}") if isinstance(outcome, NotCharged) else outcome

    def cancel(self, payment_key: str) -> Outcome | Cancelled:
        """Ask to give up what waits under this key; where it is too late, learn what happened."""
        if self._cancel_url is None:
            return Unknown("no_cancel")
        headers = {"Idempotency-Key": f"{payment_key}:cancel", "Content-Type": "application/json"}
        body = json.dumps({"key": payment_key}).encode()
        answer = self._ask("POST", self._cancel_url, headers, body)
        if isinstance(answer, Unknown):
            return answer
        if answer.status == 200 and (json_object(answer.body) or {}).get("status") == "cancelled":
            return Cancelled()
        outcome = _outcome(answer)
        return Unknown(f"http_{answer.status}") if isinstance(outcome, NotCharged) else outcome

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> HttpAnswer | Unknown:
        try:
            authorized = {**headers, "Authorization": f"Bearer {self._secret.value()}"}
            answer = self._send(method, url, authorized, body, self._timeout_seconds)
        except SecretUnavailable as problem:
            return Unknown(f"secret {problem}", unavailable=True)
        except NoAnswer as problem:
            return Unknown(str(problem)[:_MAX_DETAIL], unavailable=True)
        if answer.status in _UNAUTHORIZED:
            self._secret.drop()
        return answer


def _outcome(answer: HttpAnswer) -> Outcome:
    """Return what an answer to a charge says about the money."""
    status = answer.status
    if 400 <= status < 500 and (json_object(answer.body) or {}).get("status") in _NO_REFUSAL:
        return Unknown(f"http_{status}_contradicts_its_body")
    if status == _PAYMENT_REQUIRED:
        return Declined(_decline_code(json_object(answer.body) or {}))
    if 400 <= status < 500 and status not in _TELL_NOTHING:
        return NotCharged(f"http_{status}")
    if not 200 <= status < 300 or status == 202:
        return Unknown(f"http_{status}", unavailable=status >= 500 or status == _TOO_MANY)
    return _outcome_of_success(answer)


def _outcome_of_success(answer: HttpAnswer) -> Outcome:
    fields = json_object(answer.body) or {}
    match fields:
        case {"status": "captured", "charge_id": str(charge_id), "currency": str(currency)} if (
            answer.status in (200, 201)
            and is_name(charge_id)
            and is_name(currency)
            and type(fields.get("amount")) is int
        ):
            return Captured(charge_id, fields["amount"], currency)
        case {"status": "declined"}:
            return Declined(_decline_code(fields))
        case {"status": "cancelled"}:
            return Declined("cancelled")
        case {"status": "action_required"}:
            return ActionRequired(page_to_act_on(fields.get("action_url")))
    return Unknown(f"http_{answer.status}_unreadable")


def _decline_code(fields: Mapping[str, Any]) -> str:
    return code_of(fields.get("decline_code"), otherwise="declined")
