"""Where a URL sends a request, found before anything is sent."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from checkout_runtime.domain.record import Record

__all__ = ["RequestTarget", "request_target"]

_PORTS = {"http": 80, "https": 443}
_UNUSABLE = re.compile(r"[^!-~]|\\")
"""Spaces, control characters, what is not ASCII, and what some clients read as a slash."""


class RequestTarget(Record):
    """What one request needs of its URL."""

    scheme: str
    """``http`` or ``https``."""
    host: str
    port: int
    path: str
    """Path and query, as the request line has them."""


def request_target(url: str) -> RequestTarget:
    """Return where a URL sends a request. Its fragment and user name are left out.

    Raises:
        ValueError: no request can be sent there. The message says why, without the URL, which may
            hold a secret.

    >>> request_target("https://pay.example.com/charges?shop=1").path
    '/charges?shop=1'
    """
    if _UNUSABLE.search(url):
        raise ValueError(
            "the URL holds a space, a control character, a backslash or a character that is not "
            "ASCII: write host names in punycode and percent-encode the rest"
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        usual_port = _PORTS.get(parts.scheme)
        if host:
            host.encode("idna")  # as the resolver will
    except ValueError:
        raise ValueError("the URL has no usable host and port") from None
    if usual_port is None or not host or port == 0:
        raise ValueError("the URL is not http or https with a host and a port from 1 to 65535")
    query = f"?{parts.query}" if parts.query else ""
    return RequestTarget(parts.scheme, host, port or usual_port, f"{parts.path or '/'}{query}")
