"""Histories that once ended worse than promised: wrong clocks, lost answers, no secret."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import Cancelled, Declined, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.answering_server import AnsweringServer, answering
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import HOUR, POLICY, SECOND, SERVICE
from tests.checkout_runtime.state_events import SetClock


@pytest.fixture
def blind() -> Checkout:
    """A checkout whose payment service honours keys and cannot be looked up."""
    checkout = Checkout()
    checkout.payments.can_look_up = False
    return checkout


def test_one_worker_whose_clock_is_a_day_ahead_does_not_prolong_retention(
    blind: Checkout,
) -> None:
    began = blind.clock.time
    order = blind.place()
    blind.clock.time = began + 24 * HOUR
    blind.payments.next_answers = [blind.payments.capture_then_hang]
    # The queue's own clock is right.
    blind.deliver(replace(blind.message(order), first_received_at=began))
    # The key is forgotten a day after the request was really sent.
    blind.payments.honours_keys = False
    blind.clock.time = began + 30 * HOUR
    blind.deliver(blind.message(order))
    assert blind.payments.captures_of(order.order_id) == 1


def test_a_worker_whose_clock_was_ahead_does_not_hold_an_order_for_a_day() -> None:
    checkout = Checkout()
    began = checkout.clock.time
    order = checkout.place()
    ahead = began + 24 * HOUR
    checkout.orders.claim(
        order.order_id,
        1,
        claim_id="dead",
        now=ahead,
        lease_expires_at=ahead + POLICY.lease_seconds * SECOND,
        service=SERVICE,
    )
    checkout.clock.time = began + 12 * HOUR
    checkout.deliver(checkout.message(order))
    assert checkout.now(order).status is not OrderStatus.CHARGING


def test_an_order_that_was_never_requested_is_charged_after_a_person_releases_it(
    blind: Checkout,
) -> None:
    order = blind.place()
    for _ in range(60):
        blind.clock.time += HOUR
        blind.run_reconciler()
    assert blind.now(order).review_reason == "never_tried"
    assert blind.reconciler.release([order.order_id]) == [order.order_id]
    blind.deliver(blind.message(order))
    assert blind.now(order).status is OrderStatus.PAID


@pytest.fixture
def server() -> Iterator[AnsweringServer]:
    with answering() as server:
        yield server


def test_a_look_up_learns_that_an_attempt_was_cancelled_whose_answer_was_lost(
    server: AnsweringServer,
) -> None:
    service = HttpPaymentService(
        url=server.url,
        look_up_url=server.url,
        secret=CachedSecret(StubSecrets("s"), "arn", SetClock()),
        timeout_seconds=1,
    )
    server.say(200, {"status": "cancelled"})
    # The port promises no Cancelled from a look-up yet; either would be an answer.
    found: object = service.look_up("ord_a:1")
    assert isinstance(found, (Cancelled, Declined))


def test_trouble_with_the_secret_does_not_say_that_the_payment_service_is_up() -> None:
    checkout = Checkout()
    for _ in range(5):
        checkout.breaker.record(available=False, now=checkout.clock.now())
    checkout.clock.time += 10 * SECOND
    secrets = StubSecrets("s")
    secrets.is_down = True
    service = HttpPaymentService(
        url="http://127.0.0.1:9/",
        look_up_url=None,
        secret=CachedSecret(secrets, "arn", checkout.clock),
        timeout_seconds=1,
    )
    order = checkout.place()
    assert isinstance(service.charge(order), Unknown)
    checkout.payments.next_answers = [service.charge]
    checkout.deliver(checkout.message(order))
    assert not all(checkout.breaker.permits(checkout.clock.now()) for _ in range(2))
