"""Stripe's refusals: which end an order, which call an operator, and which decide nothing."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.domain.outcomes import (
    Captured,
    Declined,
    NotCharged,
    Processing,
    Unknown,
)
from tests.checkout_runtime.adapters.scripted_stripe import (
    CANCEL,
    CONFIRM,
    ORDER,
    RETRIEVE,
    SECRET,
    Make,
    ScriptedStripe,
    error,
    intent,
    make,
    service,
    stripe,
)
from tests.checkout_runtime.factories import new_order

__all__ = ["make", "service", "stripe"]

USED_BEFORE = error(400, message="The provided PaymentMethod was previously used ... pm_1")
"""As Stripe writes it: neither a code nor a parameter."""
ACCOUNT_ALARM = "payment_account_refused"


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (USED_BEFORE, "payment_method_unusable"),
        (error(400, param="payment_method", code="resource_missing"), "resource_missing"),
        (error(404, param="payment_method", code="resource_missing"), "resource_missing"),
        (error(400, param="amount", code="amount_too_small"), "amount_too_small"),
        (error(400, param="payment_method"), "payment_method_unusable"),
        (error(400, param="currency"), "invalid_request"),
        (error(400, param=7, code={"no": "code"}), "payment_method_unusable"),
        (error(400, param="customer", code="parameter_missing"), "parameter_missing"),
        (
            error(
                400,
                param="payment_method_types",
                code="payment_intent_incompatible_payment_method",
            ),
            "payment_intent_incompatible_payment_method",
        ),
        (error(400, code="account_closed"), "account_closed"),
        (error(400, param="amount", code="x" * 999), "x" * 200),
        (error(402, "card_error", code="card_declined"), "card_declined"),
        (error(402, "card_error", code="card_declined", decline_code="fraudulent"), "fraudulent"),
        (error(402), "payment_method_unusable"),
    ],
    ids=str,
)
def test_an_intent_that_is_refused_over_the_order_was_not_made(
    answer: HttpAnswer, code: str, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [answer]
    assert service.open(new_order()) == NotCharged(code)


@pytest.mark.parametrize("refusal", [USED_BEFORE, error(402, "card_error", code="card_declined")])
def test_a_confirmation_that_is_refused_for_good_is_a_decline_once_the_intent_is_cancelled(
    refusal: HttpAnswer, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [refusal, intent("requires_confirmation"), intent("canceled")]
    outcome = service.charge(ORDER)
    assert isinstance(outcome, Declined)
    assert outcome.code in ("payment_method_unusable", "card_declined")
    assert stripe.asked == [CONFIRM, RETRIEVE, CANCEL]


def test_a_payment_method_that_stripe_took_off_the_intent_is_declined_by_the_refusals_code(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [USED_BEFORE, intent("requires_payment_method"), intent("canceled")]
    assert service.charge(ORDER) == Declined("payment_method_unusable")


@pytest.mark.parametrize(
    ("afterwards", "outcome"),
    [
        ("succeeded", Captured("ch_1", 4200, "EUR")),
        ("processing", Processing()),
        ("requires_confirmation", Unknown("confirmation_refused:parameter_missing")),
    ],
)
def test_a_refused_intent_that_somebody_confirms_before_it_is_cancelled_says_what_became_of_it(
    afterwards: str, outcome: object, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [
        error(400, code="parameter_missing"),
        intent("requires_confirmation"),
        error(400, code="payment_intent_unexpected_state"),
        intent(afterwards),
    ]
    assert service.charge(ORDER) == outcome
    assert stripe.asked == [CONFIRM, RETRIEVE, CANCEL, RETRIEVE]


@pytest.mark.parametrize(
    "answers",
    [
        [NoAnswerError("cut off")],
        [error(404, code="resource_missing")],
        [intent("requires_confirmation"), NoAnswerError("cut off")],
        [intent("requires_confirmation"), error(500, "api_error")],
        [intent("requires_confirmation"), error(429, code="lock_timeout")],
        [intent("requires_confirmation"), error(400, "idempotency_error")],
        [intent("requires_confirmation"), intent("canceled", id="pi_2")],
    ],
    ids=str,
)
def test_a_refused_intent_that_is_not_known_to_be_cancelled_is_unknown(
    answers: list[HttpAnswer | NoAnswerError], stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [USED_BEFORE, *answers]
    assert isinstance(service.charge(ORDER), Unknown)
    assert stripe.answers == []


SETUP = [
    error(400, param="payment_method_types[0]", code="parameter_invalid"),
    error(400, param="capture_method"),
    error(400, param="metadata[order_id]"),
    error(400, param="return_url", code="url_invalid"),
    error(400, param="confirmation_method"),
    error(400, param="colour", code="parameter_unknown"),
    error(400, code="livemode_mismatch"),
    error(404, message="Unrecognized request URL"),
]
ACCOUNT = [
    error(401),
    error(401, code="api_key_expired"),
    error(403),
    error(400, code="account_invalid"),
    error(400, code="testmode_charges_only"),
    error(402, code="platform_api_key_expired"),
]


@pytest.mark.parametrize(
    ("answer", "unavailable"),
    [*((each, False) for each in SETUP), *((each, True) for each in ACCOUNT)],
    ids=str,
)
@pytest.mark.parametrize("step", ["open", "charge"])
def test_a_refusal_that_is_no_buyers_fault_calls_an_operator_and_declines_nobody(
    step: str,
    answer: HttpAnswer,
    unavailable: bool,
    stripe: ScriptedStripe,
    service: StripePaymentService,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stripe.answers = [answer]
    outcome = service.open(new_order()) if step == "open" else service.charge(ORDER)
    assert isinstance(outcome, Unknown)
    assert outcome.unavailable is unavailable
    assert len(stripe.asked) == 1
    [record] = caplog.records
    assert (record.message, record.levelno) == (ACCOUNT_ALARM, logging.ERROR)
    assert record.code == outcome.reason  # type: ignore[attr-defined]
    assert SECRET not in str(vars(record))


@pytest.mark.parametrize("step", ["charge", "look_up", "cancel"])
def test_an_intent_that_stripe_does_not_know_is_no_answer_and_calls_an_operator(
    step: str,
    stripe: ScriptedStripe,
    service: StripePaymentService,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The key is another account's, or of the other mode: the intent is somewhere else."""
    stripe.answers = [error(404, code="resource_missing", param="intent")]
    asked: Any = getattr(service, step)
    assert asked(ORDER if step == "charge" else "pi_1") == Unknown("resource_missing")
    assert events(caplog) == [ACCOUNT_ALARM]


