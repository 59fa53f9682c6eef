"""What an order owes that waits for its time is announced now, and the order goes on waiting."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.conditional_updates import ConditionalUpdates
from checkout_runtime.adapters.dynamodb_announcements import DynamoDbAnnouncements
from checkout_runtime.adapters.dynamodb_refund_outcomes import DynamoDbRefundOutcomes
from checkout_runtime.adapters.refund_item import refund_to_item
from checkout_runtime.application.order_records import HoldRecord
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Authorized, Captured
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded
from tests.checkout_runtime.application.test_expiry import DAY, Checkout
from tests.checkout_runtime.factories import HOUR
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE

WAITING = {OrderStatus.DECLINED: "expire#0", OrderStatus.AUTHORIZED: "held#0"}


@pytest.fixture
def checkout() -> Checkout:
    return Checkout(announces=True)


def waiting(checkout: Checkout, status: OrderStatus) -> Order:
    """Return an order that owes nothing, in the partition of those that wait for their time."""
    if status is OrderStatus.DECLINED:
        order = checkout.declined()
    else:
        order, now = checkout.claimed(checkout.placed()), checkout.clock.now()
        hold = Authorized("hold_1", order.amount, order.currency, now + 7 * DAY)
        checkout.outcomes.holds.record_authorized(order, hold, now + 6 * DAY, now)
    checkout.announce([checkout.now(order)])
    assert checkout.partition(order) == WAITING[status]
    checkout.bus.kinds.clear()
    return checkout.now(order)


def dispute(checkout: Checkout, order: Order, charge_id: str = "ch_1") -> None:
    checkout.outcomes.record_dispute(order, 1, charge_id, "fraudulent", checkout.clock.now())


def refunding(checkout: Checkout, order: Order) -> tuple[DynamoDbRefundOutcomes, Refund]:
    """Of a stray charge that an operator said was refunded elsewhere, before another attempt."""
    refund = Refund(
        *("op_a", order.order_id, RefundStatus.REFUNDING, order.amount, order.currency, "ch_9"),
        *(order.accepted_at, order.accepted_at, "ops"),
        stray=f"1:ch_9:{order.amount}:{order.currency}",
    )
    put = {"TableName": ORDER_TABLE, "Item": refund_to_item(refund, 1)}
    checkout.dynamodb.call("PutItem", put)
    return DynamoDbRefundOutcomes(checkout.dynamodb, ORDER_TABLE, 1, announces=True), refund


def refund_that_failed(checkout: Checkout, order: Order) -> None:
    outcomes, refund = refunding(checkout, order)
    assert outcomes.record_not_refunded(refund, NotRefunded("card_closed"), checkout.clock.now())


def refund_that_went_back(checkout: Checkout, order: Order) -> None:
    outcomes, refund = refunding(checkout, order)
    proof = Refunded("re_1", order.amount, order.currency)
    assert outcomes.record_refunded(refund, proof, checkout.clock.now())


@pytest.mark.parametrize("status", WAITING)
@pytest.mark.parametrize(
    ("happens", "kind"),
    [
        (dispute, "OrderDisputed"),
        (refund_that_failed, "RefundFailed"),
        (refund_that_went_back, "OrderRefunded"),
    ],
)
def test_it_is_announced_long_before_the_order_is_due(
    happens: Any, kind: str, status: OrderStatus, checkout: Checkout
) -> None:
    """The relay did not announce it: the reconciler does, and the order waits as before."""
    order = waiting(checkout, status)
    happens(checkout, order)
    assert checkout.partition(order) == "announce#0"
    checkout.reconcile(HOUR)
    assert checkout.bus.kinds == [kind]
    assert checkout.partition(order) == WAITING[status]
    assert checkout.now(order).unsettled_since == order.unsettled_since


def test_a_dispute_is_one_write(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    order = waiting(checkout, OrderStatus.DECLINED)
    update, writes = checkout.outcomes._updates.update, list[str]()

    def counted(order_id: str, *given: Any) -> Any:
        writes.append(order_id)
        return update(order_id, *given)

    monkeypatch.setattr(checkout.outcomes._updates, "update", counted)
    dispute(checkout, order)
    assert writes == [order.order_id]


@pytest.mark.parametrize("status", WAITING)
def test_what_comes_second_is_owed_since_the_first(status: OrderStatus, checkout: Checkout) -> None:
    order = waiting(checkout, status)
    first = checkout.clock.now()
    dispute(checkout, order)
    checkout.clock.time += HOUR
    dispute(checkout, checkout.now(order), "ch_2")
    assert checkout.now(order).unsettled_since == first
    assert len(checkout.now(order).owed) == 2


@pytest.mark.parametrize("happens", [dispute, refund_that_failed])
def test_who_read_the_order_before_it_went_back_to_waiting_moves_it_again(
    happens: Any, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was read among those to be announced, and the relay confirms what it owed meanwhile."""
    order = waiting(checkout, OrderStatus.DECLINED)
    dispute(checkout, order, "ch_0")
    read = checkout.now(order)
    get = "checkout_runtime.adapters.dynamodb_orders.DynamoDbOrders.get"
    reads = iter([read])
    current = checkout.now
    checkout.announce([read])
    stored = current(order)
    monkeypatch.setattr(get, lambda *_: next(reads, stored))
    happens(checkout, read)
    assert checkout.partition(order) == "announce#0"


