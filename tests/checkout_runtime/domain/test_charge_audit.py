"""What a charge and an order say of each other: every way in which they fit, and differ."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.domain.charge_audit import (
    AuditedOrder,
    ListedCharge,
    Mismatch,
    MismatchKind,
    mismatch_of,
)
from checkout_runtime.domain.identity import order_id_for, payment_key
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.record import replace

S = OrderStatus
ORDER_ID = order_id_for("tests", "buyer", "k1")
NOW = 1_800_000_000_000
PAID = AuditedOrder(
    order_id=ORDER_ID,
    status=S.PAID,
    attempt=2,
    amount=4200,
    currency="EUR",
    charge_id="ch_1",
    stray_charges=frozenset(),
    tried_since=NOW,
    correlation_id="req_1",
)
CHARGE = ListedCharge("ch_1", payment_key(ORDER_ID, 2), 4200, "EUR", NOW)


def judged(
    order: AuditedOrder | None, charge: ListedCharge = CHARGE, attempt: int = 2, too_late: int = NOW
) -> Mismatch | None:
    return mismatch_of(charge, order, order_id=ORDER_ID, attempt=attempt, too_late=too_late)


def kind(*arguments: Any, **named: Any) -> MismatchKind | None:
    found = judged(*arguments, **named)
    return None if found is None else found.kind


def unpaid(status: OrderStatus) -> AuditedOrder:
    return replace(PAID, status=status, charge_id=None)


def test_an_order_that_is_paid_by_the_charge_fits() -> None:
    assert judged(PAID) is None


def test_an_order_that_is_not_there_is_a_charge_without_order() -> None:
    found = judged(None)
    assert found is not None
    assert (found.kind, found.order_id, found.charge_id, found.correlation_id) == (
        MismatchKind.CHARGE_WITHOUT_ORDER,
        ORDER_ID,
        "ch_1",
        None,
    )


@pytest.mark.parametrize("change", [{"amount": 4201}, {"currency": "USD"}], ids=str)
def test_another_amount_or_currency_differs(change: dict[str, Any]) -> None:
    found = judged(PAID, replace(CHARGE, **change))
    assert found is not None
    assert found.kind is MismatchKind.AMOUNT_DIFFERS
    assert "ordered 4200 EUR" in found.detail
    assert found.correlation_id == "req_1"


def test_an_order_that_is_paid_by_another_charge_does_not_know_this_one() -> None:
    assert kind(replace(PAID, charge_id="ch_2")) is MismatchKind.CHARGE_NOT_RECORDED


def test_an_order_that_names_the_charge_and_is_not_paid_is_not_paid_by_it() -> None:
    assert kind(replace(PAID, status=S.DECLINED)) is MismatchKind.CHARGE_NOT_RECORDED


@pytest.mark.parametrize("status", [S.PENDING, S.CHARGING, S.UNKNOWN, S.ACTION_REQUIRED])
def test_an_order_that_is_on_its_way_may_still_come_to_know_the_charge(status: OrderStatus) -> None:
    assert kind(unpaid(status)) is None


@pytest.mark.parametrize("status", [each for each in S if each is not S.PAID])
def test_after_its_time_an_order_that_is_not_paid_is_a_mismatch(status: OrderStatus) -> None:
    assert kind(unpaid(status), too_late=NOW + 1) is MismatchKind.CHARGE_NOT_RECORDED


def test_a_declined_order_is_settled_so_its_charge_is_a_mismatch_at_once() -> None:
    assert kind(unpaid(S.DECLINED)) is MismatchKind.CHARGE_NOT_RECORDED


def test_a_charge_of_an_attempt_that_was_replaced_is_a_mismatch_at_once() -> None:
    """The buyer is about to be charged by another method for what was paid already."""
    assert kind(unpaid(S.PENDING), attempt=1) is MismatchKind.CHARGE_NOT_RECORDED


@pytest.mark.parametrize("charge_id", ["ch_9", "ch:with:colons"])
def test_a_charge_that_is_kept_as_stray_is_listed_as_one(charge_id: str) -> None:
    order = replace(PAID, stray_charges=frozenset({"1:ch_8:1:EUR", f"1:{charge_id}:4200:EUR"}))
    assert kind(order, replace(CHARGE, charge_id=charge_id)) is MismatchKind.STRAY_CHARGE
    assert kind(order, replace(CHARGE, charge_id="ch")) is MismatchKind.CHARGE_NOT_RECORDED


def test_a_charge_that_is_known_as_refunded_fits_whatever_became_of_the_order() -> None:
    order = replace(unpaid(S.DECLINED), refunded_charges=frozenset({"1:ch_1:4200:EUR"}))
    assert judged(order) is None
    other = judged(order, replace(CHARGE, charge_id="ch_2"))
    assert other is not None
    assert other.detail == "charged 4200 EUR; the order is DECLINED, attempt 2"


@pytest.mark.parametrize("kind", MismatchKind)
def test_every_mismatch_says_what_to_do(kind: MismatchKind) -> None:
    said = Mismatch(kind, ORDER_ID, "ch_1", None, "").what_to_do
    assert len(said) > 30
    assert "{" not in said
