"""A localstripe for the session, and a checkout that charges at it through a proxy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import POLICY, SECOND
from tests.checkout_runtime.state_events import SetClock
from tests.checkout_runtime.stripe.local_stripe import SECRET, LocalStripe, serving
from tests.checkout_runtime.stripe.troubled_proxy import Proxy, proxying


@pytest.fixture(scope="session")
def running_stripe() -> Iterator[LocalStripe]:
    """The server."""
    with serving() as server:
        yield server


@pytest.fixture
def stripe(running_stripe: LocalStripe) -> LocalStripe:
    """The server, with nothing in it."""
    running_stripe.forget_everything()
    return running_stripe


@pytest.fixture
def proxy(stripe: LocalStripe) -> Iterator[Proxy]:
    """What stands between the workers and the server."""
    with proxying(stripe.url) as proxy:
        yield proxy


@pytest.fixture
def secrets() -> StubSecrets:
    """What holds the API key."""
    return StubSecrets(SECRET)


@pytest.fixture
def service(proxy: Proxy, secrets: StubSecrets) -> StripePaymentService:
    """The payment service, behind the proxy."""
    return StripePaymentService(
        secret=CachedSecret(secrets, "arn", SetClock()),
        api_url=proxy.url,
        return_url=None,
        timeout_seconds=POLICY.payment_timeout_seconds,
    )


@dataclass
class StripeCheckout(Checkout):
    """A checkout that charges at Stripe."""

    def let_lease_pass(self) -> None:
        self.clock.time += POLICY.lease_seconds * SECOND


@pytest.fixture
def checkout(service: StripePaymentService) -> StripeCheckout:
    """One whose orders are on the model of DynamoDB."""
    payments: Any = service
    return StripeCheckout(payments=payments, intents=service)
