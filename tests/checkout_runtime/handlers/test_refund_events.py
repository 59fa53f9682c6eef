"""Refunds as events of the reconciler, on orders in memory."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.reconcile_refunds import ReconcileRefunds
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import replace
from checkout_runtime.handlers import refund_events
from checkout_runtime.handlers.payment_dependencies import settle_attempt
from checkout_runtime.handlers.refund_events import answer_about_refunds
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.handlers.conftest import Functions, clear_caches


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch) -> RefundingCheckout:
    made = RefundingCheckout()
    monkeypatch.setattr(refund_events, "orders", lambda: made.orders)
    return made


@pytest.fixture
def order(checkout: RefundingCheckout) -> Order:
    return checkout.paid()


def reconcile(checkout: RefundingCheckout) -> ReconcileRefunds:
    return ReconcileRefunds(
        checkout.refunds,
        checkout.unsettled_refunds,
        checkout.settle_refund,
        checkout.queue,
        checkout.clock,
        checkout.executor,
        360,
    )


def asked(checkout: RefundingCheckout, order: Order, **changes: Any) -> dict[str, Any]:
    wish = {"order_id": order.order_id, "key": "k1", "by": "ops", **changes}
    return answer_about_refunds(reconcile(checkout), {"refund": wish})


def test_a_dry_run_stores_nothing_and_the_real_one_is_one_refund(
    checkout: RefundingCheckout, order: Order
) -> None:
    assert asked(checkout, order)["done"] == "would refund"
    assert checkout.now(order).left_to_refund == 4200
    assert asked(checkout, order, dry_run=False)["done"] == "accepted"
    assert asked(checkout, order, dry_run=False)["done"] == "asked for before"
    assert asked(checkout, order)["done"] == "asked for before"
    assert checkout.now(order).left_to_refund == 0


def test_a_refusal_says_why(checkout: RefundingCheckout, order: Order) -> None:
    too_much = asked(checkout, order, amount=4201, dry_run=False)
    assert too_much["done"] == "refused"
    assert "more_than_left" in too_much["detail"]
    asked(checkout, order, amount=1, dry_run=False)
    assert "another refund" in asked(checkout, order, amount=2, dry_run=False)["detail"]
    missing = asked(checkout, order, order_id="ord_" + "a" * 52)
    assert missing["detail"] == "no such order"


def test_nothing_is_asked_for_that_nobody_would_carry_out(
    checkout: RefundingCheckout, order: Order
) -> None:
    checkout.payments.can_refund = False
    assert asked(checkout, order, dry_run=False)["done"] == "refused"
    assert checkout.now(order).left_to_refund == 4200


@pytest.mark.parametrize(("switch", "done"), [(None, "refused"), ("true", "would refund")])
def test_stripe_refunds_only_where_the_construct_was_told_so(
    switch: str | None,
    done: str,
    checkout: RefundingCheckout,
    order: Order,
    functions: Functions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Without it neither the relay nor the reconciler knows of refunds: one would stay REQUESTED.
    monkeypatch.setenv("PAYMENT_SERVICE_KIND", "stripe")
    if switch is not None:
        monkeypatch.setenv("PAYMENT_SERVICE_REFUNDS", switch)
    clear_caches()
    wired = reconcile(checkout)
    service = settle_attempt().payment_service
    wired = replace(wired, settle=replace(wired.settle, service=service))
    wish = {"order_id": order.order_id, "key": "k1", "by": "ops", "dry_run": True}
    assert answer_about_refunds(wired, {"refund": wish})["done"] == done


@pytest.mark.parametrize(
    "changes",
    [
        {"order_id": "k1"},
        {"key": ""},
        {"key": "a,b"},
        {"amount": 0},
        {"by": " "},
        {"by": "4111 1111 1111 1111"},
    ],
)
def test_what_cannot_be_a_refund_is_a_defect_of_who_asks(
    changes: dict[str, Any], checkout: RefundingCheckout, order: Order
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        asked(checkout, order, **changes)


def test_a_verdict_names_a_refund_and_who_and_why(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = checkout.asked(order)
    wish = {"refund_id": refund.refund_id, "refunded": True, "by": "ops", "why": "ticket 1"}
    told = answer_about_refunds(reconcile(checkout), {"settle_refund": wish})
    assert (told["done"], told["detail"]) == (
        "refused",
        "a verdict is for a refund in NEEDS_REVIEW",
    )
    for broken in ({"refund_id": "op_1"}, {"refunded": "yes"}, {"why": ""}):
        with pytest.raises(ValueError, match=next(iter(broken))):
            answer_about_refunds(reconcile(checkout), {"settle_refund": {**wish, **broken}})
