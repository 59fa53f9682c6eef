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
        key: str,
        order: Mapping[str, object],
        *,
        timeout: float = PATIENCE_SECONDS,
    ) -> Answer | GaveUp:
        """``POST /orders``."""
        return self._ask("POST", "/orders", buyer, {"Idempotency-Key": key}, order, timeout)

    def get_order(self, buyer: Buyer | None, order_id: str) -> Answer:
        """``GET /orders/{id}``."""
        return _patient(self._ask("GET", f"/orders/{order_id}", buyer, {}, None, PATIENCE_SECONDS))

    def start_payment_attempt(
        self, buyer: Buyer, order_id: str, *, payment_method: str, replaces: int
    ) -> Answer:
        """``POST /orders/{id}/payment-attempts``."""
        body = {"payment_method": payment_method, "replaces": replaces}
        path = f"/orders/{order_id}/payment-attempts"
        return _patient(self._ask("POST", path, buyer, {}, body, PATIENCE_SECONDS))

    def resume(self, buyer: Buyer, order_id: str, *, attempt: int) -> Answer:
        """``POST /orders/{id}/resume``."""
        path = f"/orders/{order_id}/resume"
        return _patient(self._ask("POST", path, buyer, {}, {"attempt": attempt}, PATIENCE_SECONDS))

    def cancel(self, buyer: Buyer, order_id: str) -> Answer:
        """``POST /orders/{id}/cancel``."""
        path = f"/orders/{order_id}/cancel"
        return _patient(self._ask("POST", path, buyer, {}, None, PATIENCE_SECONDS))

    def _ask(
        self,
        method: str,
        path: str,
        buyer: Buyer | None,
        headers: Mapping[str, str],
        body: object,
        timeout: float,
    ) -> Answer | GaveUp:
        bearer = f"Bearer {buyer.id_token}" if buyer is not None else None
        sent = {"Host": self.host, "Authorization": bearer, **headers}
        began = time.monotonic()
        try:
            reply = request(self._port, method, path, headers=sent, body=body, timeout=timeout)
        except TimeoutError:
            return GaveUp()
        return Answer(reply.status, reply.headers, reply.fields(), time.monotonic() - began)


def _patient(answer: Answer | GaveUp) -> Answer:
    if isinstance(answer, GaveUp):
        raise TimeoutError(f"the API did not answer within {PATIENCE_SECONDS:.0f} s")
    return answer
