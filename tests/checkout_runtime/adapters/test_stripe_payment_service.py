"""What is asked of Stripe, in which order, and that nothing about a card is kept or logged.

What the requests do to the money is tested in ``tests/checkout_runtime/stripe``, over HTTP.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError
from checkout_runtime.adapters.secret import SecretUnavailableError
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.domain.outcomes import (
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Opened,
    Processing,
    Unknown,
)
from tests.checkout_runtime.adapters.scripted_stripe import (
    CANCEL,
    CONFIRM,
    ORDER,
    REFUSED,
    RETRIEVE,
    TIMEOUT_SECONDS,
    Make,
    ScriptedStripe,
    error,
    intent,
    make,
    service,
    stripe,
)
from tests.checkout_runtime.factories import HOUR, claimed_order, new_order

__all__ = ["make", "service", "stripe"]


def test_an_intent_is_made_with_amount_currency_and_payment_method_and_not_confirmed(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    metadata = {"order_id": new_order().order_id, "attempt": "3"}
    stripe.answers = [intent("requires_confirmation", metadata=metadata)]
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
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    """A buyer who names another one's customer must not reach the cards that are kept there."""
    stripe.answers = [intent("requires_confirmation")]
    service.open(new_order(customer="cus_somebody_elses"))
    assert "cus_somebody_elses" not in str(stripe.fields)


def test_an_amount_is_sent_in_stripes_units(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("requires_confirmation", amount=500, currency="isk")]
    assert service.open(new_order(amount=5, currency="ISK")) == Opened("pi_1")
    assert stripe.fields[0]["amount"] == "500"


