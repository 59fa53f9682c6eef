"""The deployed functions charge at Stripe: real handlers, table, secret, SDK and HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest

from checkout_runtime.adapters import stripe_charge_listing
from checkout_runtime.adapters.stripe_charge_listing import StripeChargeListing
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.application.audit_ports import ChargesNotListedError
from checkout_runtime.domain.charge_audit import ListedOpening, Window
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.outcomes import Opened
from checkout_runtime.handlers import payment_dependencies
from checkout_stack.local.aws import LocalAws
from tests.checkout_runtime.factories import HOUR
from tests.checkout_runtime.handlers.conftest import Functions, clear_caches, functions
from tests.checkout_runtime.handlers.http_requests import body_of, placement
from tests.checkout_runtime.handlers.queue_events import Context, record
from tests.checkout_runtime.stripe.local_stripe import CARD, REFUSED_CARD, SECRET, LocalStripe
from tests.checkout_runtime.stripe.test_charge_listing import without_times
from tests.checkout_runtime.stripe.troubled_proxy import Proxy

__all__ = ["functions"]

DAY = 24 * HOUR


@pytest.fixture
def at_stripe(
    functions: Functions,
    proxy: Proxy,
    local_aws: LocalAws,
    fresh_name: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Functions:
    """The functions, told what ``PaymentService.stripe`` tells them."""
    secret = local_aws.secrets_manager().create_secret(
        Name=fresh_name("stripe"), SecretString=SECRET
    )
    monkeypatch.setenv("PAYMENT_SERVICE_KIND", "stripe")
    monkeypatch.setenv("PAYMENT_SERVICE_URL", proxy.url)
    monkeypatch.setenv("PAYMENT_SERVICE_SECRET_ARN", secret["ARN"])
    monkeypatch.setenv("PAYMENT_SERVICE_TIMEOUT_SECONDS", "5")
    clear_caches()
    return functions


def placed(functions: Functions, payment_method: str, key: str) -> str:
    answer = functions.place_order(placement(key, payment_method=payment_method))
    return str(body_of(answer)["order_id"])


def deliver(functions: Functions, order_id: str) -> bool:
    """Deliver the order's message; whether it is done with."""
    message = record(PaymentMessage(order_id, 1).to_body(), 1, order_id)
    answer = functions.process_payments({"Records": [message]}, Context())
    return bool(answer == {"batchItemFailures": []})


def test_an_order_is_charged_once_however_often_its_message_is_delivered(
    at_stripe: Functions, stripe: LocalStripe
) -> None:
    order_id = placed(at_stripe, CARD, "stripe-1")
    assert deliver(at_stripe, order_id)
    assert deliver(at_stripe, order_id)
    order = at_stripe.orders.get(order_id)
    assert order is not None
    [charge] = stripe.charges()
    assert (order.status, order.charge_id) == ("PAID", charge["id"])
    assert order.payment_reference == charge["payment_intent"]


def test_an_answer_that_was_lost_is_found_under_the_stored_intent(
    at_stripe: Functions, stripe: LocalStripe, proxy: Proxy
) -> None:
    proxy.lose_answers = ["confirm"]
    order_id = placed(at_stripe, CARD, "stripe-2")
    assert not deliver(at_stripe, order_id)
    assert deliver(at_stripe, order_id)
    order = at_stripe.orders.get(order_id)
    assert order is not None
    assert order.status == "PAID"
    assert len(stripe.charges()) == 1
    assert proxy.did() == ["create", "confirm", "retrieve"]


def test_a_refused_card_is_a_decline(at_stripe: Functions, stripe: LocalStripe) -> None:
    order_id = placed(at_stripe, REFUSED_CARD, "stripe-3")
    assert deliver(at_stripe, order_id)
    order = at_stripe.orders.get(order_id)
    assert order is not None
    assert (order.status, order.decline_code) == ("DECLINED", "card_declined")
    assert list(stripe.intents().values()) == ["canceled"]


def test_the_reconciler_asks_stripe_and_may_cancel_there(at_stripe: Functions) -> None:
    from checkout_runtime.handlers import payment_dependencies

    settle = payment_dependencies.settle_attempt()
    assert isinstance(settle.payment_service, StripePaymentService)
    assert settle.intents is settle.payment_service
    assert settle.payment_service.can_look_up
    assert settle.payment_service.can_cancel


def test_what_a_worker_opened_that_died_before_its_claim_is_abandoned_by_the_audit(
    at_stripe: Functions, stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid, waiting = placed(at_stripe, CARD, "stripe-4"), placed(at_stripe, CARD, "stripe-5")
    dies_after_opening(at_stripe, paid)
    dies_after_opening(at_stripe, waiting)
    assert deliver(at_stripe, paid)
    assert sorted(stripe.intents().values()) == [
        *("requires_confirmation", "requires_confirmation", "succeeded")
    ]
    audit_a_day_later(at_stripe, stripe, monkeypatch)
    assert sorted(stripe.intents().values()) == ["canceled", "canceled", "succeeded"]
    assert deliver(at_stripe, waiting)
    order = at_stripe.orders.get(waiting)
    assert order is not None
    assert order.status == "PAID"
    assert len(stripe.charges()) == 2


def test_what_an_order_is_to_be_charged_by_is_not_abandoned(
    at_stripe: Functions, stripe: LocalStripe, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.lose_requests = ["confirm"]
    order_id = placed(at_stripe, CARD, "stripe-6")
    assert not deliver(at_stripe, order_id)
    assert audit_a_day_later(at_stripe, stripe, monkeypatch) == 0
    assert list(stripe.intents().values()) == ["requires_confirmation"]


def test_openings_that_cannot_be_swept_do_not_spoil_the_audit(
    at_stripe: Functions,
    stripe: LocalStripe,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def no_list(self: StripeChargeListing, window: Window) -> Iterator[Sequence[ListedOpening]]:
        raise ChargesNotListedError("http_503")

    monkeypatch.setattr(StripeChargeListing, "openings", no_list)
    assert audit_a_day_later(at_stripe, stripe, monkeypatch) == 0
    assert "openings_not_swept" in caplog.text


def dies_after_opening(functions: Functions, order_id: str) -> None:
    """A worker opens the order's attempt, and nothing is heard of it again."""
    order = functions.orders.get(order_id)
    intents = payment_dependencies.settle_attempt().intents
    assert order is not None
    assert intents is not None
    assert isinstance(intents.open(order), Opened)


def audit_a_day_later(
    functions: Functions, stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> int:
    """Audit what was charged so far; return how many openings were abandoned."""
    monkeypatch.setenv("PAYMENT_SERVICE_LIST_URL", stripe.url)
    monkeypatch.setenv("AUDIT_PATIENCE_SECONDS", "3600")
    now = SystemClock().now()

    class Tomorrow(SystemClock):
        def now(self) -> int:
            return now + DAY

    monkeypatch.setattr("checkout_runtime.handlers.audit_charges.system_clock", Tomorrow)
    monkeypatch.setattr(
        stripe_charge_listing,
        "StripeChargeListing",
        partial(StripeChargeListing, send=without_times),
    )
    clear_caches()
    audited = functions.audit_charges({"from": now - DAY, "before": now + DAY}, Context(900))
    assert audited["finished"]
    return int(audited["openings_given_up"])
