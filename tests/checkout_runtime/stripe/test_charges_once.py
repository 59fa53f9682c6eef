"""One charge an order at Stripe's, counted in the server's own list, whatever goes wrong between.

The server ignores idempotency keys, and the proxy before it replays an old 500 to a caller that
repeats one: neither may matter.
"""

from __future__ import annotations

import pytest

from checkout_runtime.application.redrive_orders import RedriveOrders
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Unknown
from tests.checkout_runtime.factories import HOUR
from tests.checkout_runtime.stripe.conftest import StripeCheckout
from tests.checkout_runtime.stripe.local_stripe import (
    AUTHENTICATED_AND_REFUSED_CARD,
    AUTHENTICATED_CARD,
    CARD,
    REFUSED_CARD,
    LocalStripe,
)
from tests.checkout_runtime.stripe.troubled_proxy import Proxy

S = OrderStatus
CLIENT_ACTION = "stripe:"


class WorkerDies(BaseException):
    """The environment is gone; nothing that comes after is carried out."""


def try_again(checkout: StripeCheckout, order: Order, attempt: int = 1, tries: int = 5) -> Order:
    """Deliver the message until it is deleted."""
    for receives in range(1, tries + 1):
        checkout.let_lease_pass()
        if not checkout.deliver(checkout.message(order, attempt=attempt, receives=receives)):
            break
    else:
        raise AssertionError(f"not settled in {tries} tries: {checkout.now(order)}")
    return checkout.now(order)


def die(*args: object, **kwargs: object) -> object:
    raise WorkerDies


def start_attempt(checkout: StripeCheckout, order: Order, payment_method: str) -> None:
    checkout.orders.start_attempt(
        order.order_id,
        order.principal,
        replaces=1,
        payment_method=payment_method,
        max_attempts=3,
        now=checkout.clock.now(),
    )


