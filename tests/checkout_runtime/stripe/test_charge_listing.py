"""What localstripe captured is what the audit lists, page by page.

localstripe's list knows no times, so what is asked about them is removed on the way there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from checkout_runtime.adapters import stripe_charge_listing
from checkout_runtime.adapters.http_exchange import HttpAnswer, exchange
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.stripe_charge_listing import StripeChargeListing
from checkout_runtime.domain.charge_audit import Window
from checkout_runtime.domain.identity import payment_key
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.state_events import SetClock
from tests.checkout_runtime.stripe.conftest import StripeCheckout
from tests.checkout_runtime.stripe.local_stripe import CARD, REFUSED_CARD, LocalStripe

DAY = 24 * 60 * 60 * 1000


def without_times(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout_seconds: float
) -> HttpAnswer:
    parts = urlsplit(url)
    kept = [each for each in parse_qsl(parts.query) if not each[0].startswith("created")]
    url = parts._replace(query=urlencode(kept)).geturl()
    return exchange(method, url, headers, body, timeout_seconds)


def test_every_captured_intent_is_listed_with_its_order_and_no_other(
    checkout: StripeCheckout,
    stripe: LocalStripe,
    secrets: StubSecrets,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stripe_charge_listing, "INTENTS_A_PAGE", 2)
    paid = [checkout.place(f"k{number}", payment_method=CARD) for number in range(3)]
    refused = checkout.place("refused", payment_method=REFUSED_CARD)
    for order in [*paid, refused]:
        checkout.deliver(checkout.message(order))
    listing = StripeChargeListing(
        secret=CachedSecret(secrets, "arn", SetClock()),
        api_url=stripe.url,
        timeout_seconds=10,
        send=without_times,
    )
    now = int(time.time() * 1000)
    pages = list(listing.pages(Window(now - DAY, now + DAY)))
    assert len(pages) == 2
    listed = {each.key: each for page in pages for each in page}
    assert set(listed) == {payment_key(order.order_id, 1) for order in paid}
    for order in paid:
        stored = checkout.orders.get(order.order_id)
        assert stored is not None
        charge = listed[payment_key(order.order_id, 1)]
        assert (charge.charge_id, charge.amount) == (stored.charge_id, stored.amount)
