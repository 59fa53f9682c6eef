"""A URL that nothing can be sent to stops a function at its start, never in the middle of a charge.

Synth refuses such a URL. One that only the deployment knows gets past it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checkout_runtime.adapters.http_charge_listing import HttpChargeListing
from checkout_runtime.adapters.http_exchange import UnusableUrlError
from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.stripe_charge_listing import StripeChargeListing
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.state_events import SetClock

USABLE, UNUSABLE = "https://pay.example.com/", "https://pay.example.com:99999/"
SECRET = CachedSecret(StubSecrets("sk_test_1"), "arn", SetClock())


def http(url: str = USABLE, look_up_url: str = USABLE, cancel_url: str = USABLE) -> object:
    return HttpPaymentService(
        url=url, look_up_url=look_up_url, cancel_url=cancel_url, secret=SECRET, timeout_seconds=1
    )


STARTS: dict[str, Callable[[str], object]] = {
    "http url": lambda url: http(url=url),
    "http look_up_url": lambda url: http(look_up_url=url),
    "http cancel_url": lambda url: http(cancel_url=url),
    "http list_url": lambda url: HttpChargeListing(url=url, secret=SECRET, timeout_seconds=1),
    "stripe api_url": lambda url: StripePaymentService(
        secret=SECRET, api_url=url, return_url=None, timeout_seconds=1
    ),
    "stripe list": lambda url: StripeChargeListing(secret=SECRET, api_url=url, timeout_seconds=1),
}


@pytest.mark.parametrize("start", STARTS)
def test_an_unusable_url_stops_the_function_at_its_start(start: str) -> None:
    STARTS[start](USABLE)
    with pytest.raises(UnusableUrlError):
        STARTS[start](UNUSABLE)
