"""A checkout that holds and captures at Stripe: one capture, whatever gets lost between."""

from __future__ import annotations

import time

import pytest

from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.application.capture_order import CaptureAccepted
from checkout_runtime.domain.order import Order, OrderStatus
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.application.holding_checkout import HoldingCheckout
from tests.checkout_runtime.factories import POLICY, SECOND
from tests.checkout_runtime.state_events import SetClock
from tests.checkout_runtime.stripe.local_stripe import CARD, LocalStripe
from tests.checkout_runtime.stripe.troubled_proxy import Proxy

S = OrderStatus


@pytest.fixture
def checkout(proxy: Proxy, secrets: StubSecrets) -> HoldingCheckout:
    service = StripePaymentService(
        secret=CachedSecret(secrets, "arn", SetClock()),
        api_url=proxy.url,
        return_url=None,
        timeout_seconds=POLICY.payment_timeout_seconds,
        captures_later=True,
    )
    checkout = HoldingCheckout()
    checkout.payments = checkout.intents = service
    # Holds lapse by Stripe's own clock.
    checkout.clock.time = time.time_ns() // 1_000_000
    return checkout


def settled(checkout: HoldingCheckout, order: Order) -> Order:
    """Deliver the order's message until it is deleted."""
    for receives in range(1, 6):
        checkout.clock.time += POLICY.lease_seconds * SECOND
        if not checkout.deliver(checkout.message(order, receives=receives)):
            return checkout.now(order)
    raise AssertionError(f"not settled: {checkout.now(order)}")


@pytest.mark.parametrize(
    "trouble", ["lose_answers", "lose_requests", "answers_500", "carries_out_and_500"]
)
@pytest.mark.parametrize("step", ["create", "confirm", "retrieve", "capture"])
def test_a_hold_is_captured_once(
    step: str, trouble: str, checkout: HoldingCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    getattr(proxy, trouble).append(step)
    held = settled(checkout, checkout.place(payment_method=CARD))
    assert held.status is S.AUTHORIZED
    assert stripe.charges() == []
    assert isinstance(checkout.capture(held, 500), CaptureAccepted)
    paid = settled(checkout, held)
    [charge] = stripe.charges()
    assert (paid.status, paid.charge_id) == (S.PAID, charge["id"])
    assert charge["amount"] - charge["amount_refunded"] == paid.left_to_refund == 500
