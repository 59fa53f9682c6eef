"""A server that does to each request what a script says, down to the bytes."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "ScriptedServer",
    "Sent",
    "answer",
    "drip",
    "hold",
    "raw",
    "refusal",
    "reset",
]

Step = Callable[[socket.socket], bool]
"""Answers one request; returns whether the connection stays open."""


@dataclass(frozen=True)
class Sent:
    """A request as it came in."""

    connection: int
    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def parameters(self) -> Any:
        """What the body says."""
        return json.loads(self.body)


@dataclass
class ScriptedServer:
    """Takes a step of the script for each request, and closes when there is none left."""

    tls: ssl.SSLContext | None = None
    steps: deque[Step] = field(default_factory=deque)
    requests: list[Sent] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def script(self, *steps: Step) -> None:
        """Say what becomes of the next requests."""
        self.steps.extend(steps)

    def close(self) -> None:
        """Stop listening and hang up."""
        for each in [self._listening, *self._open]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def hang_up(self) -> None:
        """Close every connection, as a server does with idle ones."""
        while self._open:
            connection = self._open.pop()
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                self._open.append(connection)
                arguments = (connection, self.connections)
                threading.Thread(target=self._serve, args=arguments, daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError), connection:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as reader:
                stays_open = True
                while stays_open and (line := reader.readline()):
                    self.requests.append(_request(number, line, reader))
                    step = self.steps.popleft() if self.steps else raw(b"")
                    stays_open = step(connection)


def _request(number: int, line: bytes, reader: Any) -> Sent:
    headers = {}
    while (header := reader.readline().decode().strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", 0)))
    return Sent(number, line.decode().strip(), headers, body)


def answer(
    members: Any = None, *, status: int = 200, headers: Iterable[str] = (), checked: bool = True
) -> Step:
    """A whole answer; the connection stays open."""
    body = members if isinstance(members, bytes) else json.dumps(members or {}).encode()
    check = [f"x-amz-crc32: {zlib.crc32(body)}"] * checked
    head = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *check, *headers]
    return raw("\r\n".join([*head, "", ""]).encode() + body, stays_open=True)


def refusal(code: str, status: int = 400, headers: Iterable[str] = (), **members: Any) -> Step:
    """An answer of AWS's that is an error."""
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    return answer({"__type": kind, **members}, status=status, headers=headers)


def raw(data: bytes, *, stays_open: bool = False) -> Step:
    """Bytes as they are; then the connection is closed, unless it stays open."""

    def step(connection: socket.socket) -> bool:
        connection.sendall(data)
        return stays_open

    return step


def drip(data: bytes, *, seconds: float = 0.05) -> Step:
    """A byte at a time."""

    def step(connection: socket.socket) -> bool:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(seconds)
        return True

    return step


def hold(seconds: float) -> Step:
    """Nothing, for a time."""

    def step(connection: socket.socket) -> bool:
        time.sleep(seconds)
        return False

    return step


def reset(connection: socket.socket) -> bool:
    """A step: break the connection off, as a crashed host does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return False
