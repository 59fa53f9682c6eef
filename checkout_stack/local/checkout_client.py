"""The client of a web shop: the checkout's HTTP API as a buyer's browser uses it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from checkout_stack.local.buyers import Buyer
from checkout_stack.local.loopback_http import request

PATIENCE_SECONDS = 20.0
_BAD_GATEWAY = 502
_STARTS_AGAIN_AFTER_SECONDS = (0.5, 1.0, 2.0)
"""MiniStack ends every environment of a function while one of them fails to start."""


@dataclass(frozen=True)
class Answer:
    """An answer of the API."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""

    body: dict[str, Any]
    seconds: float

    @property
    def is_replay(self) -> bool:
        """Whether it shows an order that was there before."""
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def function_ran(self) -> bool:
        """Whether it is a function's answer, or its error; not one of MiniStack, which runs it."""
        return self.status != _BAD_GATEWAY or self.body.get("errorType") != "RuntimeError"


@dataclass(frozen=True)
class GaveUp:
    """The client's own timeout was over before the answer came."""


def local_host(api_url: str, port: int) -> str:
    """Return the ``Host`` under which MiniStack, on its own port, answers for a deployed API."""
    api_id = str(urlsplit(api_url).hostname).partition(".")[0]
    return f"{api_id}.execute-api.localhost:{port}"


class CheckoutClient:
    """Sends requests to a deployed HTTP API, each over a connection of its own."""

    def __init__(self, api_url: str, port: int) -> None:
        self.host = local_host(api_url, port)
        self._port = port

    def place_order(
        self,
        buyer: Buyer | None,
        key: str | None,
        order: Mapping[str, object],
        *,
        timeout: float = PATIENCE_SECONDS,
    ) -> Answer | GaveUp:
        """``POST /orders``; a signed cart needs no key."""
        sent = {} if key is None else {"Idempotency-Key": key}
        return self._ask("POST", "/orders", _token_of(buyer), sent, order, timeout)

    def get_order(self, buyer: Buyer | None, order_id: str) -> Answer:
        """``GET /orders/{id}``."""
        return self._patiently("GET", f"/orders/{order_id}", _token_of(buyer))

    def get_order_of_cart(self, cart_token: str | None, order_id: str) -> Answer:
        """``GET /orders/{id}``, as the guest who holds a cart that the shop signed."""
        sent = {} if cart_token is None else {"Cart-Token": cart_token}
        return self._patiently("GET", f"/orders/{order_id}", None, sent)

    def start_payment_attempt(
        self, buyer: Buyer, order_id: str, *, payment_method: str, replaces: int
    ) -> Answer:
        """``POST /orders/{id}/payment-attempts``."""
        body = {"payment_method": payment_method, "replaces": replaces}
        path = f"/orders/{order_id}/payment-attempts"
        return self._patiently("POST", path, buyer.id_token, body=body)

    def resume(self, buyer: Buyer, order_id: str, *, attempt: int) -> Answer:
        """``POST /orders/{id}/resume``."""
        path = f"/orders/{order_id}/resume"
        return self._patiently("POST", path, buyer.id_token, body={"attempt": attempt})

    def cancel(self, buyer: Buyer, order_id: str) -> Answer:
        """``POST /orders/{id}/cancel``."""
        return self._patiently("POST", f"/orders/{order_id}/cancel", buyer.id_token)

    def capture(
        self,
        token: str | None,
        order_id: str,
        wanted: Mapping[str, object],
        *,
        timeout: float = PATIENCE_SECONDS,
    ) -> Answer:
        """``POST /orders/{id}/capture``, with the caller's token (None: without one).

        :raises TimeoutError: if no answer comes within ``timeout`` seconds.
        """
        path = f"/orders/{order_id}/capture"
        return self._patiently("POST", path, token, body=wanted, timeout=timeout)

    def refund(
        self,
        token: str | None,
        order_id: str,
        key: str,
        wanted: Mapping[str, object],
        *,
        timeout: float = PATIENCE_SECONDS,
    ) -> Answer:
        """``POST /orders/{id}/refunds``, with the caller's token (None: without one).

        :raises TimeoutError: if no answer comes within ``timeout`` seconds.
        """
        path, sent = f"/orders/{order_id}/refunds", {"Idempotency-Key": key}
        return self._patiently("POST", path, token, sent, wanted, timeout)

    def refunds(self, token: str | None, order_id: str) -> Answer:
        """``GET /orders/{id}/refunds``."""
        return self._patiently("GET", f"/orders/{order_id}/refunds", token)

    def _patiently(
        self,
        method: str,
        path: str,
        token: str | None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        timeout: float = PATIENCE_SECONDS,
    ) -> Answer:
        answer = self._ask(method, path, token, headers or {}, body, timeout)
        if isinstance(answer, GaveUp):
            raise TimeoutError(f"the API did not answer within {timeout:g} s")
        return answer

    def _ask(
        self,
        method: str,
        path: str,
        token: str | None,
        headers: Mapping[str, str],
        body: object,
        timeout: float,
    ) -> Answer | GaveUp:
        """Ask once, and again only where the function never ran."""
        bearer = f"Bearer {token}" if token is not None else None
        sent = {"Host": self.host, "Authorization": bearer, **headers}
        for pause in (*_STARTS_AGAIN_AFTER_SECONDS, None):
            began = time.monotonic()
            try:
                reply = request(self._port, method, path, headers=sent, body=body, timeout=timeout)
            except TimeoutError:
                return GaveUp()
            took = time.monotonic() - began
            answer = Answer(reply.status, reply.headers, reply.fields(), took)
            if answer.function_ran or pause is None:
                break
            time.sleep(pause)
        return answer


def _token_of(buyer: Buyer | None) -> str | None:
    return None if buyer is None else buyer.id_token
