"""No word, no verdict: every status with every word, and with what gateways answer instead."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.adapters.http_exchange import HttpAnswer
from checkout_runtime.adapters.http_words import (
    answer_to_cancel,
    answer_to_charge,
    answer_to_look_up,
)
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Processing,
    Unknown,
)

CAPTURED = {"status": "captured", "charge_id": "ch_1", "amount": 4200, "currency": "EUR"}
PROOF = Captured("ch_1", 4200, "EUR")
STATUSES = [*range(100, 104), *range(200, 227), *range(300, 309), *range(400, 452), 499]
STATUSES += range(500, 512)
SUCCESS = frozenset(each for each in STATUSES if 200 <= each < 300)
REFUSALS = frozenset(each for each in STATUSES if 400 <= each < 500)
LATER = frozenset({408, 425, 429})
REQUESTS = {"charge": answer_to_charge, "look_up": answer_to_look_up, "cancel": answer_to_cancel}
ASKED = ("look_up", "cancel")

WORDS: list[tuple[str, dict[str, Any], frozenset[int], tuple[str, ...], Any]] = [
    ("captured", CAPTURED, frozenset({200, 201}), tuple(REQUESTS), PROOF),
    ("declined", {"code": "stolen"}, SUCCESS | REFUSALS - LATER, tuple(REQUESTS), None),
    ("processing", {}, SUCCESS, tuple(REQUESTS), Processing()),
    (
        "action_required",
        {"action_url": "https://bank.example/3ds"},
        SUCCESS,
        tuple(REQUESTS),
        ActionRequired("https://bank.example/3ds"),
    ),
    (
        "not_charged",
        {"code": "no_such_card"},
        REFUSALS - LATER - {401, 403, 407, 409, 423},
        ("charge",),
        NotCharged("no_such_card"),
    ),
    ("not_found", {}, frozenset({404}), ASKED, NotFound()),
    ("cancelled", {}, SUCCESS, ASKED, None),
    ("authorized", {"capture_before": "2030-01-01T00:00:00Z"}, frozenset(), (), None),
]
"""Word, what belongs to it, under which statuses and to which requests it means something, what."""
GATEWAYS = [
    b"",
    b"<html><body>Payment Required</body></html>",
    b"{}",
    b"[]",
    b"null",
    b'"captured"',
    b'{"status": 402, "error": "Payment Required"}',
    b'{"message": "Forbidden"}',
    b'{"status": "captured", "status": "error"}',
    b'{"status": "declined", "status": "declined"}',
    b'{"status": "DECLINED"}',
    b'{"status": ["declined"]}',
    b'{"status": "declined"',
    b"\xff\xfe",
]
PATIENCE = frozenset({202, 408, 409, 423, 425})
"""Statuses that ask for the same request later; all others under 500, but 429, are definite."""


def _expected(word: str, request: str, meant: Any) -> Any:
    if word == "declined":
        return Declined("stolen")
    if word == "cancelled":
        return Declined("cancelled") if request == "look_up" else Cancelled()
    return meant


@pytest.mark.parametrize(("word", "fields", "statuses", "requests", "meant"), WORDS, ids=str)
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_word_counts_under_its_statuses_alone(
    word: str,
    fields: dict[str, Any],
    statuses: frozenset[int],
    requests: tuple[str, ...],
    meant: Any,
    request_: str,
) -> None:
    body = json.dumps({"status": word, **fields}).encode()
    for status in STATUSES:
        said = REQUESTS[request_](HttpAnswer(status, body))
        if status in statuses and request_ in requests:
            assert said == _expected(word, request_, meant), status
        else:
            assert isinstance(said, Unknown), status


@pytest.mark.parametrize("body", GATEWAYS, ids=repr)
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_status_without_a_word_decides_nothing(body: bytes, request_: str) -> None:
    for status in STATUSES:
        said = REQUESTS[request_](HttpAnswer(status, body))
        assert isinstance(said, Unknown), status
        assert said.unavailable == (status >= 500 or status == 429), status
        assert said.later == (status in PATIENCE), status
        assert said.without_word == (not said.unavailable and not said.later), status


@given(
    st.sampled_from(STATUSES),
    st.one_of(
        st.binary(max_size=60),
        st.dictionaries(
            st.sampled_from(["status", "charge_id", "amount", "currency", "code", "action_url"]),
            st.one_of(
                st.none(),
                st.booleans(),
                st.integers(),
                st.text(max_size=9),
                st.sampled_from([word for word, *_ in WORDS]),
            ),
        ).map(lambda fields: json.dumps(fields).encode()),
    ),
)
def test_whatever_is_answered_is_read_and_no_verdict_lacks_its_word(
    status: int, body: bytes
) -> None:
    for read in REQUESTS.values():
        said = read(HttpAnswer(status, body))
        if not isinstance(said, Unknown):
            word = json.loads(body)["status"]
            assert word in [name for name, *_ in WORDS]
            assert 200 <= status < 500


@pytest.mark.parametrize(
    "changed",
    [
        *({name: ...} for name in CAPTURED),
        {"charge_id": ""},
        {"charge_id": 7},
        {"charge_id": "x" * 256},
        {"charge_id": "ch\n1"},
        {"charge_id": None},
        {"charge_id": " "},
        {"charge_id": " ch_1"},
        {"charge_id": "\u200b"},
        {"charge_id": "ch\ufffd"},
        {"amount": 0},
        {"amount": -4200},
        {"amount": 10**15 + 1},
        {"amount": 10**400},
        {"currency": "US$"},
        {"currency": "Euro"},
        {"currency": " eur"},
        {"currency": "ﬁt"},
        {"amount": "4200"},
        {"amount": 4200.0},
        {"amount": True},
        {"amount": None},
        {"currency": None},
        {"currency": ""},
    ],
    ids=str,
)
def test_a_capture_that_cannot_be_kept_as_proof_is_unknown(changed: dict[str, Any]) -> None:
    fields = {k: v for k, v in {**CAPTURED, **changed}.items() if v is not ...}
    said = answer_to_charge(HttpAnswer(200, json.dumps(fields).encode()))
    assert isinstance(said, Unknown)


@pytest.mark.parametrize("currency", ["eur", "Eur", "EUR"])
@pytest.mark.parametrize("amount", [1, 4200, 10**15])
def test_a_capture_is_proof_whatever_the_case_of_its_currency(amount: int, currency: str) -> None:
    fields = {**CAPTURED, "amount": amount, "currency": currency}
    said = answer_to_charge(HttpAnswer(200, json.dumps(fields).encode()))
    assert said == Captured("ch_1", amount, "EUR")


@pytest.mark.parametrize(
    "page",
    [None, "javascript:alert(1)", "http://bank.example/", "https://", "//bank", "x" * 3000, 7, ""],
)
def test_a_buyer_is_not_left_waiting_without_a_page_to_act_on(page: object) -> None:
    body = json.dumps({"status": "action_required", "action_url": page}).encode()
    assert isinstance(answer_to_charge(HttpAnswer(200, body)), Unknown)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": "no_funds"}, "no_funds"),
        ({"decline_code": "no_funds"}, "no_funds"),
        ({"code": "new", "decline_code": "old"}, "new"),
        ({}, "declined"),
        ({"code": 7}, "declined"),
        ({"code": " "}, "declined"),
        ({"code": "no\ufffd"}, "declined"),
        ({"code": "x" * 1000}, "x" * 200),
    ],
    ids=str,
)
def test_the_reason_of_a_decline_is_kept_in_a_form_that_can_be_shown(
    fields: dict[str, Any], code: str
) -> None:
    body = json.dumps({"status": "declined", **fields}).encode()
    assert answer_to_charge(HttpAnswer(402, body)) == Declined(code)


@pytest.mark.parametrize("request_kind", REQUESTS)
def test_a_card_number_in_an_answer_is_not_repeated_and_the_answer_counts(
    request_kind: str,
) -> None:
    read = REQUESTS[request_kind]

    def said(**fields: Any) -> Any:
        return read(HttpAnswer(200, json.dumps(fields).encode()))

    for number in ("4242424242424242", "card4242424242424242x", "4242_4242_4242_4242"):
        code = f"stolen: {number}"
        assert said(status="declined", code=code) == Declined("card_number_redacted")
    cut = Captured("424242******4242", 4200, "EUR")
    assert said(**{**CAPTURED, "charge_id": "4242424242424242"}) == cut
    own = "ch_4242424242424242"
    assert said(**{**CAPTURED, "charge_id": own}) == Captured(own, 4200, "EUR")
    for page in ("?pan=4242424242424242", "4242%204242%204242%204242", "4242/4242/4242/4242"):
        answer = said(status="action_required", action_url=f"https://bank.example/3ds/{page}")
        assert answer == Unknown("http_200_action_required", without_word=True)
    url = "https://bank.example/3ds/4242424242424241/630495060000000000?at=1700000000000"
    assert said(status="action_required", action_url=url) == ActionRequired(url)
