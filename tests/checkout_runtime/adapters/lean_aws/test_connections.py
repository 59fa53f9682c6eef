"""What a network does to a call: one repeat of what may have been done, never two orders."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from checkout_runtime.adapters import host_addresses
from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError
from checkout_runtime.adapters.lean_aws import connections, tries
from checkout_runtime.adapters.lean_aws.endpoints import endpoint_of
from checkout_runtime.adapters.lean_aws.tries import CALL_SECONDS, MOST_LOST, TRY_SECONDS
from checkout_stack.local.aws import LocalAws
from tests.checkout_runtime.adapters.lean_aws.conftest import Lean
from tests.checkout_runtime.adapters.lean_aws.scripted_server import (
    ScriptedServer,
    Step,
    answer,
    drip,
    hold,
    raw,
    refusal,
    reset,
)

CUT_OFF = raw(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Item"')
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "CALL_SECONDS", 0.7)
    monkeypatch.setattr(tries, "TRY_SECONDS", 0.3)


def test_a_second_try_has_as_long_as_the_first_and_the_api_waits_for_both() -> None:
    api_timeout_seconds = 10
    assert 2 * TRY_SECONDS < CALL_SECONDS < api_timeout_seconds / 2 + 1
    assert MOST_LOST == 2


# Connections that are kept


def test_a_connection_serves_one_call_after_the_other(lean: Lean) -> None:
    lean.server.script(answer(), refusal("ValidationException"), answer())
    lean.put()
    with pytest.raises(AwsRefusedError):
        lean.put()
    lean.put()
    assert [sent.connection for sent in lean.server.requests] == [1, 1, 1]


def test_threads_that_fail_together_close_what_is_idle_together(lean: Lean) -> None:
    class TakenByAnother(deque[Any]):
        def __bool__(self) -> bool:
            return True

    lean.server.script(raw(b""), answer({"a": 1}))
    lean.aws.connections(endpoint_of("dynamodb", lean.environ))._idle = TakenByAnother()
    assert lean.put() == {"a": 1}


def test_services_of_one_host_share_its_connections(lean: Lean) -> None:
    lean.server.script(answer(), answer())
    lean.put()
    lean.aws.service("sqs").call("SendMessageBatch", {"QueueUrl": "q", "Entries": []})
    assert lean.server.connections == 1


@pytest.mark.parametrize("passed", [connections.IDLE_SECONDS + 1, -1])
def test_a_connection_that_was_idle_for_too_long_is_not_used(lean: Lean, passed: float) -> None:
    lean.server.script(answer(), answer())
    lean.put()
    lean.clock.time += passed
    lean.put()
    assert [sent.connection for sent in lean.server.requests] == [1, 2]


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(lean: Lean) -> None:
    lean.server.script(answer(), answer())
    lean.put()
    lean.server.hang_up()
    time.sleep(0.05)
    lean.put()
    assert [sent.connection for sent in lean.server.requests] == [1, 2]
    assert not lean.pauses


def test_a_connection_that_is_closed_while_the_request_is_on_its_way_costs_the_one_repeat(
    lean: Lean,
) -> None:
    lean.server.script(answer(), raw(b""), refusal("ConditionalCheckFailedException"))
    lean.put()
    with pytest.raises(AwsRefusedError) as caught:
        lean.put()
    assert [sent.connection for sent in lean.server.requests] == [1, 1, 2]
    assert caught.value.retries == 1


def test_the_repeat_goes_over_a_new_connection_whatever_else_is_kept(lean: Lean) -> None:
    together = threading.Barrier(2)

    def both(connection: Any) -> bool:
        together.wait(5)
        return answer()(connection)

    lean.server.script(both, both, raw(b""), answer())
    threads = [threading.Thread(target=lean.put) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lean.put()
    assert lean.server.requests[-1].connection == 3


@pytest.mark.parametrize(
    "last",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    ],
    ids=["the server says so", "of HTTP/1.0", "with more than an answer in it"],
)
def test_a_connection_is_not_used_again(lean: Lean, last: bytes) -> None:
    lean.server.script(raw(last, stays_open=True), answer())
    lean.put()
    lean.put()
    assert [sent.connection for sent in lean.server.requests] == [1, 2]


def test_nothing_is_connected_or_read_before_the_first_call(
    lean: Lean, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssl, "create_default_context", None)
    lean.start_again()
    assert lean.server.connections == 0


def test_small_packets_are_sent_at_once(lean: Lean, monkeypatch: pytest.MonkeyPatch) -> None:
    lean.server.script(answer())
    lean.put()
    (_, kept), *_ = lean.aws.connections(_endpoint(lean))._idle
    option = (socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert kept._sock.getsockopt(*option)


def _endpoint(lean: Lean) -> Any:
    return next(iter(lean.aws._connections))


# What a server does to one request


@pytest.mark.parametrize(
    "step",
    [
        raw(b""),
        reset,
        CUT_OFF,
        raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
        raw(b"HTTP/1.1 200 OK\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
        answer({}, status=500),
        answer(b"<html>", status=503),
        answer(b"", status=502),
        answer(b"<html>", status=408),
    ],
    ids=[
        "closed",
        "reset",
        "cut off",
        "cut off in the head",
        "cut off after a line of the head",
        "cut off in a chunk",
        "cut off before the last chunk",
        "an error of AWS's own",
        "a gateway's page",
        "a gateway's nothing",
        "closed as idle, with a page",
    ],
)
def test_a_request_without_an_answer_is_repeated_once(lean: Lean, step: Step) -> None:
    lean.server.script(step, answer({"Attributes": {}}))
    assert lean.put() == {"Attributes": {}}
    lean.server.script(step, step, answer())
    with pytest.raises(AwsNoAnswerError):
        lean.put()
    assert len(lean.server.requests) == 4
    assert not lean.fell_back


def test_a_server_that_cannot_be_reached_is_no_answer(lean: Lean) -> None:
    lean.server.close()
    with pytest.raises(AwsNoAnswerError, match="ConnectionRefusedError"):
        lean.put()
    assert len(lean.pauses) == 1


@pytest.mark.parametrize(
    "step",
    [
        hold(1),
        drip(OK * 10),
        drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 10),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n{\r\n" * 9),
        raw(b"HTTP/1.1 100 Continue\r\n\r\n", stays_open=True),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}", stays_open=True),
    ],
    ids=["silence", "a drip", "slow headers", "slow chunks", "100 alone", "too long a length"],
)
def test_all_tries_together_meet_one_deadline(lean: Lean, quick: None, step: Step) -> None:
    lean.server.script(step, step)
    began = time.monotonic()
    with pytest.raises(AwsNoAnswerError, match="TimeoutError"):
        lean.put()
    assert 0.6 <= time.monotonic() - began < 1.1


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["100 first", "in chunks", "nothing"],
)
def test_an_answer_may_come_in_each_of_http_s_forms(lean: Lean, data: bytes) -> None:
    lean.server.script(raw(data, stays_open=True), answer())
    assert lean.put() == {}
    lean.put()
    assert lean.server.connections == 1


@pytest.mark.parametrize(
    "head", [b"Content-Length: 99999999999", b"Transfer-Encoding: chunked"], ids=["said", "unsaid"]
)
def test_an_answer_that_is_too_long_is_not_read(lean: Lean, head: bytes) -> None:
    assert connections.LONGEST_ANSWER_BYTES > 16 * 1024 * 1024  # the most of DynamoDB
    lean.server.script(answer())
    lean.put()
    lean.aws.connections(_endpoint(lean))._longest = 1000
    chunks = b"400\r\n" + b" " * 0x400 + b"\r\n0\r\n\r\n"
    step = raw(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + chunks)
    lean.server.script(step, step)
    with pytest.raises(AwsNoAnswerError, match="AnswerTooLong"):
        lean.put()


@pytest.mark.parametrize(
    "step",
    [
        raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
        raw(b"HTTP/1.1 200 OK\r\n\r\n{}"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nlength\r\n{}"),
        raw(b"HTTP/1.1 200 OK\r\n" + b"X-More: 1\r\n" * 200 + b"\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nX-Long: " + b"1" * 70_000 + b"\r\n\r\n"),
        answer(gzip.compress(b"{}"), headers=["Content-Encoding: gzip"]),
        answer(b"{}", headers=["x-amz-crc32: 7"], checked=False),
        answer(b'{"Item": '),
        answer(b"[]"),
        answer(b"<html>", status=404),
        answer(b"{}", status=301),
        answer(b"{}", status=202),
        raw(b"HTTP/1.1 103 Early Hints\r\n\r\n", stays_open=True),
        answer({"message": "no type"}, status=400),
        answer({"__type": 7}, status=400),
    ],
    ids=[
        "no HTTP",
        "no length",
        "a negative length",
        "too short a length",
        "a chunk without a length",
        "too many headers",
        "too long a header",
        "compressed",
        "a wrong checksum",
        "half of a JSON object",
        "no JSON object",
        "a page",
        "a redirect",
        "another status",
        "an interim answer",
        "an error without a type",
        "an error of another type",
    ],
)
def test_what_cannot_be_read_is_left_to_botocore_which_is_told_that_it_was_sent(
    lean: Lean, step: Step, fell_back_because: Any
) -> None:
    lean.server.script(step)
    lean.botocore.error = AwsRefusedError("ConditionalCheckFailedException")
    with pytest.raises(AwsRefusedError) as caught:
        lean.put()
    assert caught.value.retries == 1
    assert fell_back_because() == ["unreadable_answer"]


def test_a_connection_with_an_answer_still_on_its_way_is_not_kept(lean: Lean) -> None:
    """Whoever used it next would be given the answer to another request."""
    lean.server.script(raw(b"HTTP/1.1 103 Early Hints\r\n\r\n", stays_open=True))
    lean.put()
    assert not lean.aws.connections(_endpoint(lean))._idle


# TLS


@pytest.fixture
def over_tls(local_aws: LocalAws, environ: dict[str, str]) -> Iterator[Lean]:
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(local_aws.certificate, local_aws.certificate.with_name("key.pem"))
    server = ScriptedServer(own)
    environ |= {"AWS_ENDPOINT_URL": server.url, "AWS_CA_BUNDLE": str(local_aws.certificate)}
    yield Lean(environ, server)
    server.close()


def test_all_connections_share_one_tls_context_of_the_bundle(
    over_tls: Lean, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    create = ssl.create_default_context

    def counted(**options: Any) -> ssl.SSLContext:
        made.append(options)
        return create(**options)

    monkeypatch.setattr(ssl, "create_default_context", counted)
    over_tls.server.script(answer(), raw(b""), answer(), answer())
    for _ in range(3):
        over_tls.put()
    assert made == [{"cafile": over_tls.environ["AWS_CA_BUNDLE"]}]
    assert [sent.connection for sent in over_tls.server.requests] == [1, 1, 2, 2]


@pytest.mark.parametrize("bundle", ["", "/nowhere/bundle.pem", __file__])
def test_a_certificate_that_is_not_trusted_and_a_bundle_that_is_none_are_left_to_botocore(
    over_tls: Lean, bundle: str, fell_back_because: Any
) -> None:
    over_tls.environ["AWS_CA_BUNDLE"] = bundle
    assert over_tls.put() == {"by": "botocore"}
    assert fell_back_because() == ["tls"]


def test_a_certificate_of_another_host_is_left_to_botocore(
    over_tls: Lean, fell_back_because: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    over_tls.environ["AWS_ENDPOINT_URL"] = f"https://other.example.com:{over_tls.server.port}"
    port = over_tls.server.port
    addresses = host_addresses.host_addresses("127.0.0.1", port, 1)
    monkeypatch.setattr(connections, "host_addresses", lambda *asked: addresses)
    assert over_tls.put() == {"by": "botocore"}
    assert fell_back_because() == ["tls"]


@pytest.mark.parametrize("how", [socket.SHUT_RDWR, None], ids=["closed", "reset"])
def test_a_handshake_that_is_broken_off_is_no_answer_and_no_reason_to_give_up(
    lean: Lean, how: int | None
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        lean.environ["AWS_ENDPOINT_URL"] = f"https://127.0.0.1:{listening.getsockname()[1]}"

        def break_off() -> None:
            for _ in range(2):
                connection, _ = listening.accept()
                connection.recv(1)
                if how is None:
                    reset(connection)
                else:
                    connection.recv(10_000)
                    connection.shutdown(how)
                    connection.close()

        thread = threading.Thread(target=break_off)
        thread.start()
        with pytest.raises(AwsNoAnswerError):
            lean.put()
        thread.join()
    assert not lean.fell_back


# Addresses


def test_a_name_that_cannot_be_resolved_is_left_to_botocore(
    lean: Lean, fell_back_because: Any
) -> None:
    lean.environ["AWS_ENDPOINT_URL"] = "http://nowhere.invalid"
    lean.botocore.error = AwsRefusedError("ConditionalCheckFailedException")
    with pytest.raises(AwsRefusedError) as caught:
        lean.put()
    assert caught.value.retries == 0  # Nothing was sent.
    assert fell_back_because() == ["name"]


def test_a_name_that_is_not_resolved_in_time_is_no_answer(
    lean: Lean, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*asked: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr(connections, "host_addresses", late)
    with pytest.raises(AwsNoAnswerError, match="TimeoutError"):
        lean.put()
    assert not lean.fell_back


def test_an_address_that_refuses_is_passed_over(
    lean: Lean, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = host_addresses.host_addresses("127.0.0.1", lean.server.port, 1)
    closed = [(*good[0][:4], ("127.0.0.1", 9)), (99, *good[0][1:])]
    monkeypatch.setattr(connections, "host_addresses", lambda *asked: [*closed, *good])
    lean.server.script(answer({"a": 1}))
    assert lean.put() == {"a": 1}
    assert not lean.pauses
