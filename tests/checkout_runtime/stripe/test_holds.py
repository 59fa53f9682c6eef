"""Money that Stripe holds: captured once, whatever gets lost, and never after it was voided."""

from __future__ import annotations

import pytest

from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.domain.order import Order
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
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.factories import POLICY, claimed_order
from tests.checkout_runtime.state_events import SetClock
from tests.checkout_runtime.stripe.local_stripe import CARD, LocalStripe
from tests.checkout_runtime.stripe.troubled_proxy import Proxy


@pytest.fixture
def service(proxy: Proxy, secrets: StubSecrets) -> StripePaymentService:
    """Stripe behind the proxy, told to hold the money."""
    return StripePaymentService(
        secret=CachedSecret(secrets, "arn", SetClock()),
        api_url=proxy.url,
        return_url=None,
        timeout_seconds=POLICY.payment_timeout_seconds,
        captures_later=True,
    )


@pytest.fixture
def order(service: StripePaymentService) -> Order:
    """An order whose money is held."""
    order = claimed_order(payment_method=CARD)
    opened = service.open(order)
    assert isinstance(opened, Opened)
    order = replace(order, payment_reference=opened.reference)
    answer = service.charge(order)
    assert isinstance(answer, Authorized)
    assert (answer.amount, answer.currency) == (order.amount, order.currency)
    assert service.look_up(opened.reference) == answer
    return replace(order, charge_id=answer.charge_id)


def test_a_hold_is_no_charge_until_it_is_captured(
    order: Order, service: StripePaymentService, stripe: LocalStripe
) -> None:
    assert stripe.charges() == []
    proof = Captured(str(order.charge_id), 4200, "EUR")
    assert service.capture(order, 4200) == proof
    assert service.look_up(order.lookup_reference) == proof
    [charge] = stripe.charges()
    assert (charge["id"], charge["amount"]) == (order.charge_id, 4200)


@pytest.mark.parametrize("trouble", ["lose_answers", "carries_out_and_500"])
def test_a_capture_whose_answer_was_lost_is_found_and_is_one(
    trouble: str, order: Order, service: StripePaymentService, stripe: LocalStripe, proxy: Proxy
) -> None:
    getattr(proxy, trouble).append("capture")
    assert isinstance(service.capture(order, 500), Unknown)
    proof = Captured(str(order.charge_id), 500, "EUR")
    assert service.look_up(order.lookup_reference) == proof
    # What was captured first counts, whatever is asked for afterwards.
    assert service.capture(order, 4200) == proof
    assert [each["amount"] - each["amount_refunded"] for each in stripe.charges()] == [500]


def test_a_capture_that_failed_at_stripes_is_tried_again(
    order: Order, service: StripePaymentService, proxy: Proxy
) -> None:
    """Under the key of the first request Stripe would answer the same 500 for a day."""
    proxy.answers_500.append("capture")
    assert isinstance(service.capture(order, 4200), Unknown)
    assert isinstance(service.capture(order, 4200), Captured)


def test_what_was_voided_is_never_captured(
    order: Order, service: StripePaymentService, stripe: LocalStripe
) -> None:
    assert service.cancel(order.lookup_reference) == Cancelled()
    assert service.capture(order, 4200) == Declined("cancelled")
    assert service.look_up(order.lookup_reference) == Declined("cancelled")
    assert stripe.charges() == []


def test_what_was_captured_cannot_be_voided(order: Order, service: StripePaymentService) -> None:
    proof = service.capture(order, 4200)
    assert isinstance(proof, Captured)
    assert service.cancel(order.lookup_reference) == proof


def test_more_than_is_held_is_not_captured(
    order: Order, service: StripePaymentService, stripe: LocalStripe
) -> None:
    assert isinstance(service.capture(order, 4201), NotCharged)
    assert stripe.charges() == []
    assert isinstance(service.look_up(order.lookup_reference), Authorized)
