"""What comes of a refund is owed by its order, stored with it and under an ordinal of its own."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.dynamodb_refund_outcomes import DynamoDbRefundOutcomes
from checkout_runtime.application.cancel_order import CancelOrder
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.factories import SECOND
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryOrders

Told = tuple[str, dict[str, Any]]


@pytest.fixture
def checkout() -> RefundingCheckout:
    return RefundingCheckout(orders=InMemoryOrders(announces=True))


@pytest.fixture
def order(checkout: RefundingCheckout) -> Order:
    """An order that is paid, and owes nothing any more."""
    return announced(checkout, checkout.paid())


def announced(checkout: RefundingCheckout, order: Order) -> Order:
    """The order, once the bus has all that it owes."""
    checkout.orders.confirm(order, order.owed)
    return checkout.now(order)


def owed(checkout: RefundingCheckout, order: Order) -> list[Told]:
    """What the order owes, by ordinal."""
    found = map(Announcement.from_member, checkout.now(order).owed)
    return [
        (each.kind, dict(each.details)) for each in sorted(found, key=lambda each: each.ordinal)
    ]


def partition(checkout: RefundingCheckout, order: Order) -> str | None:
    name: str | None = item_of(checkout, order).get("unsettled_shard", {}).get("S")
    return name


def item_of(checkout: RefundingCheckout, order: Order) -> dict[str, Any]:
    key = {"pk": {"S": order.order_id}}
    read = {"TableName": ORDER_TABLE, "Key": key}
    item: dict[str, Any] = checkout.orders._model.call("GetItem", read)["Item"]
    return item


def of_success(refund: Refund) -> Told:
    details = {"refund_id": refund.refund_id, "charge_id": refund.charge_id}
    return "OrderRefunded", {**details, "refunded_amount": refund.amount}


def of_failure(refund: Refund, reason: str) -> Told:
    return "RefundFailed", {"refund_id": refund.refund_id, "reason": reason}


def test_a_refund_is_announced_and_the_reconciler_finds_it(
    checkout: RefundingCheckout, order: Order
) -> None:
    assert partition(checkout, order) is None
    refund = checkout.asked(order, amount=1200)
    assert owed(checkout, order) == []
    checkout.work_on(refund)
    assert owed(checkout, order) == [of_success(refund)]
    assert partition(checkout, order) == "announce#0"
    assert partition(checkout, announced(checkout, checkout.now(order))) is None


def test_a_failure_is_announced_and_its_amount_is_back(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = checkout.asked(order, amount=1200)
    checkout.payments.next_refunds = [NotRefunded("card_closed")]
    checkout.work_on(refund)
    assert owed(checkout, order) == [of_failure(refund, "card_closed")]
    assert checkout.now(order).left_to_refund == order.amount


def test_each_of_two_refunds_is_announced_once_however_often_its_proof_comes(
    checkout: RefundingCheckout, order: Order
) -> None:
    first, second = (checkout.asked(order, key, amount=1200) for key in ("r1", "r2"))
    for refund in (first, second, first):
        proof = Refunded(f"re_{refund.refund_id}", 1200, "EUR")
        checkout.refund_outcomes.record_refunded(refund, proof, checkout.clock.now())
        checkout.work_on(refund)
    checkout.refund_outcomes.record_refunded(first, proof, checkout.clock.now())
    assert owed(checkout, order) == [of_success(first), of_success(second)]
    assert checkout.now(order).event_ordinal == order.event_ordinal + 2


@pytest.mark.parametrize("fails", [False, True])
def test_another_outcome_in_between_does_not_take_its_ordinal(
    checkout: RefundingCheckout, order: Order, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    refund = checkout.asked(order, amount=1200)
    stray = Captured("ch_stray", 4200, "EUR")
    read = checkout.refund_outcomes._updates.orders.get

    def then_a_stray_comes(order_id: str) -> Order | None:
        seen = read(order_id)
        if not checkout.now(order).stray_charges:
            now = checkout.clock.now()
            checkout.orders.record_stray(order, 1, stray, "stray_charge", now)
        return seen

    monkeypatch.setattr(checkout.refund_outcomes._updates.orders, "get", then_a_stray_comes)
    if fails:
        checkout.payments.next_refunds = [NotRefunded("card_closed")]
    checkout.work_on(refund)
    of_stray = ("OrderNeedsReview", {"reason": "stray_charge", "charge_id": "ch_stray"})
    of_refund = of_failure(refund, "card_closed") if fails else of_success(refund)
    assert owed(checkout, order) == [of_stray, of_refund]
    assert partition(checkout, order) == "review#0"


def test_a_stray_whose_refund_declines_the_order_is_two_announcements(
    checkout: RefundingCheckout,
) -> None:
    order = checkout.with_stray(checkout.place())
    assert order.status is OrderStatus.NEEDS_REVIEW
    refund = checkout.asked(announced(checkout, order), charge_id="ch_stray")
    checkout.work_on(refund)
    declined = ("OrderDeclined", {"code": "stray_refunded"})
    assert owed(checkout, order) == [of_success(refund), declined]
    assert checkout.now(order).event_ordinal == order.event_ordinal + 2
    assert checkout.now(order).status is OrderStatus.DECLINED
    assert partition(checkout, order) == "announce#0"


def test_a_cancelled_order_whose_stray_goes_back_is_cancelled_again(
    checkout: RefundingCheckout,
) -> None:
    order = checkout.place()
    CancelOrder(checkout.orders, checkout.clock)(order.order_id, by="shop")
    order = announced(checkout, checkout.with_stray(order))
    refund = checkout.asked(order, charge_id="ch_stray")
    checkout.work_on(refund)
    cancelled = ("OrderCancelled", {"reason": "asked"})
    assert owed(checkout, order) == [of_success(refund), cancelled]
    assert checkout.now(order).status is OrderStatus.CANCELLED
    assert partition(checkout, order) == "announce#0"


def test_while_another_stray_is_left_the_order_stays_in_review(
    checkout: RefundingCheckout, order: Order
) -> None:
    checkout.with_stray(order, "ch_other")
    order = announced(checkout, checkout.with_stray(order))
    checkout.clock.time += SECOND
    first = checkout.asked(order, "r1", charge_id="ch_stray")
    checkout.work_on(first)
    assert owed(checkout, order) == [of_success(first)]
    assert partition(checkout, order) == "review#0"
    # The place in the review stays that of its beginning.
    assert checkout.now(order).unsettled_since == order.unsettled_since
    last = checkout.asked(order, "r2", charge_id="ch_other")
    checkout.work_on(last)
    assert owed(checkout, order) == [of_success(first), of_success(last)]
    assert partition(checkout, order) == "announce#0"


@pytest.mark.parametrize("refunded", [True, False])
def test_an_operators_verdict_is_announced(
    checkout: RefundingCheckout, order: Order, *, refunded: bool
) -> None:
    refund = checkout.asked(order, amount=1200)
    now = checkout.clock.now()
    claimed = checkout.refunds.claim(
        refund.refund_id, claim_id="c", now=now, lease_expires_at=now + 40 * SECOND
    )
    assert isinstance(claimed, Refund)
    assert checkout.refund_outcomes.record_review(claimed, "by_hand", now)
    in_review = checkout.stored(refund)
    for _ in range(2):
        assert checkout.refund_outcomes.settle_by_verdict(
            in_review, refunded=refunded, by="ada", why="the bank says so", now=now
        )
    told = of_success(refund) if refunded else of_failure(refund, "not_refunded_by_operator")
    assert owed(checkout, order) == [told]


def test_proof_after_a_no_is_announced_if_so_much_is_left(
    checkout: RefundingCheckout, order: Order
) -> None:
    refund = checkout.asked(order, amount=4000)
    checkout.payments.next_refunds = [NotRefunded("card_closed")]
    checkout.work_on(refund)
    failed, proof = checkout.stored(refund), Refunded("re_1", 4000, "EUR")
    checkout.asked(order, "r2", amount=1000)
    assert not checkout.refund_outcomes.record_refunded(failed, proof, checkout.clock.now())
    assert owed(checkout, order) == [of_failure(refund, "card_closed")]
    assert checkout.stored(refund).status is RefundStatus.NEEDS_REVIEW


def test_without_a_bus_a_refund_adds_no_attribute_to_its_order() -> None:
    checkout = RefundingCheckout()
    order = checkout.paid()
    checkout.work_on(checkout.asked(order, amount=1200))
    about_events = {"owed", "event_ordinal", "unsettled_shard"}
    assert not about_events & item_of(checkout, order).keys()


def test_a_bus_that_is_switched_off_leaves_what_is_owed_where_it_is_found(
    checkout: RefundingCheckout,
) -> None:
    order = checkout.with_stray(checkout.place())
    checkout.refund_outcomes = DynamoDbRefundOutcomes(checkout.orders._model, ORDER_TABLE, 1)
    checkout.work_on(checkout.asked(order, charge_id="ch_stray"))
    assert [kind for kind, _ in owed(checkout, order)] == ["OrderNeedsReview"]
    assert partition(checkout, order) == "announce#0"
