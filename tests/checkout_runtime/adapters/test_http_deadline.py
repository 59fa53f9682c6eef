"""The total deadline of a request: no name, no address and no handshake takes more than is left."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from checkout_runtime.adapters import http_exchange
from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError, exchange
from checkout_stack.local.aws import LocalAws
from tests.checkout_runtime.adapters.answering_server import AnsweringServer, answering

DEADLINE_SECONDS = 0.4
SLACK_SECONDS = 2.0
"""For a busy machine; without a deadline each of these takes half a minute, or for ever."""
AMPLE_SECONDS = 30.0
TICK_SECONDS = 0.02

Resolver = Callable[..., list[Any]]


@pytest.fixture
def server() -> Iterator[AnsweringServer]:
    with answering() as server:
        server.say(200, {})
        yield server


@pytest.fixture
def dead() -> Iterator[int]:
    """The port of a listener that drops whatever would connect: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        time.sleep(0.05)
        yield address[1]


def resolve_to(*ports: int) -> Resolver:
    """Stand for a name with several addresses; here they differ in their ports."""

    def resolve(*asked: Any, **options: Any) -> list[Any]:
        tcp = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [(*tcp, ("127.0.0.1", port)) for port in ports]

    return resolve


def ask(url: str, timeout_seconds: float = DEADLINE_SECONDS, body: bytes = b"{}") -> HttpAnswer:
    return exchange("POST", url, {}, body, timeout_seconds)


def seconds_until_no_answer(url: str, body: bytes = b"{}") -> float:
    began = time.monotonic()
    with pytest.raises(NoAnswerError):
        ask(url, body=body)
    return time.monotonic() - began


def test_a_resolver_that_blocks_takes_no_more_than_the_deadline(
    server: AnsweringServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    resolve = socket.getaddrinfo

    def blocked(*asked: Any, **options: Any) -> Any:
        assert go.wait(AMPLE_SECONDS)
        return resolve(*asked, **options)

    monkeypatch.setattr(socket, "getaddrinfo", blocked)
    taken = seconds_until_no_answer(server.url)
    go.set()
    assert DEADLINE_SECONDS <= taken < DEADLINE_SECONDS + SLACK_SECONDS
    # The thread that was left behind resolves a name; it sends no request.
    assert ask(server.url, AMPLE_SECONDS).status == 200
    assert len(server.requests) == 1


def test_after_a_slow_look_up_of_the_name_nothing_is_sent_late(
    server: AnsweringServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, clock = socket.getaddrinfo, time.monotonic
    late = [0.0]

    def slow_name(*address: Any, **options: Any) -> Any:
        late[0] = DEADLINE_SECONDS
        return resolve(*address, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow_name)
    monkeypatch.setattr(time, "monotonic", lambda: clock() + late[0])
    with pytest.raises(NoAnswerError, match="deadline"):
        ask(server.url)
    assert server.requests == []


def test_a_dead_address_leaves_time_for_the_next(
    dead: int, server: AnsweringServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolve_to(dead, server.port))
    began = time.monotonic()
    assert ask("http://shop.example/", timeout_seconds=2).status == 200
    # Half of the time for the first of two.
    assert 1 <= time.monotonic() - began < 2


def test_an_address_that_refuses_at_once_uses_up_nothing(
    server: AnsweringServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolve_to(1, server.port))
    began = time.monotonic()
    assert ask("http://shop.example/", AMPLE_SECONDS).status == 200
    assert time.monotonic() - began < AMPLE_SECONDS / 2


@pytest.mark.parametrize("addresses", [1, 3])
def test_dead_addresses_together_take_the_deadline_and_no_more(
    addresses: int, dead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolve_to(*[dead] * addresses))
    taken = seconds_until_no_answer("http://shop.example/")
    assert DEADLINE_SECONDS - TICK_SECONDS <= taken < DEADLINE_SECONDS + SLACK_SECONDS


def test_a_name_without_addresses_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolve_to())
    with pytest.raises(NoAnswerError, match="no address"):
        ask("http://shop.example/")


@contextlib.contextmanager
def serving(serve: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """Serve one connection in a thread until the end of the block."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(AMPLE_SECONDS)

        def accept() -> None:
            client, _ = listener.accept()
            with client, contextlib.suppress(OSError):
                serve(client, stopped)

        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        stopped.set()
        thread.join()


def test_a_handshake_that_drips_ends_with_the_total_deadline() -> None:
    def drip(client: socket.socket, stopped: threading.Event) -> None:
        client.recv(4096)
        # A record of the handshake that says it is long, and then comes byte by byte.
        client.sendall(b"\x16\x03\x03\x40\x00")
        while not stopped.wait(TICK_SECONDS):
            client.sendall(b"\x02")

    with serving(drip) as port:
        taken = seconds_until_no_answer(f"https://127.0.0.1:{port}/")
    assert DEADLINE_SECONDS <= taken < DEADLINE_SECONDS + SLACK_SECONDS


def test_a_server_that_reads_a_long_request_slowly_over_tls_meets_the_deadline(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=str(local_aws.certificate))
    monkeypatch.setattr(http_exchange, "_tls", lambda: trusting)
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(local_aws.certificate, local_aws.certificate.with_name("key.pem"))

    def read_slowly(client: socket.socket, stopped: threading.Event) -> None:
        with own.wrap_socket(client, server_side=True) as tls:
            while not stopped.wait(TICK_SECONDS):
                tls.recv(16 * 1024)

    with serving(read_slowly) as port:
        taken = seconds_until_no_answer(f"https://127.0.0.1:{port}/", b"x" * 32_000_000)
    assert DEADLINE_SECONDS <= taken < DEADLINE_SECONDS + SLACK_SECONDS
