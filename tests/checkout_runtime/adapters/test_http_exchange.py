"""One request, one answer, one deadline: on a real socket, whatever the other side does."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from checkout_runtime.adapters.http_exchange import (
    MAX_ANSWER_BYTES,
    HttpAnswer,
    NoAnswerError,
    UnusableUrlError,
    exchange,
    usable_url,
)
from checkout_stack.local.aws import LocalAws
from tests.checkout_runtime.adapters.answering_server import AnsweringServer, answering

DEADLINE_SECONDS = 0.3
SLACK_SECONDS = 0.4


@pytest.fixture
def server() -> Iterator[AnsweringServer]:
    with answering() as server:
        yield server


def ask(url: str, body: bytes | None = b"{}", timeout_seconds: float = 2) -> HttpAnswer:
    return exchange("POST", url, {"X-One": "1"}, body, timeout_seconds)


def test_the_request_says_where_it_goes_how_long_it_is_and_that_it_is_the_last(
    server: AnsweringServer,
) -> None:
    server.say(200, {})
    ask(f"{server.url}?shop=1#part", b'{"a":1}')
    assert server.target == "POST /charges?shop=1"
    assert server.headers["host"] == f"127.0.0.1:{server.port}"
    assert server.headers["content-length"] == "7"
    assert server.headers["connection"] == "close"
    assert server.headers["x-one"] == "1"
    assert server.body == {"a": 1}


UNUSABLE_URLS = (
    "",
    "pay.example.com",
    "ftp://pay.example.com/",
    "https://",
    "https:///charges",
    "https://:443/charges",
    "https://pay.example.com:99999/",
    "https://pay.example.com:0/",
    "https://pay.example.com:port/",
    "https://pay.example.com:-1/",
    "https://pay example.com/",
    "https://pay.example.com/a b",
    " https://pay.example.com/",
    "https://pay.example.com/\n",
    "https://pay.exa\tmple.com/",
    "https://pay.example.com/\x7f",
    "https://käse.example/",
    "https://pay.example.com/käse",
    "https://pay.example.com\\@evil.example/",
    "https://[::1/",
    "https://[nonsense]/",
    "https://pay..example.com/",
    f"https://{'a' * 64}.example.com/",
)


@pytest.mark.parametrize("url", UNUSABLE_URLS)
def test_a_url_that_nothing_can_be_sent_to_is_an_error_of_our_own(url: str) -> None:
    with pytest.raises(UnusableUrlError) as unusable:
        exchange("POST", url, {}, b"{}", 2)
    assert isinstance(unusable.value, NoAnswerError)
    assert not url or url not in str(unusable.value)
    with pytest.raises(UnusableUrlError):
        usable_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://pay.example.com",
        "HTTPS://Pay.Example.com:8443/charges?shop=%20#part",
        "https://xn--kse-qla.example/",
        "http://[::1]:8080/",
        "https://user:key@pay.example.com/",  # as before: the host is asked, the rest left out
    ],
)
def test_what_can_be_requested_is_usable(url: str) -> None:
    assert usable_url(url) == url


def test_an_address_without_a_path_asks_for_the_root(server: AnsweringServer) -> None:
    server.say(200, {})
    exchange("GET", f"http://localhost:{server.port}", {}, None, 2)
    assert server.target == "GET /"


INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"


@pytest.mark.parametrize("status", [100, 102, 103, 199])
@pytest.mark.parametrize("times", [1, 10])
def test_an_interim_answer_is_not_the_answer(
    times: int, status: int, server: AnsweringServer
) -> None:
    server.say(200, {"status": "captured"})
    server.answer = INTERIM.replace(b"103", str(status).encode()) * times + server.answer
    assert ask(server.url) == HttpAnswer(200, b'{"status": "captured"}')


def test_interim_answers_without_end_are_no_answer(server: AnsweringServer) -> None:
    server.say(200, {})
    server.answer = INTERIM * 11 + server.answer
    with pytest.raises(NoAnswerError, match="HTTPException"):
        ask(server.url)


def test_an_answer_that_ends_after_an_interim_one_is_none(server: AnsweringServer) -> None:
    server.answer = INTERIM
    with pytest.raises(NoAnswerError, match="ConnectionResetError"):
        ask(server.url)


def test_a_change_of_protocol_is_final(server: AnsweringServer) -> None:
    server.answer = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
    assert ask(server.url) == HttpAnswer(101, b"")


@pytest.mark.parametrize("status", [200, 204, 402, 404, 500])
def test_any_status_is_an_answer(status: int, server: AnsweringServer) -> None:
    server.answer = f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n\r\n".encode()
    assert ask(server.url) == HttpAnswer(status, b"")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(status: int, server: AnsweringServer) -> None:
    server.say(status, {}, headers=[f"Location: {server.url}/again"])
    assert ask(server.url).status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("ending", ["length", "close", "chunked"])
@pytest.mark.parametrize("size", [MAX_ANSWER_BYTES, MAX_ANSWER_BYTES + 1])
def test_the_longest_answer_is_read_and_one_byte_more_is_none(
    size: int, ending: str, server: AnsweringServer
) -> None:
    head, tail = {
        "length": (f"Content-Length: {size}\r\n\r\n", b""),
        "close": ("\r\n", b""),
        "chunked": (f"Transfer-Encoding: chunked\r\n\r\n{size:x}\r\n", b"\r\n0\r\n\r\n"),
    }[ending]
    server.answer = f"HTTP/1.1 200 OK\r\n{head}".encode() + b"x" * size + tail
    if size <= MAX_ANSWER_BYTES:
        assert ask(server.url).body == b"x" * size
    else:
        with pytest.raises(NoAnswerError, match="longer"):
            ask(server.url)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 " + b"O" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    ],
    ids=lambda answer: repr(answer)[:60],
)
def test_what_is_cut_off_or_not_http_is_no_answer(answer: bytes, server: AnsweringServer) -> None:
    server.answer = answer
    with pytest.raises(NoAnswerError):
        ask(server.url)
    assert len(server.requests) == 1


def test_an_interim_answer_is_waited_through(server: AnsweringServer) -> None:
    server.answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 OK\r\nContent-Length: 2\r\n\r\n{}"
    assert ask(server.url) == HttpAnswer(201, b"{}")


@pytest.mark.parametrize("bytes_before", [0, 17, 60])
def test_a_dripping_answer_ends_with_the_total_deadline(
    bytes_before: int, server: AnsweringServer
) -> None:
    server.drip = True
    server.answer = (b"HTTP/1.1 200 OK\r\n" + b"X-Y: zzzz\r\n" * 9)[:bytes_before] + b" " * 500
    began = time.monotonic()
    with pytest.raises(NoAnswerError):
        ask(server.url, timeout_seconds=DEADLINE_SECONDS)
    assert time.monotonic() - began < DEADLINE_SECONDS + SLACK_SECONDS


def test_a_server_that_reads_nothing_of_a_long_request_meets_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(NoAnswerError):
            ask(url, b"x" * 32_000_000, DEADLINE_SECONDS)
        assert time.monotonic() - began < DEADLINE_SECONDS + SLACK_SECONDS


def test_a_server_that_does_not_speak_tls_is_no_answer(server: AnsweringServer) -> None:
    server.say(200, {})
    with pytest.raises(NoAnswerError):
        ask(server.url.replace("http:", "https:"), timeout_seconds=DEADLINE_SECONDS)
    assert not [request for request in server.requests if b"X-One" in request]


def test_a_certificate_that_nobody_vouches_for_is_no_answer(
    local_aws: LocalAws,
) -> None:
    with pytest.raises(NoAnswerError, match="SSLCertVerificationError"):
        ask(local_aws.endpoint)


def test_a_connection_reset_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            client, _ = listener.accept()
            # Linger of nothing: closing sends a reset.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(NoAnswerError):
            ask(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://no-such-host.invalid/", "http://[::1]:1/"]
)
def test_nobody_there_is_no_answer(url: str) -> None:
    with pytest.raises(NoAnswerError):
        ask(url)


@pytest.mark.parametrize("value", ["a\r\nX-Two: 2", "a\nb", "\ud800", "schlüssel€"])
def test_a_header_that_would_be_two_is_not_sent_and_not_quoted(
    value: str, server: AnsweringServer
) -> None:
    server.say(200, {})
    with pytest.raises(NoAnswerError) as caught:
        exchange("POST", server.url, {"Authorization": value}, b"", 2)
    assert value not in str(caught.value)
    assert "X-Two" not in str(caught.value)
    assert server.requests == []


def test_no_socket_is_left_open(server: AnsweringServer, recwarn: pytest.WarningsRecorder) -> None:
    gc.collect()  # what earlier tests left
    recwarn.clear()
    server.say(200, {})
    for _ in range(3):
        ask(server.url)
    gc.collect()
    assert not [each for each in recwarn if issubclass(each.category, ResourceWarning)]
