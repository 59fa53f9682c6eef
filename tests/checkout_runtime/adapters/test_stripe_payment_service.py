"""Stripe's answers, read: what is no proof is unknown, and nothing about a card is kept or logged.

What the requests do to the money is tested in ``tests/checkout_runtime/stripe``, over HTTP.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest

from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswer
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Opened,
    Unknown,
)
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.making import claimed_order, new_order
from tests.checkout_runtime.state_events import SetClock

SECRET = "sk_test_12345"
TIMEOUT_SECONDS = 10
ORDER = claimed_order(payment_reference="pi_1")
INTENT: dict[str, Any] = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "succeeded",
    "amount": 4200,
    "amount_received": 4200,
    "currency": "eur",
    "latest_charge": "ch_1",
    "client_secret": "pi_1_secret_2",
    "next_action": None,
    "last_payment_error": None,
}


def intent(status: str, **fields: Any) -> HttpAnswer:
    return HttpAnswer(200, json.dumps({**INTENT, "status": status, **fields}).encode())


def error(status: int, kind: str = "invalid_request_error", **fields: Any) -> HttpAnswer:
    return HttpAnswer(status, json.dumps({"error": {"type": kind, **fields}}).encode())


class Stripe:
    """Says what it is told to say, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[HttpAnswer | NoAnswer] = []
        self.asked: list[str] = []
        self.fields: list[dict[str, str]] = []
        self.headers: list[Mapping[str, str]] = []
        self.timeouts: list[float] = []
        self.secrets = StubSecrets(SECRET)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_seconds: float,
    ) -> HttpAnswer:
        self.asked.append(f"{method} {url.removeprefix('https://api.stripe.com/v1/')}")
        self.fields.append(dict(parse_qsl((body or b"").decode())))
        self.headers.append(headers)
        self.timeouts.append(timeout_seconds)
        answer = self.answers.pop(0)
        if isinstance(answer, NoAnswer):
            raise answer
        return answer


Make = Callable[..., StripePaymentService]


@pytest.fixture
def stripe() -> Stripe:
    return Stripe()


@pytest.fixture
def make(stripe: Stripe) -> Make:
    def make(**changes: Any) -> StripePaymentService:
        options: dict[str, Any] = {
            "secret": CachedSecret(stripe.secrets, "arn", SetClock()),
            "api_url": "https://api.stripe.com",
            "return_url": None,
            "timeout_seconds": TIMEOUT_SECONDS,
            "send": stripe.send,
            **changes,
        }
        return StripePaymentService(**options)

    return make


@pytest.fixture
def service(make: Make) -> StripePaymentService:
    return make()


CONFIRM = "POST payment_intents/pi_1/confirm"
RETRIEVE = "GET payment_intents/pi_1"
CANCEL = "POST payment_intents/pi_1/cancel"


def test_an_intent_is_made_with_amount_currency_and_payment_method_and_not_confirmed(
    stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("requires_confirmation")]
    assert service.open(new_order(attempt=3)) == Opened("pi_1")
    assert stripe.asked == ["POST payment_intents"]
    assert stripe.fields[0] == {
        "amount": "4200",
        "currency": "eur",
        "payment_method": "pm_1",
        "payment_method_types[0]": "card",
        "capture_method": "automatic",
        "metadata[order_id]": new_order().order_id,
        "metadata[attempt]": "3",
    }


def test_the_customer_that_a_buyer_names_is_not_sent(
    stripe: Stripe, service: StripePaymentService
) -> None:
    """A buyer who names another one's customer must not reach the cards that are kept there."""
    stripe.answers = [intent("requires_confirmation")]
    service.open(new_order(customer="cus_somebody_elses"))
    assert "cus_somebody_elses" not in str(stripe.fields)


