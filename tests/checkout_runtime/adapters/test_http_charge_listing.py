"""A list of captures over HTTP: asked for page by page, and read strictly or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from checkout_runtime.adapters.http_charge_listing import HttpChargeListing
from checkout_runtime.adapters.http_exchange import MAX_ANSWER_BYTES, HttpAnswer
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.application.audit_ports import ChargesNotListedError, RefundsNotListedError
from checkout_runtime.domain.charge_audit import ListedCharge, Window
from checkout_runtime.domain.refund_audit import ListedRefund
from tests.checkout_runtime.adapters.answering_server import AnsweringServer, answering
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.state_events import SetClock

SECRET = "sk_test_secret"
WINDOW = Window(1000, 2000)
CHARGE = {
    "charge_id": "ch_1",
    "key": "ord_1:1",
    "amount": 4200,
    "currency": "EUR",
    "captured_at": 1000,
}
LISTED = ListedCharge("ch_1", "ord_1:1", 4200, "EUR", 1000)


@pytest.fixture
def server() -> Iterator[AnsweringServer]:
    with answering() as server:
        yield server


@pytest.fixture
def secrets() -> StubSecrets:
    return StubSecrets(SECRET)


def listing(url: str, secrets: StubSecrets, **options: Any) -> HttpChargeListing:
    secret = CachedSecret(secrets, "arn", SetClock())
    return HttpChargeListing(url=url, secret=secret, timeout_seconds=5, **options)


def read(listing: HttpChargeListing) -> list[ListedCharge]:
    return [charge for page in listing.pages(WINDOW) for charge in page]


class Pages:
    """Answers one page after the other, and remembers what was asked."""

    def __init__(self, *bodies: object) -> None:
        self._bodies = list(bodies)
        self.asked: list[dict[str, str]] = []

    def __call__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_seconds: float,
    ) -> HttpAnswer:
        assert (method, body) == ("GET", None)
        self.asked.append({name: value for name, [value] in parse_qs(urlsplit(url).query).items()})
        return HttpAnswer(200, json.dumps(self._bodies.pop(0)).encode())


def test_a_currency_is_read_in_any_case(secrets: StubSecrets) -> None:
    small = Pages({"charges": [{**CHARGE, "currency": "eur"}], "next": None})
    assert read(listing("https://pay.example/list", secrets, send=small)) == [LISTED]


def test_the_window_is_asked_for_with_the_secret(
    server: AnsweringServer, secrets: StubSecrets
) -> None:
    server.say(200, {"charges": [CHARGE], "next": None})
    assert read(listing(server.url, secrets)) == [LISTED]
    assert server.target == "GET /charges?captured_from=1000&captured_before=2000"
    assert server.headers["authorization"] == f"Bearer {SECRET}"


def test_a_charge_is_listed_by_the_id_under_which_it_is_stored(
    server: AnsweringServer, secrets: StubSecrets
) -> None:
    server.say(200, {"charges": [{**CHARGE, "charge_id": "4242424242424242"}], "next": None})
    [listed] = read(listing(server.url, secrets))
    assert listed.charge_id == "424242******4242"


def test_a_page_may_be_far_longer_than_the_answer_to_a_charge(
    server: AnsweringServer, secrets: StubSecrets
) -> None:
    charges = [{**CHARGE, "charge_id": f"ch_{number}"} for number in range(1000)]
    server.say(200, {"charges": charges, "next": None})
    assert len(server.answer) > MAX_ANSWER_BYTES
    assert len(read(listing(server.url, secrets))) == 1000


def test_pages_follow_the_cursor_as_it_was_given(secrets: StubSecrets) -> None:
    pages = Pages(
        {"charges": [CHARGE], "next": "a/b&c=d"},
        {"charges": [], "next": "e"},
        {"charges": [{**CHARGE, "charge_id": "ch_2"}], "next": None},
    )
    found = read(listing("https://pay.example.com/list", secrets, send=pages))
    assert [each.charge_id for each in found] == ["ch_1", "ch_2"]
    window = {"captured_from": "1000", "captured_before": "2000"}
    assert pages.asked == [window, {**window, "cursor": "a/b&c=d"}, {**window, "cursor": "e"}]


def test_a_page_is_asked_for_when_it_is_needed(secrets: StubSecrets) -> None:
    pages = Pages({"charges": [CHARGE], "next": "a"})
    assert list(next(listing("https://x", secrets, send=pages).pages(WINDOW))) == [LISTED]
    assert len(pages.asked) == 1


def test_a_list_that_goes_in_circles_is_none(secrets: StubSecrets) -> None:
    pages = Pages(*({"charges": [], "next": cursor} for cursor in ("a", "b", "a")))
    with pytest.raises(ChargesNotListedError, match="no end"):
        read(listing("https://x", secrets, send=pages))


@pytest.mark.parametrize("captured_at", [999, 2000])
def test_a_service_that_lists_what_was_not_asked_for_is_not_believed(
    captured_at: int, server: AnsweringServer, secrets: StubSecrets
) -> None:
    server.say(200, {"charges": [{**CHARGE, "captured_at": captured_at}], "next": None})
    with pytest.raises(ChargesNotListedError, match="outside of the window"):
        read(listing(server.url, secrets))


UNREADABLE: list[object] = [
    None,
    [],
    {},
    {"charges": []},
    {"next": None},
    {"charges": None, "next": None},
    {"charges": {}, "next": None},
    {"charges": [], "next": ""},
    {"charges": [], "next": 7},
    {"charges": [], "next": False},
    {"charges": [None], "next": None},
    *({"charges": [{**CHARGE, name: None}], "next": None} for name in CHARGE),
    *(
        {"charges": [{other: CHARGE[other] for other in CHARGE if other != name}], "next": None}
        for name in CHARGE
    ),
    {"charges": [{**CHARGE, "amount": "4200"}], "next": None},
    {"charges": [{**CHARGE, "amount": 42.0}], "next": None},
    {"charges": [{**CHARGE, "amount": True}], "next": None},
    {"charges": [{**CHARGE, "captured_at": True}], "next": None},
    {"charges": [{**CHARGE, "charge_id": ""}], "next": None},
    b"",
    b"no JSON",
    b'{"charges": [], "charges": [], "next": null}',
    b'{"charges": [], "next": null',
]


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: str(body)[:60])
def test_what_is_no_list_is_not_taken_for_an_empty_one(
    body: object, server: AnsweringServer, secrets: StubSecrets
) -> None:
    server.say(200, body)
    with pytest.raises(ChargesNotListedError, match="unreadable"):
        read(listing(server.url, secrets))


@pytest.mark.parametrize("status", [201, 204, 206, 302, 400, 401, 403, 404, 429, 500, 503])
def test_any_other_status_is_no_list(
    status: int, server: AnsweringServer, secrets: StubSecrets
) -> None:
    server.say(status, {"charges": [], "next": None})
    with pytest.raises(ChargesNotListedError, match=f"http_{status}"):
        read(listing(server.url, secrets))


def test_a_broken_second_page_breaks_the_list(secrets: StubSecrets) -> None:
    pages = Pages({"charges": [CHARGE], "next": "a"}, {"charges": []})
    with pytest.raises(ChargesNotListedError):
        read(listing("https://x", secrets, send=pages))


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_secret_is_read_afresh_the_next_time(
    status: int, server: AnsweringServer, secrets: StubSecrets
) -> None:
    asked = listing(server.url, secrets)
    server.say(status, {})
    with pytest.raises(ChargesNotListedError):
        read(asked)
    secrets.value = "sk_rotated"
    server.requests.clear()
    server.say(200, {"charges": [], "next": None})
    assert read(asked) == []
    assert server.headers["authorization"] == "Bearer sk_rotated"


def test_nobody_answering_is_no_list(secrets: StubSecrets) -> None:
    with pytest.raises(ChargesNotListedError, match="no answer"):
        read(listing("http://127.0.0.1:9/charges", secrets))


def test_a_secret_that_cannot_be_read_is_no_list(secrets: StubSecrets) -> None:
    secrets.value = "two words"
    with pytest.raises(ChargesNotListedError, match="secret") as problem:
        read(listing("http://127.0.0.1:9/charges", secrets))
    assert "two words" not in str(problem.value)


def test_the_reason_never_quotes_an_answer_or_the_secret(
    server: AnsweringServer, secrets: StubSecrets
) -> None:
    server.say(200, {"charges": [{**CHARGE, "amount": "of CUSTOMER-7"}], "next": SECRET})
    with pytest.raises(ChargesNotListedError) as problem:
        read(listing(server.url, secrets))
    assert "CUSTOMER-7" not in str(problem.value)
    assert SECRET not in str(problem.value)


REFUND = {
    "refund_id": "re_1",
    "key": "op_1:1",
    "charge_id": "ch_1",
    "amount": 1200,
    "currency": "eur",
    "refunded_at": 1000,
}
LISTED_REFUND = ListedRefund("re_1", "op_1:1", "ch_1", None, 1200, "EUR", 1000)


def read_refunds(listing: HttpChargeListing) -> list[ListedRefund]:
    return [refund for page in listing.refund_pages(WINDOW) for refund in page]


def test_refunds_are_asked_for_by_their_own_time(secrets: StubSecrets) -> None:
    by_hand = {**REFUND, "refund_id": "re_2", "key": None, "charge_key": "ord_1:1"}
    pages = Pages({"refunds": [REFUND], "next": "a"}, {"refunds": [by_hand], "next": None})
    found = read_refunds(listing("https://x", secrets, send=pages))
    assert found == [
        LISTED_REFUND,
        ListedRefund("re_2", None, "ch_1", "ord_1:1", 1200, "EUR", 1000),
    ]
    window = {"refunded_from": "1000", "refunded_before": "2000"}
    assert pages.asked == [window, {**window, "cursor": "a"}]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "captured_from is missing"}),
        (404, {}),
        (200, {"charges": [CHARGE], "next": None}),
    ],
)
def test_a_service_that_lists_charges_only_is_not_taken_for_one_without_refunds(
    status: int, body: dict[str, object], server: AnsweringServer, secrets: StubSecrets
) -> None:
    server.say(status, body)
    with pytest.raises(RefundsNotListedError):
        read_refunds(listing(server.url, secrets))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {}),
        (401, {}),
        (429, {}),
        (200, {}),
        (200, {"refunds": [], "next": ""}),
        (200, {"refunds": None, "next": None}),
        (200, {"refunds": [{**REFUND, "amount": "1200"}], "next": None}),
        (200, {"refunds": [{**REFUND, "refund_id": ""}], "next": None}),
        (200, {"refunds": [{**REFUND, "refunded_at": 999}], "next": None}),
    ],
)
def test_refunds_that_cannot_be_read_are_no_list(
    status: int, body: dict[str, object], server: AnsweringServer, secrets: StubSecrets
) -> None:
    server.say(status, body)
    with pytest.raises(ChargesNotListedError):
        read_refunds(listing(server.url, secrets))
