"""localstripe as the tests see it: its buyers' side, and its own list of charges."""

from __future__ import annotations

import contextlib
import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from checkout_stack.local.environment import make_environment
from checkout_stack.local.local_run import Paths

HERE = Path(__file__).parent
SECRET = "sk_test_12345"
CARD = "pm_card_visa"
REFUSED_CARD = "pm_card_chargeCustomerFail"
AUTHENTICATED_CARD = "4000002500003155"
AUTHENTICATED_AND_REFUSED_CARD = "4000008400001629"
PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class LocalStripe:
    """A running localstripe."""

    url: str

    def forget_everything(self) -> None:
        self._ask("DELETE", "/_config/data")

    def charges(self) -> list[dict[str, Any]]:
        """Every charge that took money, from its own list."""
        found = json.loads(self._ask("GET", "/v1/charges?limit=100"))["data"]
        return [each for each in found if each["status"] == "succeeded" and each["captured"]]

    def intents(self) -> dict[str, str]:
        """The status of every intent by its id."""
        found = json.loads(self._ask("GET", "/v1/payment_intents?limit=100"))["data"]
        return {intent["id"]: intent["status"] for intent in found}

    def confirm(self, intent: str) -> None:
        """What another worker does that holds the intent's id."""
        self._ask("POST", f"/v1/payment_intents/{intent}/confirm")

    def card(self, number: str) -> str:
        """A payment method with a card of that number."""
        card = {"number": number, "exp_month": 12, "exp_year": 2030, "cvc": "123"}
        fields = {f"card[{name}]": value for name, value in card.items()}
        made = json.loads(self._ask("POST", "/v1/payment_methods", {"type": "card", **fields}))
        return str(made["id"])

    def buyer_authenticates(self, client_secret: str, *, success: bool) -> None:
        """What Stripe's JavaScript does on the buyer's page, given the client secret."""
        intent = client_secret.partition("_secret_")[0]
        fields = {"client_secret": client_secret, "success": str(success).lower()}
        with contextlib.suppress(urllib.error.HTTPError):  # a bank's no, told to the page
            self._ask("POST", f"/v1/payment_intents/{intent}/_authenticate", fields)

    def send_webhooks_to(self, url: str, secret: str) -> None:
        """Tell an endpoint of every event."""
        self._ask("POST", "/_config/webhooks/checkout", {"url": url, "secret": secret})

    def _ask(self, method: str, path: str, fields: dict[str, Any] | None = None) -> bytes:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=urlencode(fields).encode() if fields else None,
            headers={"Authorization": f"Bearer {SECRET}"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            content: bytes = answer.read()
        return content


@contextlib.contextmanager
def serving() -> Iterator[LocalStripe]:
    """Serve until the end of the block, from an environment of its own."""
    state = Paths.of_this_clone().state
    python = make_environment(state / "localstripe-venv", group="localstripe", say=print)
    program = [python, HERE / "serve_localstripe.py"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            port = int(server.stdout.readline())
            yield LocalStripe(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
