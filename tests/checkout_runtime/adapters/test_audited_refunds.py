"""Refunds as they are compared, of a table in memory: by id, and those that succeeded in a time."""

from __future__ import annotations

import pytest

from checkout_runtime.adapters.dynamodb_audit import DynamoDbAuditedOrders
from checkout_runtime.domain.charge_audit import Window
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import Unknown
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_audit import AuditedRefund
from checkout_runtime.domain.refund_outcomes import NotRefunded
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.factories import HOUR
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE


@pytest.fixture
def checkout() -> RefundingCheckout:
    return RefundingCheckout()


@pytest.fixture
def order(checkout: RefundingCheckout) -> Order:
    """An order that is paid."""
    return checkout.paid()


@pytest.fixture
def refund(checkout: RefundingCheckout, order: Order) -> Refund:
    """A refund that succeeded an hour later, beside others that did not."""
    for key, said in (("r1", NotRefunded("card_closed")), ("r2", Unknown("timeout"))):
        checkout.payments.next_refunds = [said]
        checkout.work_on(checkout.asked(order, key, amount=1))
    checkout.clock.time += HOUR
    made = checkout.asked(order, "r3", amount=1200)
    checkout.work_on(made)
    return checkout.stored(made)


DAMAGED = "op_" + "b" * 52


def audited(checkout: RefundingCheckout, *, with_refunds: bool = True) -> DynamoDbAuditedOrders:
    return DynamoDbAuditedOrders(checkout.orders._model, ORDER_TABLE, with_refunds=with_refunds)


def test_a_refund_that_succeeded_in_the_window_is_read_with_the_orders(
    checkout: RefundingCheckout, order: Order, refund: Refund
) -> None:
    now = checkout.clock.now()
    page = audited(checkout).paid_in(Window(now - 2 * HOUR, now + 1), None)
    assert [each.order_id for each in page.orders] == [order.order_id]
    [found] = page.refunds
    assert found == AuditedRefund(
        refund_id=refund.refund_id,
        order_id=order.order_id,
        status=RefundStatus.REFUNDED,
        amount=1200,
        currency="EUR",
        charge_id=str(order.charge_id),
        accepted_at=refund.accepted_at,
    )
    later = audited(checkout).paid_in(Window(now - 1, now + 1), None)
    assert ([], [found]) == (later.orders, later.refunds)
    assert audited(checkout).paid_in(Window(now - 2 * HOUR, now), None).refunds == []
    assert audited(checkout).paid_in(Window(now, now + 1), None).refunds == [found]
    assert audited(checkout).paid_in(Window(now + 1, now + 2), None).refunds == []


def test_a_refund_that_was_damaged_by_hand_hides_no_other(
    checkout: RefundingCheckout, refund: Refund, caplog: pytest.LogCaptureFixture
) -> None:
    item = {
        "pk": {"S": DAMAGED},
        "status": {"S": "REFUNDED"},
        "settled_at": {"N": str(refund.accepted_at)},
    }
    checkout.orders._model.call("PutItem", {"TableName": ORDER_TABLE, "Item": item})
    caplog.clear()
    found = audited(checkout).refunds_by_id([DAMAGED, refund.refund_id])
    page = audited(checkout).paid_in(Window(0, checkout.clock.now() + 1), None)
    assert [found[each] for each in found] == page.refunds
    assert [each.refund_id for each in page.refunds] == [refund.refund_id]
    said = [(vars(each)["event"], vars(each)["refund_id"]) for each in caplog.records]
    assert said == [("refund_unreadable", DAMAGED)] * 2


def test_without_refunds_no_page_holds_any(checkout: RefundingCheckout, refund: Refund) -> None:
    window = Window(0, checkout.clock.now() + 1)
    page = audited(checkout, with_refunds=False).paid_in(window, None)
    assert (len(page.orders), page.refunds) == (1, [])


def test_refunds_are_read_by_id_in_any_state(
    checkout: RefundingCheckout, order: Order, refund: Refund
) -> None:
    ids = sorted(checkout.now(order).refunds)
    found = audited(checkout).refunds_by_id([*ids, DAMAGED])
    assert sorted(found) == ids
    assert found[refund.refund_id].status is RefundStatus.REFUNDED
    states = {each.status for each in found.values()}
    assert states == {RefundStatus.REFUNDED, RefundStatus.NOT_REFUNDED, RefundStatus.UNKNOWN}
