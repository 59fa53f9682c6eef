"""A hold at Stripe's: known by the intent alone, captured once, never taken for a capture."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.domain.outcomes import (
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    Opened,
    Unknown,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.scripted_stripe import (
    CANCEL,
    CONFIRM,
    ORDER,
    REFUSED,
    RETRIEVE,
    Make,
    ScriptedStripe,
    error,
    intent,
    make,
    stripe,
)

__all__ = ["make", "stripe"]

CAPTURE = "POST payment_intents/pi_1/capture"
EXPANDED = f"{RETRIEVE}?expand[0]=latest_charge"
LAPSES_AT = 1_800_000_000
MADE_AT = 1_799_000_000
HOLD = Authorized("ch_1", 4200, "EUR", LAPSES_AT * 1000)
CHARGE: dict[str, Any] = {
    "id": "ch_1",
    "object": "charge",
    "created": MADE_AT,
    "payment_method_details": {"type": "card", "card": {"capture_before": LAPSES_AT}},
}
NOT_CAPTURABLE = error(400, code="payment_intent_unexpected_state")


def held(**fields: Any) -> HttpAnswer:
    """The intent while it holds the money, with its charge written out."""
    return intent(
        "requires_capture",
        **{
            "capture_method": "manual",
            "amount_capturable": 4200,
            "amount_received": 0,
            "latest_charge": CHARGE,
            **fields,
        },
    )


@pytest.fixture
def service(make: Make) -> StripePaymentService:
    """It holds the money."""
    return make(captures_later=True)


def test_an_intent_is_opened_to_hold_and_its_charge_is_asked_for(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    assert service.captures_later
    stripe.answers = [intent("requires_confirmation"), held()]
    assert service.open(ORDER) == Opened("pi_1")
    assert stripe.fields[0]["capture_method"] == "manual"
    assert service.charge(ORDER) == HOLD
    assert stripe.fields[1] == {"expand[0]": "latest_charge"}
    assert stripe.asked[1:] == [CONFIRM]


def test_a_look_up_asks_for_the_charge_once_it_knows_of_a_hold(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [held(latest_charge="ch_1"), held()]
    assert service.look_up("pi_1") == HOLD
    assert [each.replace("%5B", "[").replace("%5D", "]") for each in stripe.asked] == [
        RETRIEVE,
        EXPANDED,
    ]


def test_a_hold_of_before_is_known_where_charges_are_captured_at_once(
    stripe: ScriptedStripe, make: Make
) -> None:
    service = make()
    assert not service.captures_later
    stripe.answers = [held()]
    assert service.look_up("pi_1") == HOLD


@pytest.mark.parametrize("method", ["automatic", "automatic_async", None])
def test_an_intent_that_was_opened_for_no_hold_has_none(
    method: str | None, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [held(capture_method=method)]
    assert service.look_up("pi_1") == Unknown("intent_requires_capture", later=True)


@pytest.mark.parametrize(
    "details", [None, {}, {"type": "klarna", "klarna": {}}, {"card": {"capture_before": None}}]
)
def test_a_charge_that_does_not_say_when_it_lapses_lapses_as_early_as_any(
    details: Any, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [held(latest_charge={**CHARGE, "payment_method_details": details})]
    shortest = (4 * 24 + 18) * 60 * 60
    assert service.look_up("pi_1") == replace(HOLD, capture_before=(MADE_AT + shortest) * 1000)


@pytest.mark.parametrize(
    "fields",
    [
        {"latest_charge": {**CHARGE, "id": None}},
        {"latest_charge": {}},
        {"latest_charge": {**CHARGE, "payment_method_details": {"card": {"capture_before": "x"}}}},
        {"latest_charge": {"id": "ch_1", "created": "yesterday"}},
        {"amount_capturable": 0},
        {"amount_capturable": None},
        {"amount_capturable": True},
        {"currency": "euro"},
    ],
    ids=str,
)
def test_a_hold_without_what_belongs_to_it_is_unknown(
    fields: dict[str, Any], stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [held(**fields)]
    assert service.look_up("pi_1") == Unknown("hold_unreadable", without_word=True)


def test_a_charge_that_stripe_does_not_write_out_is_no_proof_of_a_hold(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [held(latest_charge="ch_1")] * 2
    assert service.look_up("pi_1") == Unknown("hold_unreadable", without_word=True)


@pytest.mark.parametrize("ended", ["succeeded", "canceled"])
def test_a_hold_that_ends_between_two_answers_is_looked_up_again(
    ended: str, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [held(latest_charge="ch_1"), intent(ended)]
    assert service.look_up("pi_1") == Unknown("hold_ended_meanwhile", later=True)


def test_what_is_held_is_said_in_minor_units(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [held(amount_capturable=500, currency="isk")]
    assert service.look_up("pi_1") == replace(HOLD, amount=5, currency="ISK")


def test_a_capture_takes_what_is_asked_for(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("succeeded", amount_received=500)]
    assert service.capture(ORDER, 500) == Captured("ch_1", 500, "EUR")
    assert stripe.asked == [CAPTURE]
    assert stripe.fields == [{"amount_to_capture": "500"}]


def test_a_capture_is_asked_for_in_stripes_units(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("succeeded", amount_received=500, currency="isk")]
    captured = service.capture(replace(ORDER, currency="ISK"), 5)
    assert captured == Captured("ch_1", 5, "ISK")
    assert stripe.fields == [{"amount_to_capture": "500"}]
    kuwait = replace(ORDER, currency="KWD")
    assert service.capture(kuwait, 5124) == NotCharged("amount_not_representable")
    assert len(stripe.asked) == 1


@pytest.mark.parametrize(
    ("now", "meant"),
    [
        (intent("succeeded", amount_received=700), Captured("ch_1", 700, "EUR")),
        (intent("canceled"), Declined("cancelled")),
        (intent("canceled", last_payment_error=REFUSED), Declined("insufficient_funds")),
        (held(), NotCharged("payment_intent_unexpected_state")),
        (intent("processing"), Unknown("not_captured", later=True)),
        (intent("requires_payment_method"), Unknown("not_captured", later=True)),
    ],
)
def test_a_refused_capture_is_what_the_intent_says_and_not_the_error(
    now: HttpAnswer, meant: object, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [NOT_CAPTURABLE, now]
    assert service.capture(ORDER, 4200) == meant
    assert stripe.asked == [CAPTURE, RETRIEVE]


def test_an_answer_to_a_capture_that_still_holds_the_money_is_no_verdict(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [held()]
    assert service.capture(ORDER, 4200) == Unknown("not_captured", later=True)


@pytest.mark.parametrize(
    "answer",
    [
        NoAnswerError("TimeoutError"),
        error(401),
        error(404),
        error(400, code="lock_timeout"),
        error(429, code="rate_limit"),
        error(500, "api_error"),
        HttpAnswer(402, b"<html>"),
        intent("succeeded", id="pi_2"),
        intent("succeeded", amount_received=None),
    ],
    ids=str,
)
def test_a_capture_without_a_word_of_stripes_is_unknown(
    answer: HttpAnswer | NoAnswerError, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [answer]
    assert isinstance(service.capture(ORDER, 4200), Unknown)
    assert stripe.asked == [CAPTURE]


def test_no_key_of_a_capture_is_used_twice(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [error(500, "api_error")] * 2
    service.capture(ORDER, 4200)
    service.capture(ORDER, 4200)
    first, second = (each["Idempotency-Key"] for each in stripe.headers)
    assert first != second


def test_what_was_not_opened_is_not_captured(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    assert service.capture(replace(ORDER, payment_reference=None), 1) == Unknown("not_opened")
    assert stripe.asked == []


def test_a_hold_is_voided_by_cancelling_it(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("canceled")]
    assert service.cancel("pi_1") == Cancelled()
    assert stripe.asked == [CANCEL]


def test_a_hold_that_could_not_be_voided_is_said_to_be_there(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [error(400, code="payment_intent_unexpected_state"), held()]
    assert service.cancel("pi_1") == HOLD
