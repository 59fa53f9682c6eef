"""A hold counts where one was asked for, and only the service's own word says what it came to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkout_runtime.adapters.http_capture_words import answer_to_capture
from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError
from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.http_words import (
    answer_to_cancel,
    answer_to_charge,
    answer_to_look_up,
)
from checkout_runtime.domain.outcomes import Authorized, Captured, Declined, NotCharged, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.factories import new_order

HELD = {
    "status": "authorized",
    "charge_id": "h_1",
    "amount": 4200,
    "currency": "eur",
    "capture_before": "2027-01-15T08:00:00Z",
}
HOLD = Authorized("h_1", 4200, "EUR", 1_800_000_000_000)
CAPTURED = {"status": "captured", "charge_id": "ch_1", "amount": 500, "currency": "EUR"}
STATUSES = (200, 201, 202, 204, 301, 400, 401, 404, 408, 409, 410, 422, 425, 429, 500, 502, 504)
ORDER = replace(new_order(attempt=2), charge_id="h_1")


def answer(http_status: int, /, **fields: Any) -> HttpAnswer:
    return HttpAnswer(http_status, json.dumps(fields).encode())


@pytest.mark.parametrize("request_", [answer_to_charge, answer_to_look_up, answer_to_cancel])
def test_a_hold_counts_under_its_statuses_and_only_where_one_was_asked_for(request_: Any) -> None:
    for status in STATUSES:
        said = request_(answer(status, **HELD), holds=True)
        assert said == HOLD if status in (200, 201) else isinstance(said, Unknown), status
        assert isinstance(request_(answer(status, **HELD)), Unknown), status


@pytest.mark.parametrize("offset", ["09:00:00+01:00", "08:00:00.000Z", "08:00:00+00:00"])
def test_the_time_is_read_in_any_zone(offset: str) -> None:
    said = answer(200, **{**HELD, "capture_before": f"2027-01-15T{offset}"})
    assert answer_to_charge(said, holds=True) == HOLD


@pytest.mark.parametrize(
    "wrong",
    [
        {"capture_before": None},
        {"capture_before": 1_800_000_000},
        {"capture_before": "2027-01-15T08:00:00"},
        {"capture_before": "2027-13-15T08:00:00Z"},
        {"capture_before": "1969-12-31T23:59:59Z"},
        {"capture_before": "9999-12-31T23:59:59-23:59"},
        {"charge_id": None},
        {"charge_id": ""},
        {"amount": "4200"},
        {"amount": 0},
        {"amount": True},
        {"currency": "EURO"},
    ],
    ids=str,
)
def test_a_hold_without_what_belongs_to_it_is_no_word(wrong: dict[str, Any]) -> None:
    said = answer_to_charge(answer(200, **{**HELD, **wrong}), holds=True)
    assert said == Unknown("http_200_authorized", without_word=True)


def test_a_capture_is_proved_by_its_id_amount_and_currency() -> None:
    for status in STATUSES:
        said = answer_to_capture(answer(status, **CAPTURED))
        is_proof = said == Captured("ch_1", 500, "EUR")
        assert is_proof == (status in (200, 201)), status
    for wrong in ({"charge_id": 1}, {"amount": 5.5}, {"currency": ""}):
        assert isinstance(answer_to_capture(answer(200, **{**CAPTURED, **wrong})), Unknown)


@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        ({"status": "cancelled"}, Declined("cancelled")),
        ({"status": "not_captured", "code": "too_much"}, NotCharged("too_much")),
        ({"status": "not_captured"}, NotCharged("not_captured")),
    ],
    ids=str,
)
def test_a_no_counts_under_every_status_that_does_not_ask_for_patience(
    fields: dict[str, Any], meant: Any
) -> None:
    for status in STATUSES:
        said = answer_to_capture(answer(status, **fields))
        counts = status < 300 or (400 <= status < 500 and status not in (408, 425, 429))
        assert said == meant if counts else isinstance(said, Unknown), status


@pytest.mark.parametrize("word", ["declined", "not_charged", "not_found", "processing", "refunded"])
@pytest.mark.parametrize("status", [200, 404, 422])
def test_the_words_of_other_requests_say_nothing_about_a_capture(status: int, word: str) -> None:
    assert isinstance(answer_to_capture(answer(status, status=word, code="no")), Unknown)
    assert isinstance(answer_to_capture(answer(status, **HELD)), Unknown)


class _Secret:
    def value(self) -> str:
        return "token"

    def drop(self) -> None:
        """Nothing is kept."""


def service(sent: list[Any], said: HttpAnswer | Exception, **more: Any) -> HttpPaymentService:
    def send(*request: Any) -> HttpAnswer:
        sent.append(request)
        if isinstance(said, Exception):
            raise said
        return said

    urls = {name: f"https://pay.example/{name}" for name in ("look_up", "cancel", "capture")}
    options = {**{f"{name}_url": url for name, url in urls.items()}, "captures_later": True}
    return HttpPaymentService(
        url="https://pay.example/charges",
        secret=_Secret(),  # type: ignore[arg-type]
        timeout_seconds=10,
        send=send,
        **{**options, **more},
    )


def test_a_charge_asks_for_a_hold() -> None:
    sent: list[Any] = []
    payments = service(sent, answer(200, **HELD))
    assert payments.captures_later
    assert payments.charge(ORDER) == HOLD
    assert json.loads(sent[0][3])["capture"] == "later"


def test_a_charge_that_asks_for_no_hold_gets_none() -> None:
    sent: list[Any] = []
    payments = service(sent, answer(200, **HELD), captures_later=False)
    assert not payments.captures_later
    assert isinstance(payments.charge(ORDER), Unknown)
    assert "capture" not in json.loads(sent[0][3])


def test_a_hold_of_before_is_found_as_long_as_it_can_be_captured() -> None:
    payments = service([], answer(200, **HELD), captures_later=False)
    assert payments.look_up(ORDER.payment_key) == HOLD
    assert payments.cancel(ORDER.payment_key) == HOLD
    without = service([], answer(200, **HELD), captures_later=False, capture_url=None)
    assert isinstance(without.look_up(ORDER.payment_key), Unknown)
    assert isinstance(without.cancel(ORDER.payment_key), Unknown)


@pytest.mark.parametrize(
    ("claims", "urls", "is_hold"),
    [(2, {}, True), (1, {}, False), (2, {"capture_url": None}, False)],
)
def test_a_repeated_request_may_be_answered_by_a_hold_of_before(
    claims: int, urls: dict[str, None], is_hold: bool
) -> None:
    """Its first one asked for a hold, and the construct was told to capture at once since."""
    payments = service([], answer(200, **HELD), captures_later=False, **urls)
    said = payments.charge(replace(ORDER, attempt_claims=claims))
    assert said == HOLD if is_hold else isinstance(said, Unknown) and said.without_word


def test_a_capture_is_posted_under_a_key_of_its_own() -> None:
    sent: list[Any] = []
    assert service(sent, answer(200, **CAPTURED)).capture(ORDER, 500) == Captured(
        "ch_1", 500, "EUR"
    )
    [(method, url, headers, body, _)] = sent
    assert (method, url) == ("POST", "https://pay.example/capture")
    assert headers["Idempotency-Key"] == f"{ORDER.order_id}:2:capture"
    assert headers["X-Correlation-Id"] == ORDER.correlation_id
    assert json.loads(body) == {
        "order_id": ORDER.order_id,
        "payment_key": ORDER.payment_key,
        "charge_id": "h_1",
        "amount": 500,
        "currency": "EUR",
    }


def test_a_capture_without_an_answer_is_unknown() -> None:
    payments = service([], NoAnswerError("timeout"))
    assert payments.capture(ORDER, 500) == Unknown("timeout", unavailable=True)


def test_a_service_that_was_not_told_how_to_capture_is_never_asked() -> None:
    sent: list[Any] = []
    payments = service(sent, answer(200, **CAPTURED), capture_url=None)
    assert payments.capture(ORDER, 500) == Unknown("no_capture")
    assert sent == []
