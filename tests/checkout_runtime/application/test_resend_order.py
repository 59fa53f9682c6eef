"""An order is sent again under an ordinal that is stored before, and only if it did not move on."""

from __future__ import annotations

import pytest

from checkout_runtime.application.resend_order import ResendOrder, Resent
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.outcomes import Declined
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import BUYER


@pytest.mark.parametrize("uncounted", [True, False])
def test_it_is_sent_under_the_next_ordinal(checkout: Checkout, *, uncounted: bool) -> None:
    order = checkout.place()
    resend = ResendOrder(checkout.orders, checkout.queue, checkout.clock)
    assert resend(order, uncounted=uncounted) is Resent.SENT
    assert checkout.queue.sent == [PaymentMessage(order.order_id, 1, resend=1)]
    assert checkout.now(order).counted_resends == (not uncounted)


def test_it_asks_for_the_current_attempt(checkout: Checkout) -> None:
    order = checkout.place()
    checkout.payments.next_answers = [Declined("no_funds")]
    checkout.deliver(checkout.message(order))
    checkout.orders.start_attempt(
        order.order_id,
        BUYER,
        replaces=1,
        payment_method="pm_2",
        max_attempts=2,
        now=checkout.clock.now(),
    )
    ResendOrder(checkout.orders, checkout.queue, checkout.clock)(checkout.now(order))
    assert checkout.queue.sent == [PaymentMessage(order.order_id, 2, resend=1)]


def test_an_order_that_moved_on_is_not_sent(checkout: Checkout) -> None:
    order = checkout.place()
    resend = ResendOrder(checkout.orders, checkout.queue, checkout.clock)
    assert resend(replace(order, resend=7)) is Resent.MOVED_ON
    assert checkout.queue.sent == []


def test_one_that_the_queue_refused_is_not_counted(
    checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    order = checkout.place()
    checkout.queue.refused.add(order.order_id)
    resend = ResendOrder(checkout.orders, checkout.queue, checkout.clock)
    assert resend(order) is Resent.REFUSED
    assert checkout.now(order).counted_resends == 0
    [record] = map(vars, caplog.records)
    assert (record["event"], record["order_id"]) == ("order_not_resent", order.order_id)
