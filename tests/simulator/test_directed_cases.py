"""Cases of the portfolio that one piece of the code was written for: red without it."""

from __future__ import annotations

import pytest

from checkout_runtime.application.circuit_breaker import CircuitBreaker, Permit
from checkout_runtime.application.settle_refund import SettleRefund
from checkout_runtime.domain.refund_outcomes import Refunded
from simulator.directed import SteeredFaults
from simulator.portfolio import PORTFOLIO
from simulator.world import Outcome, run_schedule

pytestmark = pytest.mark.usefixtures("quiet")


def outcome_of(name: str) -> Outcome:
    case, steering = PORTFOLIO[name]
    return run_schedule(case, SteeredFaults(steering))


def test_an_order_that_is_only_looked_up_keeps_no_other_one_from_being_charged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "cancelled while charging is down, beside another order"
    outcome = outcome_of(name)
    assert outcome.problem is None
    assert outcome.final_states == {"CANCELLED": 1, "PAID": 1}
    permits = CircuitBreaker.permits

    def for_anybody(breaker: CircuitBreaker, now: int, _asker: str | None = None) -> Permit | None:
        return permits(breaker, now)

    monkeypatch.setattr(CircuitBreaker, "permits", for_anybody)
    assert "minutes after the last fault" in str(outcome_of(name).problem)


@pytest.mark.parametrize(
    "name",
    [
        "refunded, overslept, and returned meanwhile",
        "refunded, overslept, and known by its return only",
    ],
)
def test_proof_of_a_refund_that_a_worker_slept_with_does_not_undo_its_return(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = outcome_of(name)
    assert outcome.problem is None
    assert outcome.refunds == {"NOT_REFUNDED": 1}
    monkeypatch.setattr(SettleRefund, "_ask_again", lambda *_: Refunded("re_1", 2147, "EUR"))
    assert "is REFUNDED, and the payment service says" in str(outcome_of(name).problem)


def test_a_webhook_brings_a_cancelled_order_out_of_a_backup_to_review() -> None:
    """It had been declined: a later attempt that the table forgot may have paid it."""
    outcome = outcome_of("cancelled, declined, out of a backup, and told")
    assert outcome.problem is None
    assert outcome.reviews == {"restored_from_backup": 1}
    assert "receive_webhook: DynamoDbOutcomes.record_review" in outcome.covered