def look(checkout: Checkout, read: Order) -> HoldRecord:
    """Store what a look-up says of a hold, by who read the order as ``read``."""
    assert read.capture_before is not None
    hold = Authorized("hold_1", read.amount, read.currency, read.capture_before)
    checkout.clock.time += HOUR
    now = checkout.clock.now()
    return checkout.outcomes.holds.record_authorized(read, hold, now + 6 * DAY, now)


def test_who_read_a_hold_before_its_announcement_was_confirmed_lets_it_wait_for_its_time(
    checkout: Checkout,
) -> None:
    order = waiting(checkout, OrderStatus.AUTHORIZED)
    dispute(checkout, order)
    order = checkout.now(order)
    checkout.announce([order])
    assert look(checkout, order) is HoldRecord.STORED
    assert (checkout.partition(order), checkout.now(order).owed) == ("held#0", frozenset())
    assert checkout.now(order).unsettled_since == checkout.clock.now() + 6 * DAY


def test_who_read_a_hold_before_it_owed_something_leaves_it_to_be_announced(
    checkout: Checkout,
) -> None:
    order = waiting(checkout, OrderStatus.AUTHORIZED)
    dispute(checkout, order)
    assert look(checkout, order) is HoldRecord.STORED
    assert checkout.partition(order) == "announce#0"
    stored = checkout.now(order)
    assert (len(stored.owed), stored.unsettled_since) == (1, checkout.clock.now() - HOUR)


def test_who_lost_a_hold_changes_nothing_whatever_it_owes(checkout: Checkout) -> None:
    order = waiting(checkout, OrderStatus.AUTHORIZED)
    dispute(checkout, order)
    before = checkout.now(order)
    lost = replace(order, claim_epoch=order.claim_epoch - 1)
    assert look(checkout, lost) is HoldRecord.LEFT
    assert checkout.now(order) == before


def test_a_hold_that_was_asked_for_meanwhile_stays_open(checkout: Checkout) -> None:
    order = waiting(checkout, OrderStatus.AUTHORIZED)
    dispute(checkout, order)
    read = checkout.now(order)
    checkout.outcomes.holds.ask_to_capture(read, order.amount, "ops", checkout.clock.now())
    checkout.announce([read])
    assert (checkout.partition(order), checkout.now(order).owed) == ("open#0", frozenset())


@pytest.mark.parametrize("status", WAITING)
def test_an_order_that_waits_for_its_time_is_not_written_again(
    status: OrderStatus, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = waiting(checkout, status)
    monkeypatch.delattr(ConditionalUpdates, "update")
    DynamoDbAnnouncements(checkout.dynamodb, ORDER_TABLE).confirm(order, frozenset())


def test_an_order_that_began_its_next_attempt_meanwhile_stays_open(checkout: Checkout) -> None:
    order = waiting(checkout, OrderStatus.DECLINED)
    now = checkout.clock.now()
    checkout.orders.start_attempt(
        *(order.order_id, order.principal),
        replaces=1,
        payment_method="pm_2",
        max_attempts=5,
        now=now,
    )
    dispute(checkout, order)
    assert (checkout.partition(order), len(checkout.now(order).owed)) == ("open#0", 1)


def test_a_dispute_of_an_order_that_moves_all_the_time_has_to_come_again(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = waiting(checkout, OrderStatus.DECLINED)
    update, moves = checkout.outcomes._updates.update, iter(range(1, 99))

    def moved_before(order_id: str, *given: Any) -> Any:
        key = {"pk": {"S": order_id}}
        checkout.dynamodb.call(
            "UpdateItem",
            {
                "TableName": ORDER_TABLE,
                "Key": key,
                "UpdateExpression": "SET unsettled_since = :now",
                "ExpressionAttributeValues": {":now": {"N": str(next(moves))}},
            },
        )
        return update(order_id, *given)

    monkeypatch.setattr(checkout.outcomes._updates, "update", moved_before)
    with pytest.raises(TimeoutError, match="has to come again"):
        dispute(checkout, order)
    assert checkout.now(order).owed == frozenset()


def test_the_review_of_a_stray_charge_is_announced_now_too(checkout: Checkout) -> None:
    order = waiting(checkout, OrderStatus.DECLINED)
    late = Captured("ch_late", order.amount, order.currency)
    checkout.outcomes.record_capture(order, late, checkout.clock.now())
    assert checkout.partition(order) == "review#0"
    checkout.reconcile(HOUR)
    assert checkout.bus.kinds == ["OrderNeedsReview"]
    assert checkout.now(order).owed == frozenset()
