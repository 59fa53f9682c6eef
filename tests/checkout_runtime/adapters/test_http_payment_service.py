"""Each row of docs/guide/payment-http.md, against a real server on loopback."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from checkout_runtime.adapters.http_exchange import MAX_ANSWER_BYTES
from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.domain.outcomes import (
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)
from tests.checkout_runtime.adapters.answering_server import AnsweringServer, answering
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.factories import new_order
from tests.checkout_runtime.state_events import SetClock

ORDER = new_order(attempt=2)
CAPTURED = {"status": "captured", "charge_id": "ch_1", "amount": 4200, "currency": "EUR"}
PROOF = Captured("ch_1", 4200, "EUR")
TIMEOUT_SECONDS = 0.3


@pytest.fixture
def server() -> Iterator[AnsweringServer]:
    with answering() as server:
        yield server


@pytest.fixture
def secrets() -> StubSecrets:
    return StubSecrets("s3cret")


@pytest.fixture
def service(server: AnsweringServer, secrets: StubSecrets) -> HttpPaymentService:
    return HttpPaymentService(
        url=server.url,
        look_up_url=server.url,
        cancel_url=f"{server.url}/cancel",
        secret=CachedSecret(secrets, "arn", SetClock()),
        timeout_seconds=TIMEOUT_SECONDS,
    )


def test_a_charge_is_one_request_with_the_key_the_secret_and_the_order(
    service: HttpPaymentService, server: AnsweringServer
) -> None:
    server.say(200, CAPTURED)
    assert service.charge(ORDER) == PROOF
    assert server.target == "POST /charges"
    assert server.headers["idempotency-key"] == f"{ORDER.order_id}:2"
    assert server.headers["authorization"] == "Bearer s3cret"
    assert server.headers["content-type"] == "application/json"
    assert server.headers["x-correlation-id"] == "req_1"
    assert server.body == {
        "order_id": ORDER.order_id,
        "attempt": 2,
        "amount": 4200,
        "currency": "EUR",
        "customer": "cus_1",
        "payment_method": "pm_1",
    }


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (201, CAPTURED, PROOF),
        (402, {"status": "declined", "code": "no_funds"}, Declined("no_funds")),
        (422, {"status": "not_charged", "code": "no_such_card"}, NotCharged("no_such_card")),
        (202, {"status": "processing"}, Processing()),
        (302, CAPTURED, Unknown("http_302_captured", without_word=True)),
        (404, b"<html>", Unknown("http_404", without_word=True)),
    ],
    ids=str,
)
def test_an_answer_is_read_as_it_came_and_followed_nowhere(
    status: int, body: Any, outcome: Outcome, service: HttpPaymentService, server: AnsweringServer
) -> None:
    server.say(status, body, headers=[f"Location: {server.url}/elsewhere"])
    assert service.charge(ORDER) == outcome
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + json.dumps(CAPTURED).encode(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        b"HTTP/1.1 402 No\r\nContent-Length: 10\r\n\r\n{",
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"st',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (MAX_ANSWER_BYTES + 1),
    ],
    ids=lambda answer: answer[:45].decode(),
)
def test_an_answer_cut_off_or_malformed_or_too_long_is_unknown(
    answer: bytes, service: HttpPaymentService, server: AnsweringServer
) -> None:
    server.answer = answer
    outcome = service.charge(ORDER)
    assert isinstance(outcome, Unknown)
    assert outcome.unavailable
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 402])
def test_an_answer_cut_off_in_its_head_is_unknown(
    status: int, service: HttpPaymentService, server: AnsweringServer
) -> None:
    server.answer = f"HTTP/1.1 {status} No\r\nContent-Le".encode()
    assert isinstance(service.charge(ORDER), Unknown)


def test_a_chunked_answer_is_read_whole(
    service: HttpPaymentService, server: AnsweringServer
) -> None:
    body = json.dumps(CAPTURED).encode()
    server.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(
        b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body
    )
    server.answer += b"0\r\n\r\n"
    assert service.charge(ORDER) == PROOF


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_server_that_drips_meets_the_total_deadline(
    where: str, service: HttpPaymentService, server: AnsweringServer
) -> None:
    server.drip = True
    server.answer = b"HTTP/1.1 200 OK\r\n" + (b"" if where == "head" else b"\r\n") + b" " * 500
    began = time.monotonic()
    assert isinstance(service.charge(ORDER), Unknown)
    assert TIMEOUT_SECONDS * 0.9 <= time.monotonic() - began < TIMEOUT_SECONDS + 0.4


def test_a_server_that_says_nothing_meets_the_deadline(
    service: HttpPaymentService, server: AnsweringServer
) -> None:
    server.silent = True
    began = time.monotonic()
    assert isinstance(service.charge(ORDER), Unknown)
    assert time.monotonic() - began < TIMEOUT_SECONDS + 0.4
    assert len(server.requests) == 1


def test_a_refused_connection_is_unknown(secrets: StubSecrets) -> None:
    with answering() as gone:
        url = gone.url
    service = HttpPaymentService(
        url=url,
        look_up_url=url,
        secret=CachedSecret(secrets, "arn", SetClock()),
        timeout_seconds=TIMEOUT_SECONDS,
    )
    for outcome in (service.charge(ORDER), service.look_up("ord_a:1")):
        assert isinstance(outcome, Unknown)
        assert outcome.unavailable


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_read_afresh_for_the_next_request(
    status: int, service: HttpPaymentService, server: AnsweringServer, secrets: StubSecrets
) -> None:
    service.prepare()
    secrets.value = "rotated"
    server.say(status)
    assert service.charge(ORDER) == Unknown(f"http_{status}", without_word=True, refuses_us=True)
    assert secrets.reads == 1
    server.requests.clear()
    server.say(200, CAPTURED)
    assert service.charge(ORDER) == PROOF
    assert server.headers["authorization"] == "Bearer rotated"


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, CAPTURED, PROOF),
        (404, {"status": "not_found"}, NotFound()),
        (404, {}, Unknown("http_404", without_word=True)),
        (200, {"status": "cancelled"}, Declined("cancelled")),
        (503, {}, Unknown("http_503", unavailable=True)),
    ],
    ids=str,
)
def test_a_look_up_is_one_get_that_names_the_key(
    status: int,
    body: Any,
    outcome: Outcome | NotFound,
    service: HttpPaymentService,
    server: AnsweringServer,
) -> None:
    server.say(status, body)
    assert service.look_up("ord_a:1") == outcome
    assert server.target == "GET /charges?key=ord_a%3A1"
    assert server.headers["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"status": "cancelled"}, Cancelled()),
        (200, CAPTURED, PROOF),
        (404, {"status": "not_found"}, NotFound()),
        (404, {}, Unknown("http_404", without_word=True)),
    ],
    ids=str,
)
def test_a_cancellation_has_a_key_of_its_own(
    status: int,
    body: Any,
    outcome: Outcome | NotFound | Cancelled,
    service: HttpPaymentService,
    server: AnsweringServer,
) -> None:
    server.say(status, body)
    assert service.cancel("ord_a:1") == outcome
    assert server.target == "POST /charges/cancel"
    assert server.headers["idempotency-key"] == "ord_a:1:cancel"
    assert server.body == {"key": "ord_a:1"}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (
            "https://user:key@Pay.example.com:8443/v1/charges/?tenant=7",
            "http:pay.example.com:8443/v1/charges",
        ),
        ("https://pay.example.com", "http:pay.example.com"),
    ],
)
def test_a_service_is_called_by_its_host_and_path_unless_it_has_a_name(
    url: str, name: str, secrets: StubSecrets
) -> None:
    options: Any = {
        "url": url,
        "look_up_url": None,
        "secret": CachedSecret(secrets, "arn", SetClock()),
        "timeout_seconds": TIMEOUT_SECONDS,
    }
    assert HttpPaymentService(**options).name == name
    assert HttpPaymentService(**options, name="acme").name == "http:acme"


def test_a_look_up_url_may_have_a_query_of_its_own(secrets: StubSecrets) -> None:
    with answering() as server:
        service = HttpPaymentService(
            url=server.url,
            look_up_url=f"{server.url}?shop=1",
            secret=CachedSecret(secrets, "arn", SetClock()),
            timeout_seconds=TIMEOUT_SECONDS,
        )
        server.say(404, {"status": "not_found"})
        assert service.look_up("ord_a:1") == NotFound()
        assert server.target == "GET /charges?shop=1&key=ord_a%3A1"


def test_a_service_without_look_up_and_cancel_says_so(secrets: StubSecrets) -> None:
    service = HttpPaymentService(
        url="http://127.0.0.1:1/",
        look_up_url=None,
        secret=CachedSecret(secrets, "arn", SetClock()),
        timeout_seconds=TIMEOUT_SECONDS,
    )
    assert (service.can_look_up, service.can_cancel) == (False, False)
    assert service.look_up("k") == Unknown("no_look_up")
    assert service.cancel("k") == Unknown("no_cancel")
