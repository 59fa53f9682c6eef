"""What an intent means: no capture without its proof, no wait without a safe way to act."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.http_exchange import HttpAnswer
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Captured,
    Declined,
    NotFound,
    Processing,
    Unknown,
)
from tests.checkout_runtime.adapters.scripted_stripe import (
    CONFIRM,
    ORDER,
    REFUSED,
    RETRIEVE,
    Make,
    ScriptedStripe,
    intent,
    make,
    service,
    stripe,
)

__all__ = ["make", "service", "stripe"]


@pytest.mark.parametrize("latest_charge", ["ch_1", {"id": "ch_1"}], ids=str)
def test_a_confirmed_intent_is_captured_with_what_was_received(
    latest_charge: Any, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("succeeded", amount_received=4100, latest_charge=latest_charge)]
    assert service.charge(ORDER) == Captured("ch_1", 4100, "EUR")
    assert stripe.asked == [CONFIRM]


@pytest.mark.parametrize(
    "fields",
    [
        {"latest_charge": None},
        {"latest_charge": ""},
        {"latest_charge": {"id": None}},
        {"amount_received": "4200"},
        {"amount_received": None},
        {"amount_received": True},
        {"amount_received": 0},
        {"amount_received": -4200},
        {"amount_received": 10**40},
        {"currency": None},
        {"currency": "euro"},
        {"currency": "\u0435ur"},
    ],
    ids=str,
)
def test_a_capture_without_its_proof_is_unknown(
    fields: dict[str, Any], stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("succeeded", **fields)]
    assert service.charge(ORDER) == Unknown("intent_succeeded_unreadable", without_word=True)


@pytest.mark.parametrize("status", ["requires_capture", "something_new"])
def test_an_intent_that_is_neither_paid_nor_refused_is_unknown(
    status: str, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent(status)]
    assert service.charge(ORDER) == Unknown(f"intent_{status}", later=True)


def test_a_buyer_who_has_to_act_is_sent_where_the_bank_asks(
    stripe: ScriptedStripe, make: Make
) -> None:
    redirect = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example/"}}
    stripe.answers = [intent("requires_action", next_action=redirect)]
    service = make(return_url="https://shop.example/back")
    assert service.charge(ORDER) == ActionRequired("https://bank.example/")
    assert stripe.fields == [{"return_url": "https://shop.example/back"}]


def test_a_buyers_page_that_has_to_act_is_given_the_client_secret(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("requires_action", next_action={"type": "use_stripe_sdk"})]
    assert service.charge(ORDER) == ActionRequired("stripe:pi_1_secret_2")
    assert stripe.fields == [{}]


def test_an_intent_that_is_unconfirmed_is_not_found_so_far(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("requires_confirmation")]
    assert service.look_up("pi_1") == NotFound()


def test_a_cancelled_intent_is_a_decline_for_the_reason_it_was_refused(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("canceled"), intent("canceled", last_payment_error=REFUSED)]
    assert service.look_up("pi_1") == Declined("cancelled")
    assert service.look_up("pi_1") == Declined("insufficient_funds")


def test_a_payment_that_the_bank_still_decides_is_processing(
    stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("processing")] * 2
    assert service.charge(ORDER) == Processing()
    assert service.look_up("pi_1") == Processing()
    assert stripe.asked == [CONFIRM, RETRIEVE]


@pytest.mark.parametrize(
    ("url", "reason"),
    [("http://bank.example/", "action_url_unusable"), (7, "action_url_unusable")],
)
def test_a_buyer_is_not_sent_to_a_page_that_is_not_safe(
    url: object, reason: str, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": url}}
    stripe.answers = [intent("requires_action", next_action=action)]
    assert service.charge(ORDER) == Unknown(reason, later=True)


@pytest.mark.parametrize("secret", [None, "", 7, "a\nb"])
def test_an_order_does_not_wait_for_a_buyer_who_has_no_way_to_act(
    secret: object, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [intent("requires_action", client_secret=secret)]
    assert service.charge(ORDER) == Unknown("no_way_to_act", later=True)


@pytest.mark.parametrize(
    "mixed_up",
    [
        intent("succeeded", id="pi_2"),
        intent("canceled", id="pi_2"),
        intent("succeeded", object="charge"),
        intent("succeeded", id=None),
    ],
    ids=str,
)
def test_an_answer_about_another_intent_says_nothing(
    mixed_up: HttpAnswer, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    stripe.answers = [mixed_up] * 3
    for answer in (service.charge(ORDER), service.look_up("pi_1"), service.cancel("pi_1")):
        assert isinstance(answer, Unknown)
        assert answer.without_word


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("requires_confirmation", NotFound()),
        ("requires_action", ActionRequired("stripe:pi_1_secret_2")),
        ("processing", Processing()),
        ("succeeded", Captured("ch_1", 4200, "EUR")),
        ("canceled", Declined("cancelled")),
    ],
)
def test_a_look_up_changes_nothing_about_an_intent_that_was_not_refused(
    status: str, answer: object, stripe: ScriptedStripe, service: StripePaymentService
) -> None:
    """It may be an earlier attempt's, which the buyer's page can still confirm."""
    stripe.answers = [intent(status)]
    assert service.look_up("pi_1") == answer
    assert stripe.asked == [RETRIEVE]
