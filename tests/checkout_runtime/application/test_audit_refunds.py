"""What the payment service gave back is compared with the table's refunds, both ways."""

from __future__ import annotations

import logging

import pytest

from checkout_runtime.application.audit_findings import Audited
from checkout_runtime.domain.charge_audit import (
    LOOK_BACK_MS,
    MARGIN_MS,
    AuditedOrder,
    MismatchKind,
    Window,
)
from checkout_runtime.domain.identity import operation_id_for, payment_key
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import RefundStatus
from checkout_runtime.domain.refund_audit import AuditedRefund
from tests.checkout_runtime.application.in_memory_audit import (
    DAY,
    HOUR,
    NOON,
    STEP_SECONDS,
    WINDOW,
    Books,
)
from tests.checkout_runtime.factories import NOW

NOT_RECORDED, NOT_LISTED = MismatchKind.REFUND_NOT_RECORDED, MismatchKind.REFUND_NOT_LISTED
SOON = {"deadline": NOW + 15 * 60 * 1000}


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def order(books: Books) -> AuditedOrder:
    """A paid order, with its charge in the list."""
    made = books.order("a")
    books.charge(made)
    return made


def found(audited: Audited) -> list[MismatchKind]:
    return sorted(each.kind for each in audited.listed)


def test_refunds_that_fit_are_counted(books: Books, order: AuditedOrder) -> None:
    for _ in range(3):
        books.list_refund(books.refund(order))
    audited = books.audit(with_refunds=True)
    assert (audited.refunds, audited.mismatches, audited.finished) == (3, 0, True)
    assert books.asked_refunds == [Window(WINDOW.begin - MARGIN_MS, WINDOW.end + MARGIN_MS)]


def test_each_listed_refund_is_compared_once_and_on_its_own_day(
    books: Books, order: AuditedOrder
) -> None:
    books.a_page = 1
    listed = books.list_refund(books.refund(order), amount=7)
    books.listed_refunds.append(listed)
    books.list_refund(books.refund(order), amount=7, refunded_at=WINDOW.begin - 1)
    audited = books.audit(with_refunds=True)
    assert (audited.refunds, audited.mismatches) == (1, 1)


def test_without_refunds_nothing_is_compared(books: Books, order: AuditedOrder) -> None:
    books.refund(order)
    audited = books.audit()
    assert (audited.refunds, audited.mismatches) == (None, 0)


def test_a_service_that_lists_no_refunds_is_no_mismatch_and_is_told(
    books: Books, order: AuditedOrder, caplog: pytest.LogCaptureFixture
) -> None:
    books.lists_refunds = False
    books.refund(order)
    audited = books.audit(with_refunds=True)
    assert (audited.refunds, audited.mismatches, audited.finished) == (None, 0, True)
    assert [each.message for each in caplog.records if each.levelno == logging.WARNING] == [
        "refunds_not_listed"
    ]


def test_a_refund_that_the_service_does_not_list_is_found(
    books: Books, order: AuditedOrder
) -> None:
    refund = books.refund(order)
    [mismatch] = books.audit(with_refunds=True).listed
    assert (mismatch.kind, mismatch.order_id) == (NOT_LISTED, order.order_id)
    assert refund.refund_id in mismatch.detail


def test_refunds_that_were_made_long_before_they_were_known_are_looked_for(
    books: Books, order: AuditedOrder
) -> None:
    oldest, later = (NOON - days * DAY for days in (30, 2))
    for then in (oldest, later):
        books.list_refund(books.refund(order, accepted_at=then), refunded_at=then)
    assert books.audit(with_refunds=True).mismatches == 0
    assert books.asked_refunds[1:] == [Window(oldest - MARGIN_MS, WINDOW.begin - MARGIN_MS)]


def test_one_that_was_accepted_in_the_window_is_in_no_older_list(
    books: Books, order: AuditedOrder
) -> None:
    books.refund(order, accepted_at=WINDOW.begin)
    assert found(books.audit(with_refunds=True)) == [NOT_LISTED]
    assert len(books.asked_refunds) == 1


def test_looking_back_that_does_not_end_in_time_is_no_finished_run(
    books: Books, order: AuditedOrder
) -> None:
    books.refund(order, accepted_at=NOON - 7 * DAY)
    books.page_ms = STEP_SECONDS * 1000
    audited = books.audit(with_refunds=True, deadline=NOW + 4 * books.page_ms)
    assert (audited.finished, audited.mismatches) == (False, 0)
    assert len(books.asked_refunds) == 2, "a step that just fits is made"


