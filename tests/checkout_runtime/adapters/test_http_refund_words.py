"""Only the payment service's own word says what became of a refund."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError
from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.http_refund_words import answer_to_refund, answer_to_refund_look_up
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded, RefundPending

MADE = {"status": "refunded", "refund_id": "re_1", "amount": 500, "currency": "eur"}
REFUND = Refund(
    "op_" + "a" * 52, "ord_" + "b" * 52, RefundStatus.REFUNDING, 500, "EUR", "ch_1", 0, 0, "ops"
)


def answer(http_status: int, /, **fields: Any) -> HttpAnswer:
    return HttpAnswer(http_status, json.dumps(fields).encode())


@pytest.mark.parametrize("status", [200, 201])
def test_proof_says_how_much_went_back(status: int) -> None:
    assert answer_to_refund(answer(status, **MADE)) == Refunded("re_1", 500, "EUR")


@pytest.mark.parametrize(
    "said",
    [
        answer(202, **MADE),
        answer(402, **MADE),
        answer(200, **{**MADE, "amount": "500"}),
        answer(200, **{**MADE, "currency": None}),
        answer(200, status="ok"),
        answer(404, status="not_found"),
        answer(429, status="not_refunded", code="later"),
        answer(500, status="not_refunded", code="oops"),
        HttpAnswer(402, b""),
        HttpAnswer(404, b"<html>"),
    ],
)
def test_anything_else_is_no_verdict(said: HttpAnswer) -> None:
    assert isinstance(answer_to_refund(said), Unknown)


def test_a_pending_refund_and_a_known_no() -> None:
    pending = answer(202, status="refund_pending", refund_id="re_1")
    assert answer_to_refund(pending) == RefundPending("re_1")
    assert answer_to_refund(answer(200, status="refund_pending")) == RefundPending()
    disputed = answer(409, status="not_refunded", code="charge_disputed")
    assert answer_to_refund(disputed) == NotRefunded("charge_disputed")
    already = answer(422, status="not_refunded", code="already_refunded")
    assert answer_to_refund(already) == NotRefunded("already_refunded", already_refunded=True)


def test_only_a_look_up_finds_nothing_and_only_by_its_word() -> None:
    assert answer_to_refund_look_up(answer(404, status="not_found")) == NotFound()
    assert isinstance(answer_to_refund_look_up(HttpAnswer(404, b"")), Unknown)


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

    options = {"look_up_url": "https://pay.example/charges", **more}
    return HttpPaymentService(
        url="https://pay.example/charges",
        secret=_Secret(),  # type: ignore[arg-type]
        timeout_seconds=10,
        send=send,
        **{"refund_url": "https://pay.example/refunds", **options},
    )


def test_a_refund_is_posted_under_its_own_key_and_asked_about_by_it() -> None:
    sent: list[Any] = []
    payments = service(sent, answer(200, **MADE))
    assert payments.refund(REFUND) == Refunded("re_1", 500, "EUR")
    assert payments.look_up_refund(REFUND) == Refunded("re_1", 500, "EUR")
    (method, url, headers, body, _), (asked, about, *_) = sent
    assert (method, url) == ("POST", "https://pay.example/refunds")
    assert headers["Idempotency-Key"] == REFUND.payment_key
    assert json.loads(body) == {
        "order_id": REFUND.order_id,
        "charge_id": "ch_1",
        "amount": 500,
        "currency": "EUR",
    }
    assert asked == "GET"
    assert about.startswith("https://pay.example/refunds?key=op_")


def test_no_answer_is_no_verdict() -> None:
    payments = service([], NoAnswerError("timeout"))
    assert payments.refund(REFUND) == Unknown("timeout", unavailable=True)


def test_a_service_that_was_not_told_how_is_never_asked() -> None:
    sent: list[Any] = []
    payments = service(sent, answer(200, **MADE), refund_url=None)
    assert (payments.can_refund, payments.can_look_up_refunds) == (False, False)
    assert payments.refund(REFUND) == Unknown("no_refund")
    assert payments.look_up_refund(REFUND) == Unknown("no_refund")
    assert sent == []


def test_without_look_ups_of_charges_there_are_none_of_refunds() -> None:
    payments = service([], answer(200, **MADE), look_up_url=None)
    assert (payments.can_refund, payments.can_look_up_refunds) == (True, False)
