"""Refusals on the way to Stripe: which end an attempt, which only delay it, and what is charged.

The refusals that localstripe does not know are given by the proxy, as Stripe writes them.
"""

from __future__ import annotations

import json

import pytest

from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import ActionRequired, Captured, Declined
from tests.checkout_runtime.stripe.conftest import StripeCheckout
from tests.checkout_runtime.stripe.local_stripe import (
    AUTHENTICATED_CARD,
    CARD,
    REFUSED_CARD,
    LocalStripe,
)
from tests.checkout_runtime.stripe.test_charges_once import (
    start_attempt,
    try_again,
    waiting_for_buyer,
)
from tests.checkout_runtime.stripe.troubled_proxy import Proxy

S = OrderStatus


def refusal(status: int, **fields: str) -> tuple[int, bytes]:
    error = {"type": "invalid_request_error", "message": "pm_1 was ...", **fields}
    return status, json.dumps({"error": error}).encode()


USED_BEFORE = refusal(400)
"""A card that was declined is used again: neither a code nor a parameter."""
GATEWAYS_OWN = (402, b'{"message": "Payment Required"}')


@pytest.mark.parametrize("step", ["create", "confirm"])
def test_a_payment_method_that_was_used_before_is_declined_at_once_and_another_one_pays(
    step: str, checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    proxy.answers_instead = {step: USED_BEFORE}
    order = checkout.place(payment_method=CARD)
    assert checkout.deliver(checkout.message(order)) == []
    declined = checkout.now(order)
    assert (declined.status, declined.decline_code) == (S.DECLINED, "payment_method_unusable")
    assert set(stripe.intents().values()) <= {"canceled"}
    start_attempt(checkout, order, CARD)
    assert try_again(checkout, order, attempt=2).status is S.PAID
    assert len(stripe.charges()) == 1


@pytest.mark.parametrize("trouble", ["lose_requests", "lose_answers", "carries_out_and_500"])
def test_a_refused_confirmation_whose_intent_cannot_be_cancelled_is_not_yet_a_decline(
    trouble: str, checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    proxy.answers_instead = {"confirm": USED_BEFORE}
    setattr(proxy, trouble, ["cancel"])
    order = checkout.place(payment_method=CARD)
    assert checkout.deliver(checkout.message(order)) != []
    assert checkout.now(order).status is S.UNKNOWN
    proxy.answers_instead = {"confirm": USED_BEFORE}
    assert try_again(checkout, order).status is S.DECLINED
    assert set(stripe.intents().values()) == {"canceled"}
    assert stripe.charges() == []


def test_a_refused_intent_that_a_slow_worker_confirms_before_it_is_cancelled_is_paid(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    proxy.answers_instead = {"confirm": USED_BEFORE}
    proxy.before_request = {"cancel": lambda: stripe.confirm(*stripe.intents())}
    order = checkout.place(payment_method=CARD)
    assert checkout.deliver(checkout.message(order)) == []
    [charge] = stripe.charges()
    assert (checkout.now(order).status, checkout.now(order).charge_id) == (S.PAID, charge["id"])


def test_a_slow_worker_cannot_confirm_what_was_declined(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    proxy.answers_instead = {"confirm": USED_BEFORE}
    order = checkout.place(payment_method=CARD)
    checkout.deliver(checkout.message(order))
    assert checkout.now(order).status is S.DECLINED
    late = checkout.payments.charge(checkout.now(order))
    assert late == Declined("cancelled")
    assert stripe.charges() == []


@pytest.mark.parametrize("step", ["create", "confirm"])
@pytest.mark.parametrize("answer", [GATEWAYS_OWN, (404, b"<html>")], ids=str)
def test_what_a_gateway_refuses_is_cancelled_after_the_lease_and_another_card_pays_once(
    answer: tuple[int, bytes],
    step: str,
    checkout: StripeCheckout,
    stripe: LocalStripe,
    proxy: Proxy,
) -> None:
    proxy.answers_instead = {step: answer}
    order = checkout.place(payment_method=CARD)
    assert checkout.deliver(checkout.message(order)) != []
    assert checkout.now(order).status is S.UNKNOWN
    proxy.answers_instead = {step: answer}
    declined = try_again(checkout, order)
    assert (declined.status, declined.decline_code) == (S.DECLINED, "refused_without_word")
    assert set(stripe.intents().values()) <= {"canceled"}
    start_attempt(checkout, order, CARD)
    assert try_again(checkout, order, attempt=2).status is S.PAID
    assert len(stripe.charges()) == 1


@pytest.mark.parametrize("step", ["create", "confirm"])
@pytest.mark.parametrize("answer", [GATEWAYS_OWN, (404, b"<html>")], ids=str)
def test_a_blip_of_a_gateway_is_tried_again_and_the_order_paid_once(
    answer: tuple[int, bytes],
    step: str,
    checkout: StripeCheckout,
    stripe: LocalStripe,
    proxy: Proxy,
) -> None:
    proxy.answers_instead = {step: answer}
    order = checkout.place(payment_method=CARD)
    assert checkout.deliver(checkout.message(order)) != []
    assert try_again(checkout, order).status is S.PAID
    assert len(stripe.charges()) == 1


@pytest.mark.parametrize("step", ["create", "confirm"])
@pytest.mark.parametrize(
    "answer",
    [
        (403, b'{"message": "Forbidden"}'),
        refusal(400, param="payment_method_types"),
        refusal(401, code="api_key_expired"),
        refusal(429, code="lock_timeout"),
    ],
    ids=str,
)
def test_what_is_no_refusal_of_the_order_delays_it_and_it_is_paid_once(
    answer: tuple[int, bytes],
    step: str,
    checkout: StripeCheckout,
    stripe: LocalStripe,
    proxy: Proxy,
) -> None:
    proxy.answers_instead = {step: answer}
    order = checkout.place(payment_method=CARD)
    assert checkout.deliver(checkout.message(order)) != []
    assert try_again(checkout, order).status is S.PAID
    assert len(stripe.charges()) == 1


def test_a_buyer_who_acts_on_a_page_of_its_own_while_the_answer_is_lost_has_paid(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy, service: StripePaymentService
) -> None:
    proxy.lose_answers = ["confirm"]
    order = checkout.place(payment_method=stripe.card(AUTHENTICATED_CARD))
    assert checkout.deliver(checkout.message(order)) != []
    unclear = checkout.now(order)
    assert unclear.status is S.UNKNOWN
    found = service.look_up(str(unclear.payment_reference))
    assert isinstance(found, ActionRequired)
    stripe.buyer_authenticates(str(found.action_url).removeprefix("stripe:"), success=True)
    [charge] = stripe.charges()
    assert service.look_up(str(unclear.payment_reference)) == Captured(charge["id"], 4200, "EUR")
    assert try_again(checkout, order).status is S.PAID
    assert len(stripe.charges()) == 1


def test_a_buyer_who_acts_without_coming_back_is_found_by_a_look_up(
    checkout: StripeCheckout, stripe: LocalStripe, service: StripePaymentService
) -> None:
    order, client_secret = waiting_for_buyer(checkout, stripe.card(AUTHENTICATED_CARD))
    stripe.buyer_authenticates(client_secret, success=True)
    [charge] = stripe.charges()
    assert service.look_up(order.lookup_reference) == Captured(charge["id"], 4200, "EUR")


def test_an_earlier_attempt_that_was_declined_is_looked_up_by_its_own_intent(
    checkout: StripeCheckout, stripe: LocalStripe, service: StripePaymentService
) -> None:
    order = checkout.place(payment_method=REFUSED_CARD)
    checkout.deliver(checkout.message(order))
    first = str(checkout.now(order).payment_reference)
    start_attempt(checkout, order, CARD)
    assert try_again(checkout, order, attempt=2).status is S.PAID
    assert service.look_up(first) == Declined("card_declined")
    assert sorted(stripe.intents().values()) == ["canceled", "succeeded"]


def test_a_look_up_of_an_intent_under_another_key_calls_an_operator_and_declines_nobody(
    checkout: StripeCheckout,
    stripe: LocalStripe,
    proxy: Proxy,
    caplog: pytest.LogCaptureFixture,
) -> None:
    proxy.lose_answers = ["confirm"]
    order = checkout.place(payment_method=CARD)
    checkout.deliver(checkout.message(order))
    proxy.answers_instead = {"retrieve": refusal(404, code="resource_missing", param="intent")}
    checkout.let_lease_pass()
    assert checkout.deliver(checkout.message(order, receives=2)) != []
    assert checkout.now(order).status is S.UNKNOWN
    assert "payment_account_refused" in [record.message for record in caplog.records]
    assert try_again(checkout, order).status is S.PAID
    assert len(stripe.charges()) == 1
