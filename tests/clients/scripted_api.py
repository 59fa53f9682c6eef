"""The checkout's HTTP API as a script: real sockets, orders in memory, and faults on demand."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PROBLEM = "urn:idempotent-checkout:problem:"
SHOWN_STATES = {
    "pm_ok": ("PENDING", "CHARGING", "PAID"),
    "pm_declined": ("PENDING", "DECLINED"),
    "pm_action": ("PENDING", "ACTION_REQUIRED"),
    "pm_debit": ("PENDING", "PROCESSING"),
    "pm_review": ("UNKNOWN", "NEEDS_REVIEW"),
    "pm_held": ("PENDING", "AUTHORIZED"),
    "pm_cancelled": ("PENDING", "CANCELLED"),
    "pm_stuck": ("PENDING",),
}
"""What the answers show in turn of an order that is paid so; the last one stays."""
ACTION_URL = "https://bank.example/confirm"
MAX_ATTEMPTS = 3
PATIENCE_SECONDS = 15.0
LINGER_SECONDS = 5.0
"""How long a request hangs: longer than the pages of the tests wait."""
EXPOSED = "location, retry-after, idempotent-replayed"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is sent."""

    status: int
    body: Mapping[str, Any] | str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with one request."""

    works: bool = True
    """Whether the request is carried out."""
    answer: Answer | None = None
    """Sent in place of the API's own. Default: the connection is closed without an answer."""
    lingers: bool = False
    """Nothing happens for a while before that."""


LOST_REQUEST = Fault(works=False)
LOST_ANSWER = Fault()
HANGS = Fault(lingers=True)
CAPTIVE_PORTAL = Fault(works=False, answer=Answer(status=200, body="<p>Sign in to this network"))


def refusal(status: int, slug: str = "", *, retry_after: str | None = None) -> Fault:
    """An answer of a gateway without a word of the API, or with a problem's type."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    body = {"type": PROBLEM + slug, "title": slug} if slug else {"message": "no"}
    return Fault(works=False, answer=Answer(status=status, body=body, headers=headers))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that came in."""

    what: str
    """Method and path without order ids, such as ``GET /orders/*``."""
    key: str | None
    token: str | None
    body: dict[str, Any]


@dataclass
class Order:
    """An order in memory."""

    fields: dict[str, Any]
    content: object
    states: deque[str]
    payment_method: str


