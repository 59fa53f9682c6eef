"""Webhooks of the payment service, signed as Standard Webhooks has it.

Only payments whose payment method ends in ``.webhook``, and their refunds, are told of: a run shows
both, orders that are told of and orders that have to be asked about.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import astuple, dataclass
from urllib.parse import urlsplit

from checkout_stack.local.payment_service.database import Database

__all__ = ["EndpointBook", "WebhookEndpoint", "Webhooks", "is_told"]

SUFFIX = "webhook"
SECONDS_BETWEEN_TRIES = (0.5, 2, 8)
LONGEST_ANSWER_SECONDS = 30
_FIRST_FAILURE = 300


@dataclass(frozen=True)
class WebhookEndpoint:
    """Where webhooks are sent, and the secret under which they are signed."""

    url: str
    """``http`` on this machine."""

    host: str
    """The ``Host`` header, by which the local AWS knows the API."""

    secret: str
    """``whsec_`` and base64."""


def is_told(payment_method: str) -> bool:
    """Tell whether payments by this method are told by webhooks.

    >>> is_told("pm_ok.webhook"), is_told("pm_ok.second-card")
    (True, False)
    """
    return payment_method.partition(".")[2] == SUFFIX


class EndpointBook:
    """Keeps the endpoints in the ledger's file, so that they get webhooks after a restart, too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, endpoint: WebhookEndpoint) -> None:
        """Send to this endpoint, too, from now on: each checkout has its own."""
        with self._database.transaction() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO webhook_endpoints VALUES (?, ?, ?)", astuple(endpoint)
            )

    def every(self) -> list[WebhookEndpoint]:
        """Each endpoint."""
        with self._database.transaction() as sql:
            found = sql.execute("SELECT url, host, secret FROM webhook_endpoints").fetchall()
            return [WebhookEndpoint(*row) for row in found]


class Webhooks:
    """Sends a webhook after each change of a payment, in a thread of its own."""

    def __init__(self, endpoints: EndpointBook, closing: threading.Event) -> None:
        """Send to the endpoints of a book; ``closing`` ends every wait."""
        self._endpoints = endpoints
        self._closing = closing

    def tell(self, payment_key: str, *, after: Callable[[], object] | None = None) -> None:
        """Say that something became of a payment or a refund, once ``after`` has returned.

        ``after``'s default: it is said now.
        """
        for endpoint in self._endpoints.every():
            told = (endpoint, payment_key, after)
            threading.Thread(target=self._deliver, args=told, daemon=True).start()

    def _deliver(
        self, endpoint: WebhookEndpoint, payment_key: str, after: Callable[[], object] | None
    ) -> None:
        if after is not None:
            after()
        body = json.dumps({"type": "payment.updated", "data": {"key": payment_key}}).encode()
        name = f"msg_{uuid.uuid4().hex}"
        for pause in (*SECONDS_BETWEEN_TRIES, 0):
            if self._closing.is_set() or _is_taken(endpoint, name, body):
                return
            self._closing.wait(pause)


def _is_taken(endpoint: WebhookEndpoint, name: str, body: bytes) -> bool:
    sent_at = str(int(time.time()))
    key = base64.b64decode(endpoint.secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{name}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "Host": endpoint.host,
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": sent_at,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    url = urlsplit(endpoint.url)
    connection = http.client.HTTPConnection(
        url.hostname or "", url.port, timeout=LONGEST_ANSWER_SECONDS
    )
    try:
        connection.request("POST", url.path, body, headers)
        return connection.getresponse().status < _FIRST_FAILURE
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
