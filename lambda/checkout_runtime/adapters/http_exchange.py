"""One HTTP request and its answer under one total deadline.

The standard library's time-outs are per socket read: a server that sends a byte a second never
times out. Here the time that is left shrinks with every step: resolving the name, connecting to one
address after the other, the TLS handshake, every write and every read. No redirects, no retries,
and no connection is kept: a stale one would make an answer unknown for nothing.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from functools import cache

from checkout_runtime.adapters.host_addresses import host_addresses
from checkout_runtime.adapters.request_target import RequestTarget, request_target
from checkout_runtime.domain.record import Record

__all__ = ["HttpAnswer", "NoAnswerError", "UnusableUrlError", "exchange", "usable_url"]

MAX_ANSWER_BYTES = 64 * 1024
"""Far above any answer about one charge; a longer one is unreadable."""
MOST_INTERIM_ANSWERS = 10
"""Before the final one: a server that works long may say 102 now and then, and a proxy 103."""
_SWITCHING_PROTOCOLS = 101
"""The last that is said in HTTP/1.1, and so final (RFC 9110, section 15.2.2)."""


class HttpAnswer(Record):
    """A complete answer."""

    status: int
    body: bytes


class NoAnswerError(Exception):
    """No complete answer in time; the request may or may not have been carried out."""


class UnusableUrlError(NoAnswerError):
    """No request can be sent to the URL, and none was. The message does not quote the URL."""


def usable_url(url: str) -> str:
    """Return the URL, if a request can be sent there: asked at start, before any charge.

    Raises:
        UnusableUrlError: it has a space, no host, an invalid port, or the like.
    """
    _target_of(url)
    return url


def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    timeout_seconds: float,
    *,
    longest_answer_bytes: int = MAX_ANSWER_BYTES,
) -> HttpAnswer:
    """Send one request and return the complete answer.

    Raises:
        NoAnswerError: refused, cut off, malformed, too long, or not complete within the time-out.
        UnusableUrlError: a NoAnswerError; nothing was sent.
    """
    deadline = time.monotonic() + timeout_seconds
    target = _target_of(url)
    connection = _connection(target, deadline)
    try:
        connection.request(method, target.path, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        connection.head_is_read()
        content = response.read(longest_answer_bytes + 1)
        if len(content) > longest_answer_bytes:
            raise NoAnswerError(f"answer longer than {longest_answer_bytes} bytes")
        if response.length:
            raise NoAnswerError("answer cut off")
        return HttpAnswer(response.status, content)
    except OSError as problem:
        raise NoAnswerError(f"{type(problem).__name__}: {problem}") from problem
    except (http.client.HTTPException, ValueError) as problem:
        # Without its message, which may quote a header or the answer.
        raise NoAnswerError(type(problem).__name__) from problem
    finally:
        connection.hang_up()


def _target_of(url: str) -> RequestTarget:
    try:
        return request_target(url)
    except ValueError as problem:
        raise UnusableUrlError(str(problem)) from None


def _connection(target: RequestTarget, deadline: float) -> _DeadlineConnection:
    tls = _tls() if target.scheme == "https" else None
    return _DeadlineConnection(target.host, target.port, deadline, tls)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _FinalResponse(http.client.HTTPResponse):
    """The final answer: ``http.client`` skips 100 alone, and takes 102 or 103 for the answer."""

    def begin(self) -> None:
        """Read heads until one is final.

        Raises:
            HTTPException: none of them is.
        """
        for _ in range(MOST_INTERIM_ANSWERS + 1):
            super().begin()
            if self.status >= http.HTTPStatus.OK or self.status == _SWITCHING_PROTOCOLS:
                return
            self.headers = self.msg = None  # type: ignore[assignment]
        raise http.client.HTTPException("no final answer")


class _DeadlineConnection(http.client.HTTPConnection):
    """Connects, sends and reads before one deadline."""

    response_class = _FinalResponse

    def __init__(self, host: str, port: int, deadline: float, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, port)
        self.default_port = 443 if tls else 80
        self._deadline = deadline
        self._tls = tls
        self._open_socket: socket.socket | None = None

    def connect(self) -> None:
        sock = self._open_socket = self._connect_to_first_that_answers()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            # The time-out of a socket bounds the whole handshake (and ``sendall``), unlike a read.
            sock = self._open_socket = self._tls.wrap_socket(sock, server_hostname=self.host)
        self._reader = _DeadlineReader(sock, self._deadline)
        self.sock = _DeadlineSocket(sock, self._deadline, self._reader)

    def head_is_read(self) -> None:
        """From here on the end of the stream may be the end of the answer."""
        self._reader.may_end = True

    def hang_up(self) -> None:
        """Close the socket; ``close`` leaves it open for the answer that is still being read."""
        self.close()
        if self._open_socket is not None:
            self._open_socket.close()

    def _connect_to_first_that_answers(self) -> socket.socket:
        """Connect to one address after the other.

        Each has an equal share of the time that is left, so that one dead address does not use up
        the time of those that answer. Nothing was sent yet: to try another is no second request.
        """
        addresses = host_addresses(self.host, self.port, _left(self._deadline))
        problem: OSError = OSError("no address")
        for tried, (family, kind, protocol, _, address) in enumerate(addresses):
            share = _left(self._deadline) / (len(addresses) - tried)
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(share)
                sock.connect(address)
                sock.settimeout(_left(self._deadline))
            except OSError as error:
                sock.close()
                problem = error
            else:
                return sock
        raise problem


class _DeadlineSocket:
    """What ``http.client`` uses of a socket, with the time that is left as its time-out."""

    def __init__(self, sock: socket.socket, deadline: float, reader: _DeadlineReader) -> None:
        self._sock = sock
        self._deadline = deadline
        self._reader = reader

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        del mode  # always "rb"
        return io.BufferedReader(self._reader)

    def close(self) -> None:
        """Leave it open: ``http.client`` closes as soon as it has read the head of the answer."""


class _DeadlineReader(io.RawIOBase):
    """Reads the answer; ``http.client`` would take the end of the stream for the head's end."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self.may_end = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]
        self._sock.settimeout(_left(self._deadline))
        count = self._sock.recv_into(buffer)
        if count == 0 and not self.may_end:
            raise ConnectionResetError("cut off in the head of the answer")
        return count


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("total deadline passed")
    return left
