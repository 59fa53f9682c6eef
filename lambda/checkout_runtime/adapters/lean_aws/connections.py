"""HTTP connections to one host that are kept open, each exchange under one total deadline.

A time-out of a socket is per read, and a server that sends a byte a second never meets it. Here the
time that is left shrinks with every step. The standard library reads the answer.
"""

import http.client
import io
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from checkout_runtime.adapters.aws import AwsNoAnswerError
from checkout_runtime.adapters.host_addresses import host_addresses
from checkout_runtime.adapters.lean_aws.endpoints import Endpoint
from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError

__all__ = ["Answer", "Connections"]

IDLE_SECONDS = 30
"""How long a connection is kept without use: AWS closes one that was idle for longer. By the wall
clock, as the monotonic one may stand still while an execution environment is frozen."""
MOST_KEPT = 10
"""One for each charge that runs side by side: a batch has at most ten groups."""
LONGEST_ANSWER_BYTES = 32 * 1024 * 1024
"""Twice the most that DynamoDB puts into one answer."""
FIRST_FINAL_STATUS = 200
"""Below it are interim answers. ``http.client`` passes over 100 alone."""


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Connections:
    """Connections to one host; threads may share them."""

    def __init__(
        self,
        endpoint: Endpoint,
        tls: Callable[[], ssl.SSLContext],
        *,
        now: Callable[[], float] = time.time,
        longest_answer_bytes: int = LONGEST_ANSWER_BYTES,
    ) -> None:
        """Connect to nothing yet.

        Args:
            endpoint: The host.
            tls: Returns the TLS context, which is asked for if the endpoint is one of TLS.
            now: Seconds since 1970 UTC. Default: the system's wall clock.
            longest_answer_bytes: A longer answer is not read. Default: 32 MiB.
        """
        self._endpoint = endpoint
        self._tls = tls
        self._now = now
        self._longest = longest_answer_bytes
        self._idle: deque[tuple[float, _Connection]] = deque()

    def exchange(self, request: bytes, deadline: float) -> Answer:
        """Send a request and return the whole answer.

        Args:
            request: Head and body as they are sent.
            deadline: When to stop waiting, by ``time.monotonic``.

        Raises:
            AwsNoAnswerError: No connection, or no whole answer in time.
            NotUnderstoodError: The host has no name, its certificate is not trusted, or the answer
                is not HTTP.
        """
        connection = self._open(deadline)
        is_reusable = False
        try:
            answer, is_reusable = connection.exchange(request, deadline, self._longest)
        except OSError as problem:
            # The repeat goes over a connection that is new: the others may be as dead.
            self.close()
            raise AwsNoAnswerError(type(problem).__name__) from problem
        except (http.client.HTTPException, ValueError):
            # Without the problem itself, which may quote the answer.
            raise NotUnderstoodError("unreadable_answer", is_sent=True) from None
        finally:
            if is_reusable and len(self._idle) < MOST_KEPT:
                self._idle.append((self._now(), connection))
            else:
                connection.close()
        return answer

    def close(self) -> None:
        """Close what is idle."""
        with suppress(IndexError):  # Another thread may take or close the last one.
            while True:
                self._idle.pop()[1].close()

    def _open(self, deadline: float) -> "_Connection":
        """Return the connection that was used last if it is still good, else a new one."""
        while True:
            try:
                since, connection = self._idle.pop()
            except IndexError:
                return self._connect(deadline)
            # A clock that was set back says nothing about the age.
            if 0 <= self._now() - since <= IDLE_SECONDS and connection.is_quiet():
                return connection
            connection.close()

    def _connect(self, deadline: float) -> "_Connection":
        host, port = self._endpoint.host, self._endpoint.port
        context = self._tls() if self._endpoint.is_tls else None
        try:
            sock = _connected(host, port, deadline)
        except OSError as problem:
            raise AwsNoAnswerError(type(problem).__name__) from problem
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(_left(deadline))
            return _Connection(context.wrap_socket(sock, server_hostname=host) if context else sock)
        except OSError as problem:
            sock.close()
            broken_off = isinstance(problem, ssl.SSLEOFError | ssl.SSLZeroReturnError)
            if isinstance(problem, ssl.SSLError) and not broken_off:
                raise NotUnderstoodError("tls") from None
            raise AwsNoAnswerError(type(problem).__name__) from problem


def _connected(host: str, port: int, deadline: float) -> socket.socket:
    """Connect to one address after the other.

    Each has an equal share of the time that is left, so that a dead one does not use up the time of
    those that answer.
    """
    try:
        addresses = host_addresses(host, port, _left(deadline))
    except TimeoutError:
        raise
    except OSError:
        raise NotUnderstoodError("name") from None
    problem: OSError = OSError("no address")
    for tried, (family, kind, protocol, _, address) in enumerate(addresses):
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            problem = error
            continue
        try:
            sock.settimeout(_left(deadline) / (len(addresses) - tried))
            sock.connect(address)
        except OSError as error:
            sock.close()
            problem = error
        else:
            return sock
    raise problem


class _Connection:
    """One connection; ``http.client`` takes it for a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._reader = _Reader(_Bytes(sock))

    def exchange(self, request: bytes, deadline: float, longest: int) -> tuple[Answer, bool]:
        """Send a request; return the answer, and whether another can be sent after it."""
        unsent = memoryview(request)
        while unsent:
            self._sock.settimeout(_left(deadline))
            unsent = unsent[self._sock.send(unsent) :]
        self._reader.raw.deadline = deadline
        response = http.client.HTTPResponse(self, method="POST")  # type: ignore[arg-type]
        response.begin()
        has_no_end = response.length is None and not response.chunked
        if has_no_end or response.status < FIRST_FINAL_STATUS:
            # After an interim answer the answer itself is still on its way.
            raise http.client.UnknownTransferEncoding
        if (response.length or 0) > longest:
            raise AwsNoAnswerError("AnswerTooLong")
        body = response.read(longest + 1)
        if len(body) > longest:
            raise AwsNoAnswerError("AnswerTooLong")
        answer = Answer(response.status, response.msg, body)
        return answer, not response.will_close and not self._reader.has_more()

    def is_quiet(self) -> bool:
        """Tell that the other side neither closed nor sent anything that was not asked for."""
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return False
        poll = select.poll()
        poll.register(self._sock, select.POLLIN | select.POLLPRI)
        return not poll.poll(0)

    def makefile(self, mode: str) -> "_Reader":
        del mode  # always "rb"
        return self._reader

    def close(self) -> None:
        self._sock.close()


class _Bytes(io.RawIOBase):
    """What comes in before the deadline. The end of the stream is never the end of an answer."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.deadline = 0.0
        self.is_paused = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int | None:  # type: ignore[override]
        if self.is_paused:
            return None
        self._sock.settimeout(_left(self.deadline))
        count = self._sock.recv_into(buffer)
        if count == 0:
            raise ConnectionResetError("cut off")
        return count


class _Reader(io.BufferedReader):
    """The one buffer of a connection: what is left in it after an answer belongs to none."""

    raw: _Bytes

    def close(self) -> None:
        """Stay open: ``http.client`` closes after each answer."""

    def has_more(self) -> bool:
        self.raw.is_paused = True
        more = bool(self.peek(1))
        self.raw.is_paused = False
        return more


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("deadline passed")
    return left
