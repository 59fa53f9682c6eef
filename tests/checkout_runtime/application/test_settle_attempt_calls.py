"""What is stored about a claimed attempt, call by call: counted or not, told or not."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import NeedsReview
from checkout_runtime.domain.order import EarlierAttempt, Order
from checkout_runtime.domain.outcomes import Captured, Processing, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.settling_refunds import DAY, Stored, told
from tests.checkout_runtime.factories import (
    DEADLINE,
    NO_KEYS,
    NOW,
    POLICY,
    SECOND,
    SERVICE,
    claimed_order,
)
from tests.checkout_runtime.ledger_payments import LOST, LedgerPayments
from tests.checkout_runtime.state_events import SetClock


def held(claims: int = 1, **changes: Any) -> Order:
    return replace(claimed_order(claims), payment_service=SERVICE, **changes)


def settling(
    payments: LedgerPayments, policy: ChargePolicy = POLICY
) -> tuple[SettleAttempt, Stored]:
    stored = Stored()
    outcomes: Any = stored
    breakers = CircuitBreaker(), CircuitBreaker()
    return SettleAttempt(outcomes, payments, SetClock(), policy, *breakers), stored


def test_a_request_without_an_answer_counts_as_one_that_may_have_captured() -> None:
    settle, stored = settling(LedgerPayments(next_answers=[LOST]))
    assert not settle(held(), may_charge=True, deadline=DEADLINE)
    name, _, named = stored.only
    assert (name, named["uncounted"]) == ("unknown", False)


@pytest.mark.parametrize("may_charge", [True, False])
def test_a_claim_that_requested_nothing_counts_only_if_it_was_counted(may_charge: bool) -> None:
    settle, stored = settling(LedgerPayments(can_look_up=False), NO_KEYS)
    settle(held(2), may_charge=may_charge, deadline=DEADLINE)
    name, (reason, _), named = stored.only
    assert (name, reason, named["uncounted"]) == ("review", "keys_not_honoured", may_charge)


@pytest.mark.parametrize(("age", "stored_as"), [(DAY, "review"), (DAY - 1, "unknown")])
def test_an_operator_is_called_where_nothing_was_requested_for_a_day(
    age: int, stored_as: str
) -> None:
    payments = LedgerPayments()
    settle, stored = settling(payments)
    order = held(unsettled_since=NOW - age)
    settle(order, may_charge=True, deadline=NOW + POLICY.request_seconds * SECOND - 1)
    assert (stored.only[0], stored.only[2]["uncounted"]) == (stored_as, True)
    assert payments.requests == []


@pytest.mark.parametrize(
    ("decision", "can_look_up", "alarms"),
    [
        (Processing(), False, ["processing_without_look_up"]),
        (Processing(), True, []),
        (NeedsReview("by_hand"), False, []),
    ],
)
def test_what_only_an_operator_will_learn_about_raises_the_alarm(
    decision: Any, can_look_up: bool, alarms: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    settle, _ = settling(LedgerPayments(can_look_up=can_look_up))
    assert settle.store(held(), decision, deadline=DEADLINE)
    found = [each for each in told(caplog) if each["event"] == "answer_without_word"]
    assert [each["reason"] for each in found] == alarms


def test_an_attempt_of_another_service_is_neither_peeked_at_nor_ended() -> None:
    payments = LedgerPayments(name="another")
    settle, _ = settling(payments)
    other = NeedsReview("other_service")
    assert settle.peek(held()) == settle.end_action(held()) == settle.end(held(), "x") == other
    assert (payments.look_ups, payments.cancels) == ([], [])


def test_an_attempt_that_holds_money_is_looked_up_also_by_the_first_claim_that_counts() -> None:
    """An operator's release lets the claims be counted anew."""
    payments = LedgerPayments()
    settle, _ = settling(payments)
    settle(held(1, capture_before=NOW + DAY), may_charge=False, deadline=DEADLINE)
    assert payments.look_ups


def test_a_hold_is_let_go_without_a_question_about_earlier_attempts() -> None:
    """They were asked about before its own attempt was requested."""
    payments = LedgerPayments(can_cancel=True)
    settle, _ = settling(payments)
    earlier = (EarlierAttempt(1, SERVICE, None, "no_funds"),)
    order = held(1, attempt=2, earlier_attempts=earlier, capture_before=NOW + DAY)
    settle(replace(order, cancel_asked_at=NOW), may_charge=True, deadline=DEADLINE)
    assert (payments.look_ups, payments.cancels) == ([order.payment_key], [order.payment_key])


@pytest.mark.parametrize(("left_ms", "requests"), [(1000, 1), (999, 0)])
def test_nothing_is_requested_once_a_cancellation_took_the_rest_of_the_lease(
    left_ms: int, requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    payments = LedgerPayments(can_cancel=True)
    settle, _ = settling(payments)

    def cancel_for_a_second(_: str) -> Unknown:
        monkeypatch.setattr(settle.clock, "time", NOW + SECOND)
        return Unknown("timeout")

    monkeypatch.setattr(payments, "cancel", cancel_for_a_second)
    lease_ends = NOW + POLICY.payment_timeout_seconds * SECOND + left_ms
    order = held(2, refused_since=NOW - DAY, lease_expires_at=lease_ends)
    settle(order, may_charge=True, deadline=NOW + POLICY.turn_seconds * SECOND - 1)
    assert len(payments.requests) == requests


@pytest.mark.parametrize(
    ("answer", "charge_id"), [(Captured("ch_1", 4200, "EUR"), "ch_1"), (LOST, None)], ids=str
)
def test_what_a_charge_answers_is_logged_with_the_time_that_it_took(
    answer: Any,
    charge_id: str | None,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO)
    payments = LedgerPayments()
    settle, _ = settling(payments)

    def charge_for_a_second(_: Order) -> Any:
        monkeypatch.setattr(settle.clock, "time", NOW + SECOND)
        return answer

    monkeypatch.setattr(payments, "charge", charge_for_a_second)
    settle(held(), may_charge=True, deadline=DEADLINE)
    [record] = [each for each in told(caplog) if each["event"] == "charge_answered"]
    found = (record["answer"], record["charge_id"], record["charge_ms"])
    assert found == (type(answer).__name__, charge_id, SECOND)


@pytest.mark.parametrize(("refuses_us", "cancels"), [(False, 1), (True, 0)])
def test_what_is_refused_without_a_word_is_cancelled_unless_it_is_our_secret_that_is_refused(
    refuses_us: bool, cancels: int
) -> None:
    refused = Unknown("http_4xx", without_word=True, refuses_us=refuses_us)
    payments = LedgerPayments(can_cancel=True, next_answers=[refused])
    settle, _ = settling(payments)
    order = held(2, refused_since=NOW - POLICY.lease_seconds * SECOND)
    settle(order, may_charge=True, deadline=DEADLINE)
    assert (len(payments.requests), len(payments.cancels)) == (1, cancels)
