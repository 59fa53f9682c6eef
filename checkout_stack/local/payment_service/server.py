"""The payment service over HTTP.

``POST /charges``, ``GET /charges?key=``, ``POST /charges/cancel``, ``POST /charges/captures`` and
``GET /charges/list`` are what a checkout uses, and what it needs for refunds.
``/_control/…`` is for tests: settings, the ledger, and forgetting keys.  Everything but
``/_control/health`` needs the bearer secret.
"""

from __future__ import annotations

import hmac
import json
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from checkout_stack.local.payment_service import messages
from checkout_stack.local.payment_service.ledger import Ledger
from checkout_stack.local.payment_service.listing import page_of, page_of_refunds
from checkout_stack.local.payment_service.messages import Answer
from checkout_stack.local.payment_service.payment_methods import UnknownPaymentMethodError
from checkout_stack.local.payment_service.service import (
    GatewayPage,
    NoAnswer,
    PaymentService,
    Reaction,
    Redirected,
    Unreadable,
)
from checkout_stack.local.payment_service.settings import Controls, SettingsError
from checkout_stack.local.payment_service.webhooks import WebhookEndpoint

ELSEWHERE = "/charges/elsewhere"
"""Where redirects point. A request that follows one is charged under a key of its own."""

LONGEST_BODY_BYTES = 64 * 1024


class PaymentServer(ThreadingHTTPServer):
    """Listens on loopback; one thread per connection."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, *, port: int, secret: str, ledger_file: Path) -> None:
        super().__init__(("127.0.0.1", port), _Exchange)
        self.secret = secret
        self.closing = threading.Event()
        self.ledger = Ledger(ledger_file)
        self.controls = Controls()
        self.service = PaymentService(self.ledger, self.controls, self.closing)

    def stop(self) -> None:
        """End every wait, stop listening and close the ledger; not from the serving thread."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        self.ledger.close()


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: PaymentServer

    def do_GET(self) -> None:
        self._respond("GET")

    def do_POST(self) -> None:
        self._respond("POST")

    def do_PUT(self) -> None:
        self._respond("PUT")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the ledger is the record."""

    def _respond(self, method: str) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if length > LONGEST_BODY_BYTES:
            self.close_connection = True
            self._send(messages.not_charged("too_long", "the body is too long", status=413))
            return
        body = self.rfile.read(length)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if (method, url.path) == ("GET", "/_control/health"):
            self._send(Answer(200, {"status": "up"}))
        elif not self._has_secret():
            self._send(Answer(401, {"error": "the bearer secret is missing or wrong"}))
        elif url.path.startswith("/_control/"):
            self._send(self._control(method, url.path, query, body))
        elif status := self.server.controls.settings.gateway_status:
            self._react(GatewayPage(status))
        elif (method, url.path) == ("POST", "/charges"):
            key = self.headers.get("Idempotency-Key", "")
            self._react(self.server.service.pay(key, body))
        elif url.path == ELSEWHERE:
            key = f"{self.headers.get('Idempotency-Key', '')}:elsewhere"
            self._react(self.server.service.pay(key, body))
        elif (method, url.path) == ("GET", "/charges"):
            self._react(self.server.service.look_up(query.get("key", "")))
        elif (method, url.path) == ("POST", "/charges/cancel"):
            self._cancel(body)
        elif (method, url.path) == ("POST", "/charges/captures"):
            key = self.headers.get("Idempotency-Key", "")
            self._react(self.server.service.capture(key, body))
        elif (method, url.path) == ("POST", "/charges/refunds"):
            key = self.headers.get("Idempotency-Key", "")
            self._react(self.server.service.refund(key, body))
        elif (method, url.path) == ("GET", "/charges/refunds"):
            self._send(self.server.service.look_up_refund(query.get("key", "")))
        elif (method, url.path) == ("GET", "/charges/list"):
            self._send(_list(self.server.ledger, query))
        else:
            self._send(Answer(404, {"error": f"no {method} {url.path} here"}))

    def _cancel(self, body: bytes) -> None:
        try:
            key = json.loads(body)["key"]
        except (ValueError, LookupError, TypeError):
            self._send(Answer(400, {"error": 'the body is not {"key": "..."}'}))
            return
        self._react(self.server.service.cancel(str(key)))

    def _react(self, reaction: Reaction) -> None:
        match reaction:
            case Answer():
                self._send(reaction)
            case GatewayPage(status):
                page = f"<html><body><h1>{status}</h1><hr>gateway</body></html>\r\n"
                self._write(status, "text/html", page.encode())
            case Redirected():
                self._send(Answer(307, {"error": "moved"}), location=ELSEWHERE)
            case Unreadable():
                self.close_connection = True
                self._send(Answer(200, {"status": "captured"}), cut_off=True)
            case NoAnswer():
                self.close_connection = True

    def _control(self, method: str, path: str, query: dict[str, str], body: bytes) -> Answer:
        server = self.server
        match method, path:
            case "GET", "/_control/settings":
                return Answer(200, asdict(server.controls.settings))
            case "PUT", "/_control/settings":
                try:
                    return Answer(200, asdict(server.controls.change(json.loads(body))))
                except (SettingsError, UnknownPaymentMethodError, ValueError) as problem:
                    return Answer(400, {"error": str(problem)})
            case "GET", "/_control/ledger":
                charges = server.ledger.charges(customer=query.get("customer"))
                return Answer(200, {"charges": charges})
            case "GET", "/_control/refunds":
                listed = server.ledger.refunds.listed(query.get("customer"))
                return Answer(200, {"refunds": listed})
            case "PUT", "/_control/webhooks":
                server.ledger.endpoints.add(WebhookEndpoint(**json.loads(body)))
                return Answer(200, {})
            case "POST", "/_control/webhooks/resend":
                server.service.webhooks.tell(query.get("key", ""))
                return Answer(200, {})
            case "GET", "/_control/holds":
                return Answer(200, {"holds": server.ledger.holds()})
            case "POST", "/_control/buyer-acts":
                return server.service.confirm(query.get("key", ""))
            case "POST", "/_control/hold-lapses":
                server.ledger.let_lapse(query.get("key", ""))
                return Answer(200, {})
            case "POST", "/_control/forget-keys":
                return Answer(200, {"forgotten": server.ledger.keys.forget_all()})
            case _:
                return Answer(404, {"error": f"no {method} {path} here"})

    def _has_secret(self) -> bool:
        given = self.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, f"Bearer {self.server.secret}".encode())

    def _send(self, answer: Answer, *, cut_off: bool = False, location: str = "") -> None:
        content = json.dumps(answer.body).encode()
        self._write(answer.status, "application/json", content, cut_off=cut_off, location=location)

    def _write(
        self,
        status: int,
        content_type: str,
        content: bytes,
        *,
        cut_off: bool = False,
        location: str = "",
    ) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if cut_off else content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller gave up; the outcome is in the ledger


def _list(ledger: Ledger, asked: dict[str, str]) -> Answer:
    if "refunded_from" in asked:
        return page_of_refunds(ledger.refunds.listed(None), asked)
    return page_of(ledger.charges(), asked)
