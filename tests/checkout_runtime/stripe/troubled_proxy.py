"""A proxy before localstripe that lets go wrong what goes wrong between Stripe and a worker."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

CREATE = "/v1/payment_intents"
"""The path that makes an intent; the others end in what they do."""
PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Request:
    """One request as the proxy saw it."""

    method: str
    path: str
    key: str | None
    body: bytes

    @property
    def does(self) -> str:
        """create, retrieve, confirm or cancel."""
        if self.method == "GET":
            return "retrieve"
        return "create" if self.path == CREATE else self.path.rpartition("/")[2]


@dataclass
class Proxy:
    """What is to go wrong with the next request that does something; each trouble happens once."""

    upstream: str
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    lose_requests: list[str] = field(default_factory=list)
    """The connection breaks before the request arrives."""
    lose_answers: list[str] = field(default_factory=list)
    """The request is carried out, and the connection breaks."""
    answers_500: list[str] = field(default_factory=list)
    """A 500 without the request being carried out, replayed to all who repeat its key."""
    carries_out_and_500: list[str] = field(default_factory=list)
    """The same, but the request is carried out."""
    answers_instead: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Status and body of something else, without the request being carried out."""
    before_answer: dict[str, Callable[[], object]] = field(default_factory=dict)
    """What others do between the request and its answer."""
    before_request: dict[str, Callable[[], object]] = field(default_factory=dict)
    """What others do before the request arrives."""
    down: bool = False
    _replayed: set[str] = field(default_factory=set)

    def did(self) -> list[str]:
        """What was asked for, in order."""
        return [request.does for request in self.requests]

    def carry_out(self, request: Request, headers: dict[str, str]) -> tuple[int, bytes] | None:
        """Return status and body, or None where no answer arrives."""
        does = request.does
        self.requests.append(request)
        self.before_request.pop(does, lambda: None)()
        if self.down or _next(self.lose_requests, does):
            return None
        if request.key is not None and request.key in self._replayed:
            return _OLD_500
        if does in self.answers_instead:
            return self.answers_instead.pop(does)
        refused = _next(self.answers_500, does)
        carried_out = _next(self.carries_out_and_500, does)
        if (refused or carried_out) and request.key is not None:
            self._replayed.add(request.key)
        if refused:
            return _OLD_500
        answer = _forward(self.upstream, request, headers)
        self.before_answer.pop(does, lambda: None)()
        if _next(self.lose_answers, does):
            return None
        return _OLD_500 if carried_out else answer


_OLD_500 = (500, b'{"error": {"type": "api_error", "message": "An unknown error occurred"}}')


def _next(troubles: list[str], does: str) -> bool:
    if does in troubles:
        troubles.remove(does)
        return True
    return False


def _forward(upstream: str, request: Request, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(upstream).netloc, timeout=PATIENCE_SECONDS)
    with contextlib.closing(connection):
        kept = {k: v for k, v in headers.items() if k.lower() not in ("host", "connection")}
        connection.request(request.method, request.path, request.body or None, kept)
        answer = connection.getresponse()
        return answer.status, answer.read()


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        request = Request(
            self.command, self.path, self.headers.get("Idempotency-Key"), self.rfile.read(length)
        )
        answer = self.server.proxy.carry_out(request, dict(self.headers))
        self.close_connection = True
        if answer is None:
            return
        status, body = answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the base class's name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Requests are remembered, not printed."""


@contextlib.contextmanager
def proxying(upstream: str) -> Iterator[Proxy]:
    """Serve until the end of the block."""
    proxy = Proxy(upstream)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.proxy = proxy  # type: ignore[attr-defined]
        proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
