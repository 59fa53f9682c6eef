"""The HTTP API in this process for clients that speak WSGI: Schemathesis, and httpx."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from checkout_stack.api.commands import openapi_document
from simulator.http_api import HttpApi, Route
from tools.openapi import handlers, operations

TOKEN = "ada"


def routes() -> dict[Route, str]:
    """The routes of the shipped description, and the handlers that answer them."""
    answered_by = handlers()
    described = operations(openapi_document())
    return {(method, path): answered_by[method, path] for method, path, _ in described}


def wsgi(api: HttpApi) -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application that is the API; a bearer token is its buyer's name."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        # WSGI decodes the path, as bytes in a text (PEP 3333). A request has it encoded: a "?" or
        # a control character in an order's id is part of the id, and ends no path.
        path, query = quote(environ["PATH_INFO"].encode("latin-1")), environ.get("QUERY_STRING")
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        scheme, _, token = headers.get("AUTHORIZATION", "").partition(" ")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = api.request(
            environ["REQUEST_METHOD"],
            path + (f"?{query}" if query else ""),
            headers=headers,
            body=body,
            claims={"sub": token} if scheme == "Bearer" and token else None,
        )
        status = HTTPStatus(answer.status)
        start_response(f"{status.value} {status.phrase}", list(answer.headers.items()))
        return [answer.body.encode()]

    return application
