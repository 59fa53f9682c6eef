"""An HTTP API for a checkout that has none of its own, or none that the scenarios can call.

The real handlers answer, in this process, with the account's credentials. A bearer token is the
buyer's name. Run as a program; it reads the environment variables of the handlers.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from checkout_stack.local.own_app.assembly import OUR_HANDLERS
from checkout_stack.local.ports import LOOPBACK

SCOPE_FROM = [["jwt", "claims", "sub"]]
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def answer(method: str, path: str, headers: dict[str, str], body: str) -> dict[str, Any]:
    """What the handlers answer to a request, as API Gateway gets it."""
    scheme, _, buyer = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not buyer:
        return {"statusCode": 401, "body": json.dumps({"message": "Unauthorized"})}
    module, order_id = _route(method, [part for part in path.split("/") if part])
    if module is None:
        return {"statusCode": 404, "body": json.dumps({"message": "Not Found"})}
    event = {
        "version": "2.0",
        "rawPath": path,
        "headers": headers,
        "pathParameters": {"order_id": order_id} if order_id else {},
        "requestContext": {
            "http": {"method": method, "path": path},
            "authorizer": {"jwt": {"claims": {"sub": buyer}}},
        },
        "body": body,
        "isBase64Encoded": False,
    }
    return _handler(module)(event, None)


def _handler(module: str) -> Handler:
    """The handler of a module of the runtime, which this package deploys and does not import."""
    handler: Handler = import_module(f"{OUR_HANDLERS}{module}").handler
    return handler


def _route(method: str, parts: list[str]) -> tuple[str | None, str | None]:
    match (method, parts):
        case ("POST", ["orders"]):
            return "place_order", None
        case ("GET", ["orders", order_id]):
            return "get_order", order_id
        case ("POST", ["orders", order_id, "payment-attempts"]):
            return "start_payment_attempt", order_id
        case ("POST", ["orders", order_id, "resume"]):
            return "resume_payment", order_id
    return None, None


class _Requests(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the handlers have logs of their own."""

    def _respond(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode(errors="replace")
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = answer(self.command, urlsplit(self.path).path, headers, body)
        content = str(said.get("body", "")).encode()
        self.send_response(int(said["statusCode"]))
        for name, value in said.get("headers", {}).items():
            self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main(port: int) -> None:
    """Serve until the process is ended."""
    ThreadingHTTPServer((LOOPBACK, port), _Requests).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