def test_an_amount_is_sent_in_stripes_units(stripe: Stripe, service: StripePaymentService) -> None:
    stripe.answers = [intent("requires_confirmation", amount=500, currency="isk")]
    assert service.open(new_order(amount=5, currency="ISK")) == Opened("pi_1")
    assert stripe.fields[0]["amount"] == "500"


def test_an_amount_that_stripe_cannot_write_is_not_asked_for(
    stripe: Stripe, service: StripePaymentService
) -> None:
    order = new_order(amount=5124, currency="KWD")
    assert service.open(order) == NotCharged("amount_not_representable")
    assert stripe.asked == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (error(400, param="payment_method", code="resource_missing"), "resource_missing"),
        (error(400, param="amount", code="amount_too_small"), "amount_too_small"),
        (error(400, param="currency"), "http_400"),
        (error(400, param="amount", code="x" * 999), "x" * 200),
        (error(402, "card_error", code="card_declined"), "card_declined"),
    ],
    ids=str,
)
def test_what_is_wrong_with_the_order_is_no_charge(
    answer: HttpAnswer, code: str, stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [answer]
    assert service.open(new_order()) == NotCharged(code)


@pytest.mark.parametrize(
    "answer",
    [
        error(400, param="capture_method"),
        error(400, "idempotency_error"),
        error(401),
        error(403),
        error(404),
        error(409),
        error(429),
        error(500, "api_error"),
        HttpAnswer(301, b"{}"),
        HttpAnswer(200, b"not json"),
        HttpAnswer(200, b"[]"),
        HttpAnswer(200, b"{}"),
        HttpAnswer(200, b"\xff"),
        HttpAnswer(200, b'{"id": "pi_1", "id": "pi_2"}'),
        HttpAnswer(400, b'{"error": {"param": "amount", "code": "\\ud800"}}'),
        NoAnswer("TimeoutError"),
        intent("requires_confirmation", id="seti_1"),
    ],
    ids=str,
)
def test_anything_else_leaves_it_unknown_whether_an_intent_was_made(
    answer: HttpAnswer | NoAnswer, stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [answer]
    assert isinstance(service.open(new_order()), Unknown)


@pytest.mark.parametrize(
    "made", [{"amount": 1}, {"currency": "usd"}, {"status": "processing"}], ids=str
)
def test_an_intent_that_is_not_what_was_asked_for_is_cancelled(
    made: dict[str, Any], stripe: Stripe, service: StripePaymentService
) -> None:
    fields = {"status": "requires_confirmation", **made}
    stripe.answers = [intent(**fields), intent("canceled")]
    assert service.open(new_order()) == Unknown("opened_otherwise_than_asked")
    assert stripe.asked[1:] == [CANCEL]


@pytest.mark.parametrize("latest_charge", ["ch_1", {"id": "ch_1"}], ids=str)
def test_a_confirmed_intent_is_captured_with_what_was_received(
    latest_charge: Any, stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("succeeded", amount_received=4100, latest_charge=latest_charge)]
    assert service.charge(ORDER) == Captured("ch_1", 4100, "EUR")
    assert stripe.asked == [CONFIRM]


@pytest.mark.parametrize(
    "fields",
    [{"latest_charge": None}, {"latest_charge": ""}, {"amount_received": "4200"}],
    ids=str,
)
def test_a_capture_without_its_proof_is_unknown(
    fields: dict[str, Any], stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("succeeded", **fields)]
    assert service.charge(ORDER) == Unknown("intent_succeeded_unreadable")


def test_an_order_without_an_intent_is_not_charged(
    stripe: Stripe, service: StripePaymentService
) -> None:
    assert service.charge(claimed_order()) == Unknown("not_opened")
    assert service.cancel(claimed_order().known_as) == Unknown("not_opened")
    assert service.look_up(claimed_order().known_as) == NotFound()
    assert stripe.asked == []


@pytest.mark.parametrize("status", ["processing", "requires_capture", "something_new"])
def test_an_intent_that_is_neither_paid_nor_refused_is_unknown(
    status: str, stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent(status)]
    assert service.charge(ORDER) == Unknown(f"intent_{status}")


def test_a_buyer_who_has_to_act_is_sent_where_the_bank_asks(stripe: Stripe, make: Make) -> None:
    redirect = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example/"}}
    stripe.answers = [intent("requires_action", next_action=redirect)]
    service = make(return_url="https://shop.example/back")
    assert service.charge(ORDER) == ActionRequired("https://bank.example/")
    assert stripe.fields == [{"return_url": "https://shop.example/back"}]


def test_a_buyers_page_that_has_to_act_is_given_the_client_secret(
    stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("requires_action", next_action={"type": "use_stripe_sdk"})]
    assert service.charge(ORDER) == ActionRequired("stripe:pi_1_secret_2")
    assert stripe.fields == [{}]


REFUSED = {"code": "card_declined", "decline_code": "insufficient_funds"}


def test_a_refused_card_is_a_decline_once_the_intent_is_cancelled(
    stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [
        error(402, "card_error", code="card_declined"),
        intent("requires_payment_method", last_payment_error=REFUSED),
        intent("canceled"),
    ]
    assert service.charge(ORDER) == Declined("insufficient_funds")
    assert stripe.asked == [CONFIRM, RETRIEVE, CANCEL]


@pytest.mark.parametrize("answer", [error(500, "api_error"), NoAnswer("cut off")], ids=str)
def test_a_refused_card_whose_intent_is_not_cancelled_is_unknown(
    answer: HttpAnswer | NoAnswer, stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("requires_payment_method", last_payment_error=REFUSED), answer]
    assert isinstance(service.look_up("pi_1"), Unknown)


def test_an_intent_that_succeeds_before_it_can_be_cancelled_is_captured(
    stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("requires_payment_method"), error(400), intent("succeeded")]
    assert service.look_up("pi_1") == Captured("ch_1", 4200, "EUR")
    assert stripe.asked == [RETRIEVE, CANCEL, RETRIEVE]


def test_an_intent_that_stays_refused_and_uncancelled_is_unknown(
    stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [
        intent("requires_payment_method"),
        error(400),
        intent("requires_payment_method"),
    ]
    assert service.look_up("pi_1") == Unknown("declined_not_cancelled")


def test_a_confirmation_that_is_refused_because_it_came_second_finds_the_capture(
    stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [error(400, code="payment_intent_unexpected_state"), intent("succeeded")]
    assert service.charge(ORDER) == Captured("ch_1", 4200, "EUR")


@pytest.mark.parametrize(
    "refusal", [error(400, code="parameter_missing"), error(402, "card_error", code="declined")]
)
def test_a_confirmation_that_is_refused_and_left_no_trace_is_unknown(
    refusal: HttpAnswer, stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [refusal, intent("requires_confirmation")]
    outcome = service.charge(ORDER)
    assert isinstance(outcome, Unknown)
    assert outcome.reason.startswith("confirmation_refused:")


def test_an_intent_that_is_unconfirmed_is_not_found_so_far(
    stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("requires_confirmation")]
    assert service.look_up("pi_1") == NotFound()


def test_an_intent_that_stripe_does_not_know_is_unknown(
    stripe: Stripe, service: StripePaymentService
) -> None:
    """Another account's key: the intent that the table names is somewhere else."""
    stripe.answers = [error(404, code="resource_missing", param="intent")]
    assert service.look_up("pi_1") == Unknown("resource_missing")


def test_a_cancelled_intent_is_a_decline_for_the_reason_it_was_refused(
    stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("canceled"), intent("canceled", last_payment_error=REFUSED)]
    assert service.look_up("pi_1") == Declined("cancelled")
    assert service.look_up("pi_1") == Declined("insufficient_funds")


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([intent("canceled")], Cancelled()),
        ([error(400), intent("canceled")], Cancelled()),
        ([error(400), intent("succeeded")], Captured("ch_1", 4200, "EUR")),
        ([error(400), intent("requires_confirmation")], Unknown("not_cancelled")),
        ([error(500, "api_error")], Unknown("http_500", unavailable=True)),
    ],
    ids=str,
)
def test_giving_up_says_what_became_of_the_intent(
    answers: list[HttpAnswer | NoAnswer],
    outcome: object,
    stripe: Stripe,
    service: StripePaymentService,
) -> None:
    stripe.answers = answers
    assert service.cancel("pi_1") == outcome


def test_an_unclaimed_intent_that_cannot_be_cancelled_is_left_with_a_warning(
    stripe: Stripe, service: StripePaymentService, caplog: pytest.LogCaptureFixture
) -> None:
    stripe.answers = [NoAnswer("refused")]
    service.abandon("pi_1")
    assert [record.message for record in caplog.records] == ["intent_left_open"]


@pytest.mark.parametrize(
    ("answer", "unavailable"),
    [
        (error(500, "api_error"), True),
        (error(429), True),
        (error(400, code="rate_limit"), True),
        (NoAnswer("refused"), True),
        (HttpAnswer(502, b"<html>"), True),
        (error(401), False),
        (error(409), False),
    ],
    ids=str,
)
def test_a_service_that_is_down_is_told_from_an_order_that_is_unclear(
    answer: HttpAnswer | NoAnswer, unavailable: bool, stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [answer]
    outcome = service.look_up("pi_1")
    assert isinstance(outcome, Unknown)
    assert outcome.unavailable is unavailable


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_read_again(
    status: int, stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [error(status), intent("succeeded")]
    service.look_up("pi_1")
    stripe.secrets.value = "sk_test_rotated"
    service.look_up("pi_1")
    assert [h["Authorization"] for h in stripe.headers] == [
        f"Bearer {SECRET}",
        "Bearer sk_test_rotated",
    ]


def test_a_key_that_cannot_be_read_is_no_answer(
    stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.secrets.is_down = True
    outcome = service.charge(ORDER)
    assert isinstance(outcome, Unknown)
    assert outcome.unavailable
    assert stripe.asked == []


@pytest.mark.parametrize("answer", [error(500, "api_error"), error(409), NoAnswer("cut off")])
def test_nothing_is_sent_twice_by_itself(
    answer: HttpAnswer | NoAnswer, stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [answer]
    service.charge(ORDER)
    assert len(stripe.asked) == 1


def test_all_requests_of_one_charge_share_one_deadline(
    stripe: Stripe, service: StripePaymentService
) -> None:
    stripe.answers = [
        error(402, "card_error"),
        intent("requires_payment_method"),
        intent("canceled"),
    ]
    service.charge(ORDER)
    first, second, third = stripe.timeouts
    assert TIMEOUT_SECONDS >= first > second > third > TIMEOUT_SECONDS - 5


def test_nothing_is_sent_once_the_deadline_is_over(stripe: Stripe, make: Make) -> None:
    outcome = make(timeout_seconds=0).charge(ORDER)
    assert outcome == Unknown("no time left", unavailable=True)
    assert stripe.asked == []


def test_nothing_that_is_sent_or_answered_is_logged(
    stripe: Stripe, service: StripePaymentService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stripe.answers = [
        intent("requires_confirmation"),
        error(402, "card_error", message="card 4242"),
        intent("requires_payment_method", last_payment_error={"message": "card 4242"}),
        intent("canceled"),
    ]
    service.open(new_order())
    service.charge(ORDER)
    assert caplog.records == []


def test_nothing_about_this_machine_is_told(stripe: Stripe, service: StripePaymentService) -> None:
    stripe.answers = [intent("succeeded")]
    service.look_up("pi_1")
    [headers] = stripe.headers
    told = json.loads(headers["X-Stripe-Client-User-Agent"])
    assert set(told) <= {"bindings_version", "lang", "lang_version", "httplib", "ai_agent"}
