"""What an operator writes is stored with the order, so no card number may be in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.handlers.verdicts import settled_by_verdict
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.application.test_settle_by_verdict import in_review

SPELLED = ("4242424242424242", "card4242424242424242x", "4242\u200b4242\u200b4242\u200b4242")


@pytest.fixture
def checkout() -> Checkout:
    return Checkout()


def settle(checkout: Checkout, order: Order, **changes: Any) -> dict[str, Any]:
    said = {"order_id": order.order_id, "verdict": "declined", "why": "ticket 7", "by": "ada"}
    shown = settled_by_verdict(checkout.reconciler, {**said, **changes})
    # As it comes back over JSON.
    seen = json.loads(json.dumps(shown["seen"]))
    return settled_by_verdict(
        checkout.reconciler, {**said, **changes, "dry_run": False, "seen": seen}
    )


@pytest.mark.parametrize("spelled", SPELLED)
@pytest.mark.parametrize("name", ["why", "by"])
def test_a_verdict_with_a_card_number_in_its_words_is_refused(
    name: str, spelled: str, checkout: Checkout
) -> None:
    order = in_review(checkout)
    answer = settle(checkout, order, **{name: f"buyer paid by {spelled}"})
    assert answer["done"] == "refused"
    assert name in answer["detail"]
    assert "4242" not in answer["detail"]
    assert checkout.now(order).status is OrderStatus.NEEDS_REVIEW


def test_a_charge_that_is_called_like_a_card_is_still_the_one_that_the_order_has(
    checkout: Checkout,
) -> None:
    order = in_review(checkout)
    cut = "424242******4242"  # as the adapters read it of the payment service
    proof = Captured(cut, order.amount, order.currency)
    checkout.payments.ledger.append((order.payment_key, proof))
    answer = settle(checkout, order, verdict="paid", charge_id="4242424242424242")
    assert answer["done"] == "settled", answer
    assert checkout.now(order).charge_id == cut
