"""Stands for Acme on this machine: its interface, its books, and its bad days."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

API_KEY = "acme-key-of-the-double"
LONGEST_HOLD_SECONDS = 30


class AcmeDouble(ThreadingHTTPServer):
    """Listens on loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.payments: dict[str, dict[str, Any]] = {}
        self.captured: list[str] = []
        self.trouble = ""
        self.gateway_status: int | None = None
        self.lock = threading.Lock()
        self.go_on = threading.Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    @contextmanager
    def in_trouble(self, trouble: str) -> Iterator[None]:
        """``loses``, ``fails``, ``fails after payment`` or ``holds`` its answers meanwhile."""
        self.trouble = trouble
        self.go_on.clear()
        try:
            yield
        finally:
            self.trouble = ""
            self.go_on.set()

    @contextmanager
    def behind_gateway(self, status: int) -> Iterator[None]:
        """Meanwhile a gateway answers in Acme's place, with a page."""
        self.gateway_status = status
        try:
            yield
        finally:
            self.gateway_status = None

    def pay(self, key: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Make a payment, or tell what the first request under its key came to."""
        with self.lock:
            if key not in self.payments:
                self.payments[key] = self._decide(key, asked)
            return self.payments[key]

    def give_up(self, key: str) -> dict[str, Any] | None:
        """Cancel a payment that is not paid or refused; None for one that is not there."""
        with self.lock:
            payment = self.payments.get(key)
            if payment is not None and payment["state"] not in ("paid", "refused"):
                payment = self.payments[key] = {"state": "given_up"}
            return payment

    def _decide(self, key: str, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["source"] == "card_refused":
            return {"state": "refused", "reason": "no_funds"}
        if asked["source"] == "card_3ds":
            url = f"https://bank.example/confirm/{len(self.payments)}"
            return {"state": "buyer_must_confirm", "confirm_url": url}
        if asked["source"] == "direct_debit":
            return {"state": "pending"}
        self.captured.append(key)
        amount, currency = asked["amount"], asked["currency"]
        payment_id = f"pay_{len(self.captured)}"
        return {"state": "paid", "id": payment_id, "amount": amount, "currency": currency}


class _Exchange(BaseHTTPRequestHandler):
    server: AcmeDouble

    def do_PUT(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["amount"] < 1:
            self._answer(lambda _: (422, {"error": "bad_request", "field": "amount"}))
        else:
            self._answer(lambda key: (200, self.server.pay(key, asked)))

    def do_GET(self) -> None:
        self._answer(lambda key: _found(self.server.payments.get(key)))

    def do_DELETE(self) -> None:
        self._answer(lambda key: _found(self.server.give_up(key)))

    def _answer(self, work: Any) -> None:
        trouble = self.server.trouble
        if self.server.gateway_status is not None:
            return self._write(self.server.gateway_status, b"<html><h1>gateway</h1></html>")
        if self.headers["Authorization"] != f"Bearer {API_KEY}":
            return self._send(401, {"error": "who_are_you"})
        if trouble == "fails":
            return self._send(500, {"error": "internal"})
        status, body = work(unquote(self.path.rpartition("/")[2]))
        if trouble == "fails after payment":
            return self._send(500, {"error": "internal"})
        if trouble == "loses":
            return None
        if trouble == "holds":
            self.server.go_on.wait(LONGEST_HOLD_SECONDS)
            return None
        return self._send(status, body)

    def _send(self, status: int, body: dict[str, Any]) -> None:
        self._write(status, json.dumps(body).encode())

    def _write(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def _found(payment: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
    return (404, {"error": "no_such_payment"}) if payment is None else (200, payment)


@contextmanager
def serving() -> Iterator[AcmeDouble]:
    """A double that answers meanwhile."""
    with AcmeDouble() as acme:
        thread = threading.Thread(target=acme.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield acme
        acme.shutdown()
        thread.join()
