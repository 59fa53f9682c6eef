"""One HTTP request to a server of this machine, over a connection of its own."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from checkout_stack.local.ports import LOOPBACK


@dataclass(frozen=True)
class HttpReply:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""

    content: bytes

    def fields(self) -> dict[str, Any]:
        """The JSON object that it holds; what cannot be read stands under ``unreadable``."""
        try:
            fields = json.loads(self.content)
        except ValueError:
            return {"unreadable": self.content.decode(errors="replace")}
        return fields if isinstance(fields, dict) else {"unreadable": fields}


def request(
    port: int,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str | None] | None = None,
    body: object = None,
    form: Mapping[str, str] | None = None,
    timeout: float,
) -> HttpReply:
    """Send a request, with its body as JSON or as a form, and read the whole answer.

    :param headers: A header whose value is None is not sent.
    :param form: Its fields; then there is no ``body``.
    :param timeout: Seconds that each read may take.
    :raises OSError: if nobody listens, or (:class:`TimeoutError`) the answer takes too long.
    :raises http.client.HTTPException: if the answer is cut off or is not HTTP.
    """
    sent = {name: value for name, value in (headers or {}).items() if value is not None}
    content = None
    if body is not None:
        content = json.dumps(body).encode()
        sent["Content-Type"] = "application/json"
    if form is not None:
        content = urlencode(form).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request(method, path, content, sent)
        answer = connection.getresponse()
        received = {name.lower(): value for name, value in answer.getheaders()}
        return HttpReply(answer.status, received, answer.read())
    finally:
        connection.close()