@pytest.mark.parametrize("answer", ACCOUNT, ids=str)
def test_a_refused_key_is_read_again(
    answer: HttpAnswer, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [answer, intent("succeeded")]
    service.look_up("pi_1")
    stripe.secrets.value = "sk_test_rotated"
    service.look_up("pi_1")
    assert [h["Authorization"] for h in stripe.headers] == [
        f"Bearer {SECRET}",
        "Bearer sk_test_rotated",
    ]


@pytest.mark.parametrize(
    ("answer", "unavailable"),
    [
        (error(500, "api_error"), True),
        (error(429), True),
        (error(429, code="rate_limit"), True),
        (error(400, code="rate_limit"), True),
        (error(429, code="lock_timeout"), False),
        (error(400, code="lock_timeout"), False),
        (error(409, "idempotency_error", code="idempotency_key_in_use"), False),
        (error(400, "idempotency_error"), False),
        (error(402, "idempotency_error"), False),
        (error(402, "api_error"), False),
        (error(409), False),
        (error(418), False),
        (NoAnswerError("refused"), True),
    ],
    ids=str,
)
@pytest.mark.parametrize("step", ["open", "charge", "look_up", "cancel"])
def test_what_decides_nothing_is_unknown_and_says_whether_stripe_is_down(
    step: str,
    answer: HttpAnswer | NoAnswerError,
    unavailable: bool,
    stripe: ScriptedStripe,
    service: StripePaymentService,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stripe.answers = [answer]
    asked: Any = getattr(service, step)
    outcome = asked({"open": new_order(), "charge": ORDER}.get(step, "pi_1"))
    assert isinstance(outcome, Unknown)
    assert (outcome.unavailable, outcome.without_word) == (unavailable, False)
    assert outcome.later != unavailable
    assert events(caplog) == []


def test_a_refusal_without_a_code_leaves_a_trace_that_quotes_nothing(
    stripe: ScriptedStripe, service: StripePaymentService, caplog: pytest.LogCaptureFixture
) -> None:
    """An account that Stripe closed may refuse every buyer in this way."""
    stripe.answers = [USED_BEFORE]
    service.open(new_order())
    [record] = caplog.records
    assert (record.message, record.levelno) == ("payment_refused_without_code", logging.WARNING)
    assert "pm_1" not in str(vars(record))


def test_a_return_url_that_is_refused_does_not_cost_the_buyer_the_attempt(
    stripe: ScriptedStripe, make: Make
) -> None:
    stripe.answers = [error(400, param="return_url", code="url_invalid")]
    assert make(return_url="https://shop").charge(ORDER) == Unknown("url_invalid")
    assert stripe.asked == [CONFIRM]
