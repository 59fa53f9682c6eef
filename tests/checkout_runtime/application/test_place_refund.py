"""What is stored of a refund that is asked for, and why another one is not accepted."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.application.place_refund import (
    _TRIES,
    MOST_REFUNDS,
    MOST_WITH_STRAYS,
    NoSuchOrder,
    PlaceRefund,
    RefundAccepted,
    RefundMismatch,
    RefundPlacement,
    RefundRefused,
    RefundReplayed,
    WhyNotRefunded,
    refund_id_for,
)
from checkout_runtime.application.refund_records import OrderChanged
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundRequest, RefundStatus
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.application.settling_refunds import told
from tests.checkout_runtime.factories import SERVICE

Why = WhyNotRefunded
S = OrderStatus


@pytest.fixture
def checkout() -> RefundingCheckout:
    return RefundingCheckout()


@pytest.fixture
def order(checkout: RefundingCheckout) -> Order:
    """An order that is paid."""
    return checkout.paid()


def preview(checkout: RefundingCheckout, order: Order, **wanted: Any) -> RefundPlacement:
    place = PlaceRefund(checkout.orders, checkout.refunds, checkout.clock)
    return place.preview(order.order_id, "r1", RefundRequest(**wanted), asked_by="ops")


def put(checkout: RefundingCheckout, order: Order, **changes: Any) -> Order:
    changed = replace(order, **changes)
    checkout.orders.by_id[order.order_id] = changed
    return changed


def test_everything_that_is_stored_of_a_refund(
    checkout: RefundingCheckout, order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    checkout.clock.time += 1
    expected = Refund(
        refund_id_for(order.order_id, "r1"),
        order.order_id,
        RefundStatus.REQUESTED,
        1200,
        "EUR",
        "ch_1",
        checkout.clock.now(),
        order.accepted_at,
        "ops",
        asked_amount=1200,
        reason="broken",
        payment_service=SERVICE,
        unsettled_since=checkout.clock.now(),
    )
    assert preview(checkout, order, amount=1200, reason="broken") == RefundAccepted(expected)
    assert checkout.refunds.get(expected.refund_id) is None
    assert told(caplog) == []
    assert checkout.ask(order, amount=1200, reason="broken") == RefundAccepted(expected)
    assert checkout.refunds.get(expected.refund_id) == expected
    assert (expected.claim_epoch, expected.attempt_claims, expected.resend) == (0, 0, 0)
    [record] = told(caplog)
    assert (record["event"], record["amount"]) == ("refund_accepted", 1200)
    assert record["refund_id"] == expected.refund_id


def test_a_second_request_is_told_as_the_same_or_as_another(
    checkout: RefundingCheckout, order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    first = checkout.asked(order, amount=1200)
    caplog.set_level(logging.INFO)
    for ask in (checkout.ask, lambda *_, **wanted: preview(checkout, order, **wanted)):
        caplog.clear()
        assert ask(order, amount=1200) == RefundReplayed(first)
        assert ask(order, amount=1201) == RefundMismatch(first)
        assert [(each["event"], each["refund_id"]) for each in told(caplog)] == [
            ("refund_replayed", first.refund_id),
            ("refund_mismatched", first.refund_id),
        ]


def test_a_preview_says_what_a_request_would_be_told(
    checkout: RefundingCheckout, order: Order
) -> None:
    assert preview(checkout, order, amount=4201) == RefundRefused(order, Why.MORE_THAN_LEFT)
    missing = replace(order, order_id="ord_" + "a" * 52)
    assert preview(checkout, missing) == NoSuchOrder()


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (S.PENDING, Why.NOT_PAID_YET),
        (S.CHARGING, Why.NOT_PAID_YET),
        (S.UNKNOWN, Why.NOT_PAID_YET),
        (S.PROCESSING, Why.NOT_PAID_YET),
        (S.ACTION_REQUIRED, Why.NOT_PAID_YET),
        (S.AUTHORIZED, Why.NOT_PAID_YET),
        (S.DECLINED, Why.NOT_PAID),
        (S.CANCELLED, Why.NOT_PAID),
        (S.NEEDS_REVIEW, Why.IN_REVIEW),
    ],
)
def test_only_what_is_paid_is_refunded(
    status: OrderStatus, why: Why, checkout: RefundingCheckout, order: Order
) -> None:
    changed = put(checkout, order, status=status)
    assert checkout.ask(changed, amount=1) == RefundRefused(checkout.now(order), why)


def test_an_order_with_nothing_left_is_not_refunded_once_more(
    checkout: RefundingCheckout, order: Order
) -> None:
    checkout.asked(order, amount=4199)
    assert isinstance(checkout.ask(order, "r2", amount=2), RefundRefused)
    assert checkout.asked(order, "r3").amount == 1
    refused = checkout.ask(order, "r4")
    assert isinstance(refused, RefundRefused)
    assert refused.why is Why.MORE_THAN_LEFT


def test_a_paid_order_is_refunded_where_its_current_attempt_was_charged(
    checkout: RefundingCheckout, order: Order
) -> None:
    earlier = EarlierAttempt(1, "stripe:live", "pi_1", None)
    changed = put(checkout, order, attempt=2, earlier_attempts=(earlier,))
    refund = checkout.asked(changed)
    assert (refund.payment_service, refund.payment_reference) == (SERVICE, None)


@pytest.mark.parametrize(
    ("refunds", "charge_id", "accepted"),
    [
        (MOST_REFUNDS - 1, None, True),
        (MOST_REFUNDS, None, False),
        (MOST_REFUNDS, "ch_1", False),
        (MOST_WITH_STRAYS - 1, "ch_stray", True),
        (MOST_WITH_STRAYS, "ch_stray", False),
    ],
)
def test_an_order_has_only_so_many_refunds_and_those_of_its_own_charge_keep_no_stray_in_review(
    refunds: int, charge_id: str, accepted: bool, checkout: RefundingCheckout, order: Order
) -> None:
    many = frozenset(f"op_{number}" for number in range(refunds))
    changed = put(checkout, checkout.with_stray(order), refunds=many)
    assert changed.charge_id == "ch_1"
    amount = None if charge_id == "ch_stray" else 1
    asked = preview(checkout, changed, amount=amount, charge_id=charge_id)
    assert isinstance(asked, RefundAccepted) is accepted
    assert accepted or asked == RefundRefused(changed, Why.TOO_MANY)


@pytest.mark.parametrize(("changes", "is_accepted"), [(_TRIES - 1, True), (_TRIES, False)])
def test_others_that_refund_the_same_order_meanwhile_are_waited_for_so_often(
    changes: int,
    is_accepted: bool,
    checkout: RefundingCheckout,
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accept, answers = checkout.refunds.accept, [OrderChanged()] * changes
    monkeypatch.setattr(
        checkout.refunds, "accept", lambda refund: answers.pop() if answers else accept(refund)
    )
    asked = checkout.ask(order)
    if is_accepted:
        assert isinstance(asked, RefundAccepted)
    else:
        assert asked == RefundRefused(order, Why.BUSY)


@pytest.mark.parametrize("amount", [None, 1200])
def test_the_same_request_at_the_same_time_is_found_where_it_is_stored(
    amount: int | None,
    checkout: RefundingCheckout,
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = checkout.asked(order, amount=1200)
    monkeypatch.setattr(checkout.refunds, "get", lambda _: None)
    same = RefundReplayed(first) if amount == 1200 else RefundMismatch(first)
    assert checkout.ask(order, amount=amount) == same


def test_a_stray_of_an_earlier_attempt_is_refunded_where_it_was_charged(
    checkout: RefundingCheckout, order: Order
) -> None:
    earlier = EarlierAttempt(1, "stripe:live", "pi_1", None)
    changed = put(
        checkout,
        order,
        attempt=2,
        earlier_attempts=(earlier,),
        stray_charges=frozenset({"1:ch_stray:700:USD"}),
    )
    refund = checkout.asked(changed, charge_id="ch_stray", amount=700)
    assert (refund.charge_id, refund.amount, refund.currency) == ("ch_stray", 700, "USD")
    assert (refund.payment_service, refund.payment_reference) == ("stripe:live", "pi_1")
    assert refund.stray == "1:ch_stray:700:USD"


def test_a_stray_that_has_the_id_of_the_orders_hold_is_refunded(
    checkout: RefundingCheckout, order: Order
) -> None:
    proof = frozenset({f"1:{order.charge_id}:5000:EUR"})
    held = put(checkout, order, status=S.NEEDS_REVIEW, stray_charges=proof)
    assert {checkout.asked(held, charge_id=order.charge_id).stray} == proof


def test_a_stray_that_is_being_refunded_is_not_refunded_again(
    checkout: RefundingCheckout, order: Order
) -> None:
    proof = "1:ch_stray:700:EUR"
    both = frozenset({proof})
    changed = put(checkout, order, stray_charges=both, refunding_strays=both)
    refused = checkout.ask(changed, charge_id="ch_stray")
    assert isinstance(refused, RefundRefused)
    assert refused.why is Why.NO_SUCH_STRAY


def test_of_two_proofs_of_one_stray_the_first_is_refunded(
    checkout: RefundingCheckout, order: Order
) -> None:
    proofs = frozenset({"1:ch_stray:700:EUR", "1:ch_stray:800:EUR"})
    changed = put(checkout, order, stray_charges=proofs)
    assert checkout.asked(changed, charge_id="ch_stray").stray == min(proofs)
