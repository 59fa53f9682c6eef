"""What an attempt comes to whose order somebody asked to cancel, by what the service answers."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.ask_payment_service import AskPaymentService
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.end_cancelled import EndCancelled
from checkout_runtime.domain.charging import RESTORED, ChargePolicy
from checkout_runtime.domain.decisions import NeedsReview, NotRequested
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    NOTHING_CAPTURED,
    ActionRequired,
    Authorized,
    Captured,
    Declined,
    NotFound,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.factories import DEADLINE, HOUR, NO_KEYS, NOW, claimed_order
from tests.checkout_runtime.ledger_payments import LedgerPayments
from tests.checkout_runtime.state_events import SetClock

CANCELLED = Declined(NOTHING_CAPTURED)
CAPTURED = Captured("ch_1", 4200, "EUR")
HOLD = Authorized("h_1", 4200, "EUR", NOW + HOUR)


class Intents:
    """Remembers what it is asked to abandon."""

    def __init__(self) -> None:
        self.abandoned: list[str] = []

    def abandon(self, reference: str) -> None:
        self.abandoned.append(reference)


@pytest.fixture
def payments() -> LedgerPayments:
    return LedgerPayments(can_cancel=True)


def ending(
    payments: LedgerPayments, intents: Any = None, policy: ChargePolicy = NO_KEYS
) -> EndCancelled:
    # Without keys only what describes every request counts: an answer to one does not.
    breakers = CircuitBreaker(), CircuitBreaker()
    return EndCancelled(AskPaymentService(payments, SetClock(), policy, *breakers), policy, intents)


def marked(claims: int = 2, **changes: Any) -> Order:
    """An order that may have been requested before somebody asked to cancel it."""
    return replace(claimed_order(claims), cancel_asked_at=NOW, **changes)


@pytest.mark.parametrize("found", [CAPTURED, Declined("no_funds")], ids=str)
def test_what_the_look_up_settles_is_not_cancelled(found: Any, payments: LedgerPayments) -> None:
    assert ending(payments)(marked(), found, DEADLINE) is None
    assert payments.cancels == []


@pytest.mark.parametrize("answer", [CAPTURED, Declined("no_funds"), Processing()], ids=str)
def test_what_the_cancellation_finds_counts(answer: Any, payments: LedgerPayments) -> None:
    payments.cancelled = answer
    assert ending(payments)(marked(), None, DEADLINE) == answer


def test_an_attempt_is_cancelled_also_where_the_look_up_is_not_answered(
    payments: LedgerPayments,
) -> None:
    assert ending(payments)(marked(), Unknown("timeout"), DEADLINE) == CANCELLED


def test_nothing_is_cancelled_without_the_time_to_store_what_came_of_it(
    payments: LedgerPayments,
) -> None:
    just_too_late = NOW + NO_KEYS.request_seconds * 1000 - 1
    ended = ending(payments)(marked(), None, just_too_late)
    assert (ended, payments.cancels) == (NotRequested("no_time_left"), [])


def test_a_hold_is_let_go_at_the_service_also_by_the_first_claim_that_counts(
    payments: LedgerPayments,
) -> None:
    held = marked(1, capture_before=NOW + HOUR)
    assert ending(payments)(held, HOLD, DEADLINE) == CANCELLED
    assert payments.cancels == [held.payment_key]


@pytest.mark.parametrize("found", [NotFound(), HOLD], ids=str)
def test_a_hold_that_the_service_does_not_know_is_not_on_its_way(
    found: Any, payments: LedgerPayments
) -> None:
    payments.cancelled = NotFound()
    ended = ending(payments)(marked(capture_before=NOW + HOUR), found, DEADLINE)
    assert ended == NotRequested("not_cancelled")


@pytest.mark.parametrize("found", [HOLD, ActionRequired(None)], ids=str)
def test_what_the_look_up_knows_is_not_over_where_the_cancellation_knows_nothing(
    found: Any, payments: LedgerPayments
) -> None:
    payments.cancelled = NotFound()
    assert ending(payments)(marked(), found, DEADLINE) == NotRequested("not_cancelled")


@pytest.mark.parametrize(
    ("reference", "opens", "abandoned"),
    [("pi_1", True, ["pi_1"]), ("pi_1", False, []), (None, True, [])],
)
def test_what_was_opened_and_never_requested_is_abandoned_where_there_is_anything(
    reference: str | None, opens: bool, abandoned: list[str], payments: LedgerPayments
) -> None:
    intents = Intents()
    order = marked(1, payment_reference=reference)
    assert ending(payments, intents if opens else None)(order, None, DEADLINE) == CANCELLED
    assert (intents.abandoned, payments.cancels) == (abandoned, [])


def test_a_payment_that_is_being_processed_stays_so_where_it_cannot_be_cancelled(
    payments: LedgerPayments,
) -> None:
    payments.cancelled = NotFound()
    assert ending(payments)(marked(), Processing(), DEADLINE) == Processing()


@pytest.mark.parametrize(
    ("found", "ends_as"),
    [
        (ActionRequired(None), CANCELLED),
        (HOLD, CANCELLED),
        (Processing(), CANCELLED),
        (NotFound(), CANCELLED),
        (None, NeedsReview(RESTORED)),
    ],
    ids=str,
)
def test_out_of_a_backup_an_attempt_is_cancelled_where_a_look_up_says_that_it_had_not_ended(
    found: Any, ends_as: Any, payments: LedgerPayments
) -> None:
    """Else an operator looks: what had ended may have been replaced by an attempt that paid."""
    restored = replace(NO_KEYS, quarantine_before=NOW + HOUR)
    assert ending(payments, policy=restored)(marked(), found, DEADLINE) == ends_as
