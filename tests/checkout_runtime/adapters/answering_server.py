"""A little HTTP server on loopback that answers one request with given bytes, and remembers it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

TICK_SECONDS = 0.02


@dataclass
class AnsweringServer:
    """What to say to every request, and what was asked."""

    port: int = 0
    answer: bytes = b""
    drip: bool = False
    """Send a byte at a time, slowly, for as long as the client stays."""
    silent: bool = False
    """Take the request and say nothing."""
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/charges"

    def say(self, status: int, body: object = None, *, headers: Sequence[str] = ()) -> None:
        """Answer with a status and a JSON body, or with raw bytes as the body."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content)}", *headers]
        self.answer = "\r\n".join([*lines, "", ""]).encode() + content

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the one request that was sent."""
        [request] = self.requests
        lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    @property
    def target(self) -> str:
        """Method and target of the one request that was sent."""
        [request] = self.requests
        return " ".join(request.decode().split(" ")[:2])

    @property
    def body(self) -> object:
        """The JSON body of the one request that was sent."""
        [request] = self.requests
        return json.loads(request.partition(b"\r\n\r\n")[2])


@contextlib.contextmanager
def answering() -> Iterator[AnsweringServer]:
    """Serve until the end of the block."""
    server = AnsweringServer()
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        listener.settimeout(TICK_SECONDS)

        def serve() -> None:
            while not stopped.is_set():
                with contextlib.suppress(OSError):
                    client, _ = listener.accept()
                    with client:
                        _answer(server, client, stopped)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server
        finally:
            stopped.set()
            thread.join()


def _answer(server: AnsweringServer, client: socket.socket, stopped: threading.Event) -> None:
    client.settimeout(1)
    request = b""
    while b"\r\n\r\n" not in request:
        received = client.recv(65536)
        if not received:
            return
        request += received
    head, _, body = request.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length: "):
            while len(body) < int(line.split()[1]):
                body += client.recv(65536)
    server.requests.append(head + b"\r\n\r\n" + body)
    if server.silent:
        stopped.wait(2)
    elif server.drip:
        for byte in server.answer:
            client.sendall(bytes([byte]))
            if stopped.wait(TICK_SECONDS):
                return
    else:
        client.sendall(server.answer)
