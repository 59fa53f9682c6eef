"""A payment service behind plain HTTP: POST with ``Idempotency-Key``, GET to look up.

An answer describes this request, not the ones before it. What counts as an answer is in
``http_words``; docs/guide/payment-http.md holds the whole contract.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from checkout_runtime.adapters.http_exchange import (
    HttpAnswer,
    NoAnswerError,
    exchange,
    usable_url,
)
from checkout_runtime.adapters.http_words import (
    answer_to_cancel,
    answer_to_charge,
    answer_to_look_up,
)
from checkout_runtime.adapters.secret import CachedSecret, SecretUnavailableError
from checkout_runtime.domain.hold_answers import may_be_answered_by_hold
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Unknown,
)
from checkout_runtime.domain.service_name import name_of_kind

if TYPE_CHECKING:
    from checkout_runtime.domain.refund import Refund
    from checkout_runtime.domain.refund_outcomes import RefundAnswer, RefundLookUp

__all__ = ["HttpPaymentService"]

_UNAUTHORIZED = (401, 403)
_MAX_DETAIL = 200


class HttpPaymentService:
    """Charges and looks up by HTTP."""

    def __init__(
        self,
        *,
        url: str,
        look_up_url: str | None,
        cancel_url: str | None = None,
        refund_url: str | None = None,
        capture_url: str | None = None,
        captures_later: bool = False,
        secret: CachedSecret,
        timeout_seconds: float,
        name: str | None = None,
        send: Callable[..., HttpAnswer] = exchange,
    ) -> None:
        """Take what is needed to ask.

        With ``captures_later`` a charge asks for a hold. A ``capture_url`` is enough to capture
        holds that were made before.

        Raises:
            UnusableUrlError: no request can be sent to one of the URLs.
        """
        self._url = usable_url(url)
        self._name = name_of_kind("http", name) if name else _name_of(url)
        self._look_up_url = None if look_up_url is None else usable_url(look_up_url)
        self._cancel_url = None if cancel_url is None else usable_url(cancel_url)
        self._refund_url = None if refund_url is None else usable_url(refund_url)
        self._capture_url = None if capture_url is None else usable_url(capture_url)
        self._captures_later = captures_later
        self._secret = secret
        self._timeout_seconds = timeout_seconds
        self._send = send

    @property
    def name(self) -> str:
        """``http:`` and the configured name, or the host and path where charges are made."""
        return self._name

    @property
    def can_cancel(self) -> bool:
        """Whether a cancel URL is configured."""
        return self._cancel_url is not None

    @property
    def can_look_up(self) -> bool:
        """Whether a look-up URL is configured."""
        return self._look_up_url is not None

    @property
    def can_refund(self) -> bool:
        """Whether a refund URL is configured."""
        return self._refund_url is not None

    @property
    def can_look_up_refunds(self) -> bool:
        """Whether look-ups are configured: who answers those of charges, answers these too."""
        return self.can_refund and self.can_look_up

    @property
    def captures_later(self) -> bool:
        """Whether a charge asks for a hold."""
        return self._captures_later

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
        if self._captures_later:
            request["capture"] = "later"
        headers = _headers_of(order, order.payment_key)
        answer = self._ask("POST", self._url, headers, json.dumps(request).encode())
        if isinstance(answer, Unknown):
            return answer
        holds = may_be_answered_by_hold(
            order, captures_later=self._captures_later, knows_holds=self._knows_holds
        )
        return answer_to_charge(answer, holds=holds)

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        """Ask what became of the requests under this key. Only the service's own word counts."""
        if self._look_up_url is None:
            return Unknown("no_look_up")
        answer = self._ask("GET", _with_key(self._look_up_url, payment_key), {}, None)
        if isinstance(answer, Unknown):
            return answer
        return answer_to_look_up(answer, holds=self._knows_holds)

    def cancel(self, payment_key: str) -> Outcome | NotFound | Cancelled:
        """Ask to cancel what waits under this key; where it is too late, learn what happened."""
        if self._cancel_url is None:
            return Unknown("no_cancel")
        headers = {"Idempotency-Key": f"{payment_key}:cancel", "Content-Type": "application/json"}
        body = json.dumps({"key": payment_key}).encode()
        answer = self._ask("POST", self._cancel_url, headers, body)
        if isinstance(answer, Unknown):
            return answer
        return answer_to_cancel(answer, holds=self._knows_holds)

    def capture(self, order: Order, amount: int) -> Captured | Declined | NotCharged | Unknown:
        """Request so much of the order's hold under its capture key, once."""
        from checkout_runtime.adapters.http_capture_words import answer_to_capture

        if self._capture_url is None:
            return Unknown("no_capture")
        request = {
            "order_id": order.order_id,
            "payment_key": order.payment_key,
            "charge_id": order.charge_id,
            "amount": amount,
            "currency": order.currency,
        }
        headers = _headers_of(order, order.capture_key)
        answer = self._ask("POST", self._capture_url, headers, json.dumps(request).encode())
        return answer if isinstance(answer, Unknown) else answer_to_capture(answer)

    def refund(self, refund: Refund) -> RefundAnswer:
        """Request the refund under its payment key, once."""
        from checkout_runtime.adapters.http_refund_words import answer_to_refund

        if self._refund_url is None:
            return Unknown("no_refund")
        request = {
            "order_id": refund.order_id,
            "charge_id": refund.charge_id,
            "amount": refund.amount,
            "currency": refund.currency,
        }
        headers = {"Idempotency-Key": refund.payment_key, "Content-Type": "application/json"}
        answer = self._ask("POST", self._refund_url, headers, json.dumps(request).encode())
        return answer if isinstance(answer, Unknown) else answer_to_refund(answer)

    def look_up_refund(self, refund: Refund) -> RefundLookUp:
        """Ask what became of the requests under the refund's payment key."""
        from checkout_runtime.adapters.http_refund_words import answer_to_refund_look_up

        if self._refund_url is None:
            return Unknown("no_refund")
        answer = self._ask("GET", _with_key(self._refund_url, refund.payment_key), {}, None)
        return answer if isinstance(answer, Unknown) else answer_to_refund_look_up(answer)

    @property
    def _knows_holds(self) -> bool:
        """Whether a look-up may tell of a hold: also one that was asked for before charges were
        captured at once, as long as it can be captured."""
        return self._capture_url is not None

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> HttpAnswer | Unknown:
        try:
            authorized = {**headers, "Authorization": f"Bearer {self._secret.value()}"}
            answer = self._send(method, url, authorized, body, self._timeout_seconds)
        except SecretUnavailableError as problem:
            return Unknown(f"secret {problem}", unavailable=True)
        except NoAnswerError as problem:
            return Unknown(str(problem)[:_MAX_DETAIL], unavailable=True)
        if answer.status in _UNAUTHORIZED:
            self._secret.drop()
        return answer


def _headers_of(order: Order, key: str) -> dict[str, str]:
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    if order.correlation_id is not None:
        headers["X-Correlation-Id"] = order.correlation_id
    return headers


def _with_key(url: str, payment_key: str) -> str:
    separator = "&" if "?" in url else "?"
    return f"{url}{separator}{urlencode({'key': payment_key})}"


def _name_of(url: str) -> str:
    """Return a name for the service at an address; without what may be secret or change in it.

    >>> _name_of("https://user:key@payments.example.com/v1/charges?tenant=7")
    'http:payments.example.com/v1/charges'
    """
    parts = urlsplit(url)
    return f"http:{parts.netloc.rpartition('@')[2].lower()}{parts.path.rstrip('/')}"