def test_it_is_looked_for_no_further_back_than_charges_are(
    books: Books, order: AuditedOrder
) -> None:
    then = WINDOW.begin - LOOK_BACK_MS - 2 * MARGIN_MS
    books.list_refund(books.refund(order, accepted_at=then), refunded_at=then)
    assert found(books.audit(with_refunds=True)) == [NOT_LISTED]


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({"status": RefundStatus.NOT_REFUNDED}, True),
        ({"amount": 1199}, True),
        ({"currency": "USD"}, True),
        ({"status": RefundStatus.UNKNOWN}, True),
        ({"status": RefundStatus.NEEDS_REVIEW}, False),
        ({"status": RefundStatus.NEEDS_REVIEW, "amount": 7}, False),
    ],
)
def test_money_of_which_the_table_says_something_else_is_found(
    books: Books, order: AuditedOrder, changes: dict[str, object], is_found: bool
) -> None:
    refund = books.refund(order)
    books.list_refund(refund)
    books.refunds[refund.refund_id] = replace(refund, **changes)
    listed = books.audit(with_refunds=True).listed
    expected = [(NOT_RECORDED, order.order_id, order.correlation_id)] * is_found
    assert [(each.kind, each.order_id, each.correlation_id) for each in listed] == expected


def test_a_refund_that_is_on_its_way_has_its_time(books: Books) -> None:
    window = replace(WINDOW, begin=NOW - DAY, end=NOW)
    order = books.order("b", paid_at=NOW - DAY // 2)
    books.charge(order, captured_at=NOW - DAY // 2)
    refund = replace(books.refund(order), status=RefundStatus.UNKNOWN)
    books.refunds[refund.refund_id] = refund
    books.list_refund(refund, refunded_at=NOW - DAY // 2)
    assert books.audit(window, with_refunds=True).mismatches == 0
    books.refunds[refund.refund_id] = replace(refund, status=RefundStatus.NOT_REFUNDED)
    assert found(books.audit(window, with_refunds=True)) == [NOT_RECORDED]


def test_patience_with_a_refund_ends_at_its_time(books: Books, order: AuditedOrder) -> None:
    refund = books.refund(order)
    books.list_refund(refund)
    books.refunds[refund.refund_id] = replace(refund, status=RefundStatus.UNKNOWN)
    books.clock.time = NOON + 25 * HOUR
    assert books.audit(with_refunds=True).mismatches == 0
    books.clock.time += 1
    assert found(books.audit(with_refunds=True)) == [NOT_RECORDED]


def test_a_refund_that_nobody_asked_the_checkout_for_is_found(
    books: Books, order: AuditedOrder
) -> None:
    refund = books.refund(order)
    books.refunds.clear()
    books.list_refund(refund, key=None, charge_key=payment_key(order.order_id, 1))
    books.list_refund(refund, key=None, charge_key="invoice-7")
    books.list_refund(refund, key=None)
    [mismatch] = books.audit(with_refunds=True).listed
    assert (mismatch.kind, mismatch.order_id) == (NOT_RECORDED, order.order_id)
    assert mismatch.correlation_id == order.correlation_id


def test_one_that_an_operator_told_of_is_known(books: Books, order: AuditedOrder) -> None:
    books.change(order, refunded_charges=frozenset({"1:ch_stray:4200:EUR"}))
    refund = books.refund(order)
    books.list_refund(refund)
    key = payment_key(order.order_id, 1)
    books.list_refund(refund, key=None, charge_key=key, charge_id="ch_stray")
    assert books.audit(with_refunds=True).mismatches == 0


def test_a_refund_that_a_restored_table_has_forgotten_is_found(
    books: Books, order: AuditedOrder
) -> None:
    forgotten = operation_id_for(order.order_id, "refund", "rma-forgotten")
    refund: AuditedRefund = replace(books.refund(order), refund_id=forgotten)
    books.refunds.clear()
    books.list_refund(refund)
    [mismatch] = books.audit(with_refunds=True).listed
    assert (mismatch.kind, mismatch.order_id) == (NOT_RECORDED, "unknown")


def test_out_of_time_is_not_in_order(books: Books, order: AuditedOrder) -> None:
    for _ in range(6):
        books.list_refund(books.refund(order))
    missing = books.refund(order)
    books.page_ms = 60_000
    audited = books.audit(with_refunds=True, deadline=NOW + 4 * 60_000)
    assert (audited.finished, missing.refund_id in str(audited.listed)) == (False, False)


def test_a_run_that_goes_on_compares_no_listed_refund_again(
    books: Books, order: AuditedOrder
) -> None:
    books.list_refund(books.refund(order), amount=7)
    audited = books.audit(with_refunds=True, go_on_after="ord_")
    assert (audited.refunds, audited.mismatches) == (0, 0)
