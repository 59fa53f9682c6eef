"""Single refunds under a claim: a service that says what it is told, and what is to be stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.settle_refund import SettleRefund
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.outcomes import Unknown
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    Refunded,
    RefundLookUp,
    RefundPending,
)
from checkout_runtime.domain.refund_policy import RefundPolicy
from tests.checkout_runtime.application.refund_checkout import RefundingLedger
from tests.checkout_runtime.factories import (
    DEADLINE,
    HOUR,
    NOW,
    POLICY,
    SECOND,
    SERVICE,
)
from tests.checkout_runtime.state_events import SetClock

__all__ = [
    "BLIP",
    "DAY",
    "NO",
    "NOT_US",
    "PENDING",
    "PROOF",
    "WORDLESS",
    "Settling",
    "Stored",
    "claimed",
    "told",
]

DAY = 24 * HOUR
PROOF = Refunded("re_1", 1200, "EUR")
NO = NotRefunded("no")
PENDING = RefundPending("re_1")
WORDLESS = Unknown("http_404", without_word=True)
NOT_US = Unknown("http_401", without_word=True, refuses_us=True)
BLIP = NOW - 15 * 60 * SECOND
"""Refusals since then have outlasted a gateway's blip."""


def claimed(claims: int = 1, **changes: Any) -> Refund:
    """A refund whose claim somebody has just taken, for the ``claims``-th time."""
    status = RefundStatus.REFUNDING
    refund = Refund("op_a", "ord_a", status, 1200, "EUR", "ch_1", NOW, NOW, "ops")
    held: dict[str, Any] = {
        "payment_service": SERVICE,
        "attempt_claims": claims,
        "claim_epoch": claims,
        "first_claimed_at": NOW,
        "lease_expires_at": NOW + 40 * SECOND,
    }
    return replace(refund, **{**held, **changes})


@dataclass
class Stored:
    """Takes down what is to be stored."""

    succeeds: bool = True
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        def write(_: Refund, *args: Any, **named: Any) -> bool:
            self.calls.append((name.removeprefix("record_"), args, named))
            return self.succeeds

        return write

    @property
    def only(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """The one write."""
        [call] = self.calls
        return call


@dataclass
class Settling:
    """The settling of refunds, with what it is told and what it stores."""

    service: RefundingLedger = field(default_factory=RefundingLedger)
    stored: Stored = field(default_factory=Stored)
    clock: SetClock = field(default_factory=SetClock)
    policy: ChargePolicy = POLICY

    @property
    def settle(self) -> SettleRefund:
        return SettleRefund(
            self.stored,
            self.service,
            self.clock,
            RefundPolicy(self.policy, self.service.can_look_up_refunds),
            CircuitBreaker(),
            CircuitBreaker(),
        )

    def says(self, *answers: Any, found: RefundLookUp | None = None) -> None:
        """What the next requests meet, and the next look-up."""
        self.service.next_refunds = list(answers)
        self.service.next_refund_look_ups = [] if found is None else [found]

    def turn(self, refund: Refund, *, may_request: bool = True, deadline: int = DEADLINE) -> bool:
        return self.settle(refund, may_request=may_request, deadline=deadline)


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The log records that are events, in their order."""
    return [vars(record) for record in caplog.records if hasattr(record, "event")]
