"""localstripe's own signed webhooks, over real HTTP, settle an order that nobody asks about."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from checkout_stack.local.aws import LocalAws
from tests.checkout_runtime.handlers.conftest import Functions, clear_caches, functions
from tests.checkout_runtime.handlers.queue_events import Context
from tests.checkout_runtime.stripe.local_stripe import AUTHENTICATED_CARD, LocalStripe
from tests.checkout_runtime.stripe.test_deployed_functions import at_stripe, deliver, placed

__all__ = ["at_stripe", "functions"]

pytestmark = pytest.mark.package
SECRET = "whsec_" + base64.b64encode(b"localstripe and we know it").decode()
SECONDS_TO_BE_PAID = 5.0
"""localstripe waits a second before it sends."""


@pytest.fixture
def endpoint(
    at_stripe: Functions,
    local_aws: LocalAws,
    fresh_name: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[str, list[int]]]:
    """The function behind HTTP: its address, and the statuses that it answered."""
    secret = local_aws.secrets_manager().create_secret(
        Name=fresh_name("webhooks"), SecretString=SECRET
    )
    monkeypatch.setenv("WEBHOOK_SECRET_ARN", secret["ARN"])
    clear_caches()
    answered: list[int] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            event: dict[str, Any] = {
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": base64.b64encode(body).decode(),
                "isBase64Encoded": True,
            }
            answered.append(at_stripe.receive_webhook(event, Context(29))["statusCode"])
            self.send_response(answered[-1])
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/payment-events", answered
        finally:
            server.shutdown()
            thread.join()


def test_a_buyer_who_confirms_and_closes_the_tab_is_paid_within_seconds(
    at_stripe: Functions, stripe: LocalStripe, endpoint: tuple[str, list[int]]
) -> None:
    url, answered = endpoint
    stripe.send_webhooks_to(url, SECRET)
    order_id = placed(at_stripe, stripe.card(AUTHENTICATED_CARD), "told")
    assert deliver(at_stripe, order_id)
    waiting = at_stripe.orders.get(order_id)
    assert waiting is not None
    assert waiting.status == "ACTION_REQUIRED"
    client_secret = str(waiting.action_url).removeprefix("stripe:")
    stripe.buyer_authenticates(client_secret, success=True)
    deadline = time.monotonic() + SECONDS_TO_BE_PAID
    status = None
    # The order is paid a moment before the endpoint has answered.
    while not (status == "PAID" and answered) and time.monotonic() < deadline:
        time.sleep(0.1)
        order = at_stripe.orders.get(order_id)
        status = order and order.status
    assert status == "PAID"
    assert set(answered) == {200}
    assert len(stripe.charges()) == 1