def test_an_amount_that_stripe_cannot_write_is_not_asked_for(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    order = new_order(amount=5124, currency="KWD")
    assert service.open(order) == NotCharged("amount_not_representable")
    assert stripe.asked == []


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
        NoAnswerError("TimeoutError"),
        intent("requires_confirmation", id="seti_1"),
        intent("requires_confirmation", object="setup_intent"),
        intent("requires_confirmation", metadata={}),
        intent("requires_confirmation", metadata={"order_id": "ord_another", "attempt": "1"}),
    ],
    ids=str,
)
def test_anything_else_leaves_it_unknown_whether_an_intent_was_made(
    answer: HttpAnswer | NoAnswerError, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [answer]
    assert isinstance(service.open(new_order()), Unknown)
    assert len(stripe.asked) == 1


@pytest.mark.parametrize(
    "made", [{"amount": 1}, {"currency": "usd"}, {"status": "processing"}], ids=str
)
def test_an_intent_that_is_not_what_was_asked_for_is_cancelled(
    made: dict[str, Any], stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    fields = {"status": "requires_confirmation", **made}
    stripe.answers = [intent(**fields), intent("canceled")]
    assert service.open(new_order()) == Unknown("opened_otherwise_than_asked", later=True)
    assert stripe.asked[1:] == [CANCEL]


def test_an_order_without_an_intent_is_not_charged(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    assert service.charge(claimed_order()) == Unknown("not_opened")
    assert service.cancel(claimed_order().lookup_reference) == Unknown("not_opened")
    assert service.look_up(claimed_order().lookup_reference) == NotFound()
    assert stripe.asked == []


def test_a_refused_card_is_a_decline_once_the_intent_is_cancelled(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [
        error(402, "card_error", code="card_declined"),
        intent("requires_payment_method", last_payment_error=REFUSED),
        intent("canceled"),
    ]
    assert service.charge(ORDER) == Declined("insufficient_funds")
    assert stripe.asked == [CONFIRM, RETRIEVE, CANCEL]


@pytest.mark.parametrize("answer", [error(500, "api_error"), NoAnswerError("cut off")], ids=str)
def test_a_refused_card_whose_intent_is_not_cancelled_is_unknown(
    answer: HttpAnswer | NoAnswerError, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("requires_payment_method", last_payment_error=REFUSED), answer]
    assert isinstance(service.look_up("pi_1"), Unknown)


def test_an_intent_that_succeeds_before_it_can_be_cancelled_is_captured(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("requires_payment_method"), error(400), intent("succeeded")]
    assert service.look_up("pi_1") == Captured("ch_1", 4200, "EUR")
    assert stripe.asked == [RETRIEVE, CANCEL, RETRIEVE]


def test_an_intent_that_stays_refused_and_uncancelled_is_unknown(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [
        intent("requires_payment_method"),
        error(400),
        intent("requires_payment_method"),
    ]
    assert service.look_up("pi_1") == Unknown("declined_not_cancelled")


def test_a_confirmation_that_is_refused_because_it_came_second_finds_the_capture(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [error(400, code="payment_intent_unexpected_state"), intent("succeeded")]
    assert service.charge(ORDER) == Captured("ch_1", 4200, "EUR")


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([intent("canceled")], Cancelled()),
        ([error(400), intent("canceled")], Cancelled()),
        ([error(400), intent("succeeded")], Captured("ch_1", 4200, "EUR")),
        ([error(400), intent("processing")], Processing()),
        ([error(400), intent("requires_confirmation")], Unknown("not_cancelled", later=True)),
        ([error(400), intent("requires_action")], Unknown("not_cancelled", later=True)),
        (
            [error(400), intent("requires_payment_method")],
            Unknown("intent_requires_payment_method", later=True),
        ),
        ([error(400), intent("requires_capture")], Unknown("intent_requires_capture", later=True)),
        ([intent("requires_confirmation"), intent("canceled")], Cancelled()),
        ([intent("succeeded"), intent("succeeded")], Captured("ch_1", 4200, "EUR")),
        ([error(500, "api_error")], Unknown("http_500", unavailable=True)),
    ],
    ids=str,
)
def test_giving_up_says_what_became_of_the_intent(
    answers: list[HttpAnswer | NoAnswerError],
    outcome: object,
    stripe: ScriptedStripe,
    service: StripePaymentService,
) -> None:
    stripe.answers = answers
    assert service.cancel("pi_1") == outcome


@pytest.mark.parametrize(
    ("answers", "order_id"),
    [
        ([intent("succeeded")], ORDER.order_id),
        ([intent("succeeded", metadata={})], None),
        ([intent("succeeded", metadata=None)], None),
        ([intent("succeeded", metadata={"order_id": "another shop's"})], None),
        ([error(404, "resource_missing")], None),
        ([error(500, "api_error")], Unknown("http_500", unavailable=True)),
    ],
    ids=str,
)
def test_an_intent_says_which_order_it_was_opened_for(
    answers: list[HttpAnswer | NoAnswerError],
    order_id: str | Unknown | None,
    stripe: ScriptedStripe,
    service: StripePaymentService,
) -> None:
    stripe.answers = answers
    assert service.order_of("pi_1") == order_id
    assert service.order_of("ch_1") is None
    assert stripe.asked == [RETRIEVE]


def test_an_unclaimed_intent_that_cannot_be_cancelled_is_left_with_a_warning(
    stripe: ScriptedStripe, service: StripePaymentService, caplog: pytest.LogCaptureFixture
) -> None:
    stripe.answers = [NoAnswerError("refused")]
    service.abandon("pi_1")
    assert [record.message for record in caplog.records] == ["intent_left_open"]


def test_a_key_that_cannot_be_read_is_no_answer(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.secrets.is_down = True
    outcome = service.charge(ORDER)
    assert isinstance(outcome, Unknown)
    assert outcome.unavailable
    assert stripe.asked == []


@pytest.mark.parametrize("answer", [error(500, "api_error"), error(409), NoAnswerError("cut off")])
def test_nothing_is_sent_twice_by_itself(
    answer: HttpAnswer | NoAnswerError, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [answer]
    service.charge(ORDER)
    assert len(stripe.asked) == 1


def test_all_requests_of_one_charge_share_one_deadline(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [
        error(402, "card_error"),
        intent("requires_payment_method"),
        intent("canceled"),
    ]
    service.charge(ORDER)
    first, second, third = stripe.timeouts
    assert TIMEOUT_SECONDS >= first > second > third > TIMEOUT_SECONDS - 5


def test_nothing_is_sent_once_the_deadline_is_over(stripe: ScriptedStripe, make: Make) -> None:
    outcome = make(timeout_seconds=0).charge(ORDER)
    assert outcome == Unknown("no time left", unavailable=True)
    assert stripe.asked == []


def test_nothing_that_is_sent_or_answered_is_logged(
    stripe: ScriptedStripe, service: StripePaymentService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stripe.answers = [
        intent("requires_confirmation"),
        error(402, "card_error", code="card_declined", message="card 4242"),
        intent("requires_payment_method", last_payment_error={"message": "card 4242"}),
        intent("canceled"),
    ]
    service.open(new_order())
    service.charge(ORDER)
    assert caplog.records == []


def test_nothing_about_this_machine_is_told(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("succeeded")]
    service.look_up("pi_1")
    [headers] = stripe.headers
    told = json.loads(headers["X-Stripe-Client-User-Agent"])
    assert set(told) <= {"bindings_version", "lang", "lang_version", "httplib", "ai_agent"}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("sk_live_1", "stripe:live"),
        ("rk_live_1", "stripe:live"),
        ("sk_test_1", "stripe:test"),
        ("rk_test_1", "stripe:test"),
        ("sk_org_live_1", "stripe"),
    ],
)
def test_the_name_says_which_of_an_accounts_two_worlds_the_key_opens(
    key: str, name: str, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.secrets.value = key
    assert service.name == name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("sk_live_1", "stripe:live:the shop's account"),
        ("rk_test_1", "stripe:test:the shop's account"),
        ("sk_org_live_1", "stripe:the shop's account"),
    ],
)
def test_a_configured_name_counts_with_its_world(
    key: str, name: str, stripe: ScriptedStripe, make: Make
) -> None:
    """An intent of one world is unknown to the other, whatever the account is called."""
    stripe.secrets.value = key
    assert make(name="the shop's account").name == name


def test_a_name_once_known_survives_a_key_that_cannot_be_read_again(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    """Another name would send orders to an operator for the sake of a moment's outage."""
    service.prepare()
    stripe.secrets.is_down = True
    stripe.clock.time += HOUR
    assert service.name == "stripe:test"


def test_a_name_that_was_never_known_is_not_made_up(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.secrets.is_down = True
    with pytest.raises(SecretUnavailableError):
        _ = service.name


def test_a_name_follows_the_key(stripe: ScriptedStripe, service: StripePaymentService) -> None:
    service.prepare()
    stripe.secrets.value = "sk_live_1"
    stripe.clock.time += HOUR
    assert service.name == "stripe:live"
