"""The stubs behind one port: HTTP/1.1, connections kept, answers delayed as asked.

Deliberately bare, so that it does not become what is measured: no framework, one event loop.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.stubs.aws import AwsStub
from bench.stubs.payments import PaymentStub

HEAD_END = b"\r\n\r\n"


@dataclass
class Stubs:
    """What answers, and how late payments are answered."""

    aws: AwsStub = field(default_factory=AwsStub)
    payments: PaymentStub = field(default_factory=PaymentStub)
    payment_ms: float = 0

    def answer(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, Any], float]:
        """Status, body and delay (seconds) of the answer to one request."""
        if path == "/bench/counts":
            return 200, {**self.aws.counts, "charged": self.payments.charged}, 0
        if path == "/bench/delays":
            self.payment_ms = json.loads(body)["payment_ms"]
            return 200, {}, 0
        if path.startswith("/payments"):
            self.aws.counts["payments"] += 1
            return *self.payments.charge(headers, body), self.payment_ms / 1000
        return *self.aws.answer(headers["x-amz-target"], body), 0


class _Connection(asyncio.Protocol):
    """Requests of one connection, one after the other."""

    def __init__(self, stubs: Stubs) -> None:
        self._stubs = stubs
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(HEAD_END)
        if not end:
            return
        request_line, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return
        self._received = rest[length:]
        status, fields, delay = self._stubs.answer(
            request_line.split(" ")[1], headers, rest[:length]
        )
        closes = headers.get("connection", "").lower() == "close"
        answer = _written(status, json.dumps(fields).encode(), closes=closes)
        if delay:
            asyncio.get_running_loop().call_later(delay, self._send, answer, closes)
        else:
            self._send(answer, closes)

    def _send(self, answer: bytes, closes: bool) -> None:
        self._transport.write(answer)
        if closes:
            self._transport.close()


def _written(status: int, body: bytes, *, closes: bool) -> bytes:
    head = (
        f"HTTP/1.1 {status} stub\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"x-amz-crc32: {zlib.crc32(body)}\r\n"
        "x-amzn-RequestId: stub\r\n"
        f"Connection: {'close' if closes else 'keep-alive'}\r\n\r\n"
    )
    return head.encode() + body


async def serve(stubs: Stubs, certificate: Path | None = None) -> None:
    """Serve on free ports of this machine, printed to standard output, until ended.

    The second port is one of TLS, if there is a certificate: a file with its key before it.
    """
    loop = asyncio.get_running_loop()
    contexts: list[ssl.SSLContext | None] = [None]
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        contexts.append(context)
    servers = [
        await loop.create_server(lambda: _Connection(stubs), "127.0.0.1", 0, ssl=each)
        for each in contexts
    ]
    print(*(each.sockets[0].getsockname()[1] for each in servers), flush=True)  # noqa: T201
    await asyncio.gather(*(each.serve_forever() for each in servers))