@dataclass
class ScriptedApi:
    """Answers as the deployed API does, unless told to fail."""

    asked: list[Asked] = field(default_factory=list)
    faults: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    """For the next requests, by what is asked."""
    orders: dict[str, Order] = field(default_factory=dict)
    """By key."""
    exposes_headers: bool = True
    has_later_fields: bool = True
    """``next``, ``attempts_left``, ``payment_method_ignored`` and ``GET /orders?key=``."""
    wanted_token: str | None = None
    buyer_acted: bool = False
    address: str = ""
    _dealt_with: list[str] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def keys(self) -> list[str | None]:
        """The keys under which orders were placed, in turn."""
        return [each.key for each in self.asked if each.what == "POST /orders"]

    def note(self, what: str) -> None:
        """Note that a request was dealt with, but for its answer."""
        with self._changed:
            self._dealt_with.append(what)
            self._changed.notify_all()

    def wait_for_placing(self, count: int) -> None:
        """Wait until so many requests to place an order were dealt with."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: self._dealt_with.count("POST /orders") >= count, PATIENCE_SECONDS
            )

    def assert_one_order(self, requests: int) -> None:
        """Fail unless so many requests placed one order under one key."""
        assert len(self.keys()) == requests
        assert len(set(self.keys())) == 1
        assert len(self.orders) == 1

    def whats(self) -> list[str]:
        """What was asked, in turn."""
        return [each.what for each in self.asked]

    def answer(self, method: str, path: str, asked: Asked) -> Answer:
        """Carry a request out."""
        if self.wanted_token not in (None, asked.token):
            return Answer(status=401, body={"message": "Unauthorized"})
        if asked.what == "POST /orders":
            return self._place(asked)
        if asked.what == "GET /orders?key=":
            key = path.partition("=")[2]
            return (
                self._shown(key) if self.has_later_fields and key in self.orders else _not_found()
            )
        key = next((k for k, o in self.orders.items() if o.fields["order_id"] in path), "")
        if not key:
            return _not_found()
        if path.endswith("/payment-attempts"):
            return self._try_another(key, asked.body)
        if path.endswith("/resume") and self.orders[key].states[0] == "ACTION_REQUIRED":
            self.orders[key].states = deque(
                ["UNKNOWN", "PAID" if self.buyer_acted else "ACTION_REQUIRED"]
            )
        return self._shown(key)

    def _place(self, asked: Asked) -> Answer:
        key, method = str(asked.key), asked.body.pop("payment_method", "")
        if not asked.key or method not in SHOWN_STATES:
            return _problem(422, "invalid-fields")
        order = self.orders.setdefault(
            key,
            Order(
                {"order_id": f"ord_{len(self.orders) + 1}", "attempt": 1, **asked.body},
                asked.body,
                deque(SHOWN_STATES[method]),
                method,
            ),
        )
        if order.content != asked.body:
            return _problem(422, "idempotency-key-reused")
        return self._shown(key, offered=method)

    def _try_another(self, key: str, body: dict[str, Any]) -> Answer:
        order, method = self.orders[key], body["payment_method"]
        attempt, state = order.fields["attempt"], order.states[0]
        if (attempt, order.payment_method) == (body["replaces"] + 1, method):
            return self._shown(key)
        if (attempt, state) != (body["replaces"], "DECLINED") or attempt == MAX_ATTEMPTS:
            return _problem(409, "attempt-not-replaceable")
        order.fields["attempt"] += 1
        order.states, order.payment_method = deque(SHOWN_STATES[method]), method
        return self._shown(key)

    def _shown(self, key: str, offered: str | None = None) -> Answer:
        order = self.orders[key]
        state = order.states[0] if len(order.states) == 1 else order.states.popleft()
        shown = {**order.fields, "status": state}
        if state == "ACTION_REQUIRED":
            shown["action_url"] = ACTION_URL
        if self.has_later_fields and offered not in (None, order.payment_method):
            shown["payment_method_ignored"] = True
        return Answer(status=200, body=shown)


def _problem(status: int, slug: str) -> Answer:
    return Answer(status=status, body={"type": PROBLEM + slug, "title": slug})


def _not_found() -> Answer:
    return _problem(404, "order-not-found")


@contextmanager
def serving(api: ScriptedApi) -> Iterator[ScriptedApi]:
    """Serve the API on loopback, to pages of any origin."""

    class Exchange(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            allowed = "authorization, content-type, idempotency-key"
            self._send(
                Answer(status=204, body="", headers={"Access-Control-Allow-Headers": allowed})
            )

        def do_GET(self) -> None:
            self._exchange("GET")

        def do_POST(self) -> None:
            self._exchange("POST")

        def _exchange(self, method: str) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(
                what=_what(method, self.path),
                key=self.headers.get("Idempotency-Key"),
                token=self.headers.get("Authorization"),
                body=json.loads(content or b"{}"),
            )
            api.asked.append(asked)
            fault = api.faults[asked.what].popleft() if api.faults[asked.what] else None
            answer = api.answer(method, self.path, asked) if not fault or fault.works else None
            api.note(asked.what)
            if fault is None:
                return self._send(answer) if answer else None
            if fault.lingers:
                closing.wait(LINGER_SECONDS)
            return self._send(fault.answer) if fault.answer else None

        def _send(self, answer: Answer) -> None:
            body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            self.send_response(answer.status)
            self.send_header("Access-Control-Allow-Origin", "*")
            if api.exposes_headers:
                self.send_header("Access-Control-Expose-Headers", EXPOSED)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    closing = threading.Event()
    with _listening(Exchange) as address:
        api.address = address
        yield api
        closing.set()


@contextmanager
def serving_files(files: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """Serve media types and texts by path, on an origin of their own; gives its address."""

    class Exchange(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            media_type, text = files.get(self.path, ("text/plain", ""))
            self.send_response(200 if self.path in files else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with _listening(Exchange) as address:
        yield address


@contextmanager
def _listening(exchange: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), exchange)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _what(method: str, path: str) -> str:
    if path.startswith("/orders?key="):
        return f"{method} /orders?key="
    parts = path.split("/")
    return f"{method} " + "/".join([*parts[:2], *(["*"] if len(parts) > 2 else []), *parts[3:]])