def test_an_order_is_charged_under_the_intent_that_its_claim_stored(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    order = checkout.place(payment_method=CARD)
    assert checkout.deliver(checkout.message(order)) == []
    paid = checkout.now(order)
    [charge] = stripe.charges()
    assert (paid.status, paid.charge_id) == (S.PAID, charge["id"])
    assert (charge["amount"], charge["currency"]) == (4200, "eur")
    assert charge["payment_intent"] == paid.payment_reference
    assert proxy.did() == ["create", "confirm"]


def test_no_idempotency_key_is_used_twice(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    proxy.lose_requests = ["create", "confirm"]
    try_again(checkout, checkout.place(payment_method=CARD))
    keys = [request.key for request in proxy.requests if request.method == "POST"]
    assert None not in keys
    assert len(set(keys)) == len(keys) == 4


def test_a_worker_that_dies_between_confirming_and_storing_does_not_charge_again(
    checkout: StripeCheckout,
    stripe: LocalStripe,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = checkout.place(payment_method=CARD)
    with monkeypatch.context() as patched:
        patched.setattr(checkout.orders, "record_capture", die)
        with pytest.raises(WorkerDies):
            checkout.deliver(checkout.message(order))
    assert len(stripe.charges()) == 1
    assert try_again(checkout, order).status is S.PAID
    assert len(stripe.charges()) == 1
    assert proxy.did() == ["create", "confirm", "retrieve"]


def test_a_worker_that_dies_between_claiming_and_confirming_is_followed_by_one_that_confirms(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    order = checkout.place(payment_method=CARD)
    proxy.lose_requests = ["confirm"]
    checkout.deliver(checkout.message(order))
    assert stripe.charges() == []
    assert try_again(checkout, order).status is S.PAID
    assert len(stripe.charges()) == 1
    assert proxy.did() == ["create", "confirm", "retrieve", "confirm"]


@pytest.mark.parametrize("request_", ["create", "confirm"])
@pytest.mark.parametrize(
    "trouble", ["lose_requests", "lose_answers", "answers_500", "carries_out_and_500"]
)
def test_a_request_that_goes_wrong_leads_to_one_charge(
    trouble: str, request_: str, checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    setattr(proxy, trouble, [request_])
    order = checkout.place(payment_method=CARD)
    assert checkout.deliver(checkout.message(order)) != []
    assert try_again(checkout, order).status is S.PAID
    assert len(stripe.charges()) == 1


@pytest.mark.parametrize(
    "trouble", ["lose_requests", "lose_answers", "answers_500", "carries_out_and_500"]
)
def test_requests_that_go_wrong_again_and_again_lead_to_one_charge(
    trouble: str, checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    setattr(proxy, trouble, ["create", "create", "confirm", "confirm", "retrieve"])
    assert try_again(checkout, checkout.place(payment_method=CARD), tries=10).status is S.PAID
    assert len(stripe.charges()) == 1


def test_two_workers_that_open_at_once_charge_once_and_leave_nothing_unclaimed(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    order = checkout.place(payment_method=CARD)
    proxy.before_answer = {"create": lambda: checkout.deliver(checkout.message(order))}
    checkout.deliver(checkout.message(order))
    paid = checkout.now(order)
    assert paid.status is S.PAID
    assert len(stripe.charges()) == 1
    assert sorted(stripe.intents().values()) == ["canceled", "succeeded"]
    assert stripe.intents()[str(paid.payment_reference)] == "succeeded"


def test_two_workers_that_confirm_at_once_charge_once(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    """The first is so slow that its lease runs out; its confirmation arrives after the other's."""
    order = checkout.place(payment_method=CARD)

    def another_goes_first() -> None:
        checkout.let_lease_pass()
        assert checkout.deliver(checkout.message(order)) == []

    proxy.before_request = {"confirm": another_goes_first}
    checkout.deliver(checkout.message(order))
    assert checkout.now(order).status is S.PAID
    assert checkout.now(order).stray_charges == frozenset()
    assert len(stripe.charges()) == 1


def test_a_confirmation_that_arrives_after_a_decline_freed_the_next_attempt_charges_nothing(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    order = checkout.place(payment_method=REFUSED_CARD)

    def meanwhile() -> None:
        checkout.let_lease_pass()
        assert checkout.deliver(checkout.message(order)) == []
        assert checkout.now(order).status is S.DECLINED
        start_attempt(checkout, order, CARD)

    proxy.before_request = {"confirm": meanwhile}
    checkout.deliver(checkout.message(order))
    assert checkout.now(order).status is S.PENDING
    assert stripe.charges() == []
    assert try_again(checkout, order, attempt=2).status is S.PAID
    assert len(stripe.charges()) == 1


def test_after_a_decline_another_card_is_charged_once(
    checkout: StripeCheckout, stripe: LocalStripe
) -> None:
    order = checkout.place(payment_method=REFUSED_CARD)
    assert checkout.deliver(checkout.message(order)) == []
    declined = checkout.now(order)
    assert (declined.status, declined.decline_code) == (S.DECLINED, "card_declined")
    assert stripe.intents()[str(declined.payment_reference)] == "canceled"
    start_attempt(checkout, order, CARD)
    assert try_again(checkout, order, attempt=2).status is S.PAID
    assert len(stripe.charges()) == 1


@pytest.mark.parametrize("trouble", ["lose_requests", "lose_answers", "answers_500"])
def test_a_decline_is_stored_only_once_its_intent_is_cancelled(
    trouble: str, checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    setattr(proxy, trouble, ["cancel"])
    order = checkout.place(payment_method=REFUSED_CARD)
    assert checkout.deliver(checkout.message(order)) != []
    assert checkout.now(order).status is S.UNKNOWN
    declined = try_again(checkout, order)
    assert (declined.status, declined.decline_code) == (S.DECLINED, "card_declined")
    assert set(stripe.intents().values()) == {"canceled"}
    assert stripe.charges() == []


def test_a_decline_whose_answer_was_lost_is_found_by_the_retry(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    proxy.lose_answers = ["confirm"]
    order = try_again(checkout, checkout.place(payment_method=REFUSED_CARD))
    assert (order.status, order.decline_code) == (S.DECLINED, "card_declined")


def waiting_for_buyer(checkout: StripeCheckout, payment_method: str) -> tuple[Order, str]:
    """An order whose buyer has to act, and the client secret to do it with."""
    order = checkout.place(payment_method=payment_method)
    assert checkout.deliver(checkout.message(order)) == []
    waiting = checkout.now(order)
    assert waiting.status is S.ACTION_REQUIRED
    assert waiting.action_url is not None
    assert waiting.action_url.startswith(CLIENT_ACTION)
    return waiting, waiting.action_url.removeprefix(CLIENT_ACTION)


def resumed(checkout: StripeCheckout, order: Order) -> Order:
    checkout.orders.resume(order.order_id, order.principal, 1, checkout.clock.now())
    return try_again(checkout, order)


def test_a_buyer_who_authenticates_is_charged_once(
    checkout: StripeCheckout, stripe: LocalStripe
) -> None:
    order, client_secret = waiting_for_buyer(checkout, stripe.card(AUTHENTICATED_CARD))
    stripe.buyer_authenticates(client_secret, success=True)
    assert resumed(checkout, order).status is S.PAID
    assert len(stripe.charges()) == 1


def test_a_buyer_who_comes_back_without_having_acted_is_asked_again(
    checkout: StripeCheckout, stripe: LocalStripe
) -> None:
    order, _ = waiting_for_buyer(checkout, stripe.card(AUTHENTICATED_CARD))
    assert resumed(checkout, order).status is S.ACTION_REQUIRED
    assert stripe.charges() == []


def test_a_buyer_who_fails_to_authenticate_is_declined_and_may_take_another_card(
    checkout: StripeCheckout, stripe: LocalStripe
) -> None:
    order, client_secret = waiting_for_buyer(checkout, stripe.card(AUTHENTICATED_CARD))
    stripe.buyer_authenticates(client_secret, success=False)
    declined = resumed(checkout, order)
    assert (declined.status, declined.decline_code) == (
        S.DECLINED,
        "payment_intent_authentication_failure",
    )
    start_attempt(checkout, order, CARD)
    assert try_again(checkout, order, attempt=2).status is S.PAID
    assert len(stripe.charges()) == 1


def test_a_card_that_is_refused_after_authentication_is_declined(
    checkout: StripeCheckout, stripe: LocalStripe
) -> None:
    order, client_secret = waiting_for_buyer(checkout, stripe.card(AUTHENTICATED_AND_REFUSED_CARD))
    stripe.buyer_authenticates(client_secret, success=True)
    declined = resumed(checkout, order)
    assert (declined.status, declined.decline_code) == (S.DECLINED, "card_declined")
    assert stripe.charges() == []


def test_a_buyer_who_never_acts_is_declined_and_can_no_longer_be_charged(
    checkout: StripeCheckout, stripe: LocalStripe
) -> None:
    order, client_secret = waiting_for_buyer(checkout, stripe.card(AUTHENTICATED_CARD))
    checkout.clock.time += 2 * HOUR
    checkout.run_reconciler()
    assert checkout.now(order).status is S.DECLINED
    stripe.buyer_authenticates(client_secret, success=True)
    assert stripe.charges() == []


def test_a_buyer_who_acted_at_the_last_moment_has_paid(
    checkout: StripeCheckout, stripe: LocalStripe
) -> None:
    order, client_secret = waiting_for_buyer(checkout, stripe.card(AUTHENTICATED_CARD))
    checkout.clock.time += 2 * HOUR
    stripe.buyer_authenticates(client_secret, success=True)
    checkout.run_reconciler()
    assert checkout.now(order).status is S.PAID
    assert len(stripe.charges()) == 1


def test_an_intent_that_a_claim_did_not_store_and_that_could_not_be_cancelled_charges_nothing(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    order = checkout.place(payment_method=CARD)
    proxy.lose_requests = ["cancel"]
    proxy.before_answer = {"create": lambda: checkout.deliver(checkout.message(order))}
    checkout.deliver(checkout.message(order))
    assert sorted(stripe.intents().values()) == ["requires_confirmation", "succeeded"]
    assert len(stripe.charges()) == 1
    assert [r.message for r in caplog.records if r.levelname == "WARNING"] == ["intent_left_open"]


def test_while_stripe_is_down_the_order_waits_and_is_charged_once_afterwards(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    order = checkout.place(payment_method=CARD)
    proxy.down = True
    assert checkout.deliver(checkout.message(order)) != []
    assert checkout.now(order).status is S.PENDING
    proxy.down = False
    assert try_again(checkout, order).status is S.PAID
    assert len(stripe.charges()) == 1


def test_an_intent_that_somebody_cancelled_at_stripes_is_a_decline(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    order = checkout.place(payment_method=CARD)
    proxy.lose_requests = ["confirm"]
    checkout.deliver(checkout.message(order))
    assert not isinstance(
        checkout.payments.cancel(str(checkout.now(order).payment_reference)), Unknown
    )
    declined = try_again(checkout, order)
    assert (declined.status, declined.decline_code) == (S.DECLINED, "cancelled")
    assert stripe.charges() == []


def test_a_person_who_looks_an_order_up_is_told_what_was_captured(
    checkout: StripeCheckout, stripe: LocalStripe, proxy: Proxy
) -> None:
    proxy.lose_answers = ["confirm"]
    order = checkout.place(payment_method=CARD)
    checkout.deliver(checkout.message(order))
    redrive = RedriveOrders(
        orders=checkout.orders,
        unsettled=checkout.orders,
        payment_service=checkout.payments,
        queue=checkout.queue,
        clock=checkout.clock,
        policy=checkout.policy,
    )
    [charge] = stripe.charges()
    [known] = redrive.look_up([order.order_id])
    assert known.payment_service == f"captured 4200 EUR as {charge['id']}"
    assert checkout.now(order).status is S.UNKNOWN
