"""What an operator is told of an order's attempts, where payment service and table disagree."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.known_attempts import KnownAttempt, contradiction_of
from checkout_runtime.domain.identity import payment_key
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    Authorized,
    Captured,
    Declined,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)
from tests.checkout_runtime.factories import new_order

S = OrderStatus
FIRST, SECOND, THIRD = (Captured(f"ch_{number}", 4200, "EUR") for number in (1, 2, 3))
NO = Declined("no_funds")


def attempts(*answers: Outcome | NotFound | None) -> list[KnownAttempt]:
    """Attempts by what the payment service says of them, the current one last."""
    return [
        KnownAttempt(number, "http", f"pi_{number}", answer)
        for number, answer in enumerate(answers, start=1)
    ]


def order_of(status: S, of_attempt: int, **changes: Any) -> Order:
    return new_order(status=status, attempt=of_attempt, **changes)


def said(order: Order, *answers: Outcome | NotFound | None) -> str | None:
    contradiction = contradiction_of(order, attempts(*answers))
    return None if contradiction is None else contradiction.what


def test_a_capture_beside_the_one_that_paid_is_told() -> None:
    paid = order_of(S.PAID, 2, charge_id="ch_2")
    assert said(paid, FIRST, SECOND) == "it is PAID by ch_2, and ch_1 was captured as well"
    assert said(paid, NO, SECOND) is None


@pytest.mark.parametrize(("amount", "currency"), [(8400, "EUR"), (100, "EUR"), (4200, "USD")])
def test_a_paid_order_of_which_another_amount_was_captured_is_told(
    amount: int, currency: str
) -> None:
    paid = order_of(S.PAID, 2, charge_id="ch_2")
    told = said(paid, NO, Captured("ch_2", amount, currency))
    assert told == f"it is PAID by ch_2, of which {amount} {currency} was captured"


def test_a_part_of_a_hold_and_what_was_refunded_contradict_nothing() -> None:
    part = order_of(S.PAID, 1, charge_id="ch_1", captured_amount=1000)
    assert said(part, Captured("ch_1", 1000, "EUR")) is None
    assert said(part, FIRST) is not None
    refunded = order_of(S.PAID, 1, charge_id="ch_1", refunds=frozenset({"op_1"}))
    assert said(refunded, Captured("ch_1", 1000, "EUR")) is None
    assert said(refunded, Captured("ch_1", 4200, "EUR")) is None
    assert said(refunded, Captured("ch_1", 4201, "EUR")) is not None


def test_a_capture_that_was_refunded_is_none_any_more() -> None:
    refunded = frozenset({FIRST.proof_for(1)})
    paid = order_of(S.PAID, 2, charge_id="ch_2", refunded_charges=refunded)
    assert said(paid, FIRST, SECOND) is None


def test_a_stray_charge_of_other_money_says_nothing_of_what_paid() -> None:
    stray = Captured("ch_1", 100, "EUR")
    paid = order_of(S.PAID, 2, charge_id="ch_2", stray_charges=frozenset({stray.proof_for(1)}))
    assert said(paid, stray, SECOND) is None


def test_of_several_captures_the_first_is_named() -> None:
    declined = order_of(S.DECLINED, 3)
    assert said(declined, FIRST, SECOND, THIRD) == (
        "it is DECLINED, and attempt 1 captured 4200 EUR as ch_1"
    )


@pytest.mark.parametrize("status", [S.PAID, S.PENDING])
def test_of_several_attempts_that_are_open_the_first_is_named(status: S) -> None:
    order = order_of(status, 3, charge_id="ch_3" if status is S.PAID else None)
    last = THIRD if status is S.PAID else NotFound()
    assert said(order, Processing(), Processing(), last) == (
        f"it is {status.value}, and attempt 1 is being processed"
    )


def test_money_that_is_held_for_an_attempt_that_is_over_is_told() -> None:
    hold = Authorized("h_1", 4200, "EUR", 1_800_000_000_000)
    assert said(order_of(S.DECLINED, 2), NO, hold) == (
        "it is DECLINED, and attempt 2 holds 4200 EUR as h_1, not captured"
    )
    paid = order_of(S.PAID, 2, charge_id="ch_2")
    assert said(paid, hold, SECOND) is not None


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (Captured("ch_1", 500, "EUR"), "captured 500 EUR as ch_1"),
        (Declined("lapsed"), "declined: lapsed"),
    ],
)
def test_a_hold_that_was_captured_or_is_gone_is_told(answer: Outcome, what: str) -> None:
    """It is looked up by itself only once its end is near, so somebody has to ask."""
    held = order_of(S.AUTHORIZED, 1, charge_id="h_1", capture_before=1_800_000_000_000)
    contradiction = contradiction_of(held, attempts(answer))
    assert contradiction is not None
    assert contradiction.what == f"it is AUTHORIZED, and attempt 1 {what}"
    assert f"`checkout orders capture {held.order_id}`" in contradiction.what_to_do
    assert f"`checkout orders cancel {held.order_id}`" in contradiction.what_to_do


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (NotFound(), "knows nothing of it"),
        (Authorized("h_1", 100, "EUR", 1), "holds 100 EUR as h_1, not captured"),
        (Authorized("h_1", 4200, "USD", 1), "holds 4200 USD as h_1, not captured"),
    ],
)
def test_a_hold_that_is_not_there_or_is_of_other_money_is_told(
    answer: Outcome | NotFound, what: str
) -> None:
    """A capture of it would not be stored soon, so none is proposed."""
    held = order_of(S.AUTHORIZED, 1, charge_id="h_1", capture_before=1_800_000_000_000)
    contradiction = contradiction_of(held, attempts(answer))
    assert contradiction is not None
    assert contradiction.what == f"it is AUTHORIZED, and attempt 1 {what}"
    assert contradiction.what_to_do.startswith("Hold the goods.")
    assert f"`checkout orders cancel {held.order_id}`" in contradiction.what_to_do
    assert "orders capture" not in contradiction.what_to_do


@pytest.mark.parametrize(
    ("status", "ended"), [(S.AUTHORIZED, "CANCELLED"), (S.PENDING, "DECLINED")]
)
def test_who_cancels_the_attempt_after_one_that_was_captured_is_told_what_becomes_of_the_order(
    status: S, ended: str
) -> None:
    """A hold that is gone cancels its order."""
    hold = Authorized("h_2", 4200, "EUR", 1)
    contradiction = contradiction_of(order_of(status, 2), attempts(FIRST, hold))
    assert contradiction is not None
    assert f"once the order is {ended}, settle with --paid ch_1" in contradiction.what_to_do


@pytest.mark.parametrize("answer", [Authorized("h_1", 4200, "EUR", 1), Unknown("http_503"), None])
def test_a_hold_that_stands_or_cannot_be_asked_about_is_what_the_order_says(
    answer: Outcome | None,
) -> None:
    assert said(order_of(S.AUTHORIZED, 1, charge_id="h_1", capture_before=1), answer) is None


def test_the_attempt_that_disagrees_is_named() -> None:
    declined = order_of(S.DECLINED, 2)
    assert said(declined, NO, SECOND) == "it is DECLINED, and attempt 2 captured 4200 EUR as ch_2"


@pytest.mark.parametrize("attempt", [1, 2])
def test_an_attempt_is_known_by_its_reference_or_by_the_key_of_its_number(attempt: int) -> None:
    order = order_of(S.DECLINED, 2)
    assert KnownAttempt(attempt, "http", "pi_9", NO).lookup_reference_in(order) == "pi_9"
    unnamed = KnownAttempt(attempt, "http", None, NO)
    assert unnamed.lookup_reference_in(order) == payment_key(order.order_id, attempt)


def test_what_cannot_be_asked_says_so() -> None:
    [known] = attempts(None)
    assert known.in_words == "cannot be asked"


@pytest.mark.parametrize(
    ("status", "is_told"), [(S.NEEDS_REVIEW, False), (S.UNKNOWN, False), (S.PENDING, True)]
)
def test_a_decline_contradicts_only_an_order_that_waits_for_an_answer(
    status: S, is_told: bool
) -> None:
    """A review says itself what to do, and what is unknown is being asked about."""
    assert (said(order_of(status, 1), NO) is not None) is is_told


def test_an_attempt_that_is_open_contradicts_no_review() -> None:
    assert said(order_of(S.NEEDS_REVIEW, 2), Processing(), NO) is None


def test_the_attempt_that_would_charge_again_is_the_one_to_cancel() -> None:
    contradiction = contradiction_of(order_of(S.PENDING, 2), attempts(FIRST, NotFound()))
    assert contradiction is not None
    assert "Attempt 2 would be a second charge" in contradiction.what_to_do
    assert "Or cancel attempt 2 there" in contradiction.what_to_do


@pytest.mark.parametrize("status", [S.DECLINED, S.CANCELLED])
def test_what_is_open_or_captured_contradicts_an_order_that_is_over(status: S) -> None:
    over = order_of(status, 1)
    assert said(over, Processing()) == f"it is {status}, and attempt 1 is being processed"
    contradiction = contradiction_of(over, attempts(FIRST))
    assert contradiction is not None
    assert contradiction.what_to_do.startswith("The buyer has paid: settle with --paid ch_1")
