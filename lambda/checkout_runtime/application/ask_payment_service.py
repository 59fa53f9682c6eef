"""Ask the payment service, and learn from each answer whether it is up and speaks the contract."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.ports import Clock, PaymentService
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Unknown,
)
from checkout_runtime.domain.record import Record, replace

if TYPE_CHECKING:
    from checkout_runtime.domain.claimed import Claimed

__all__ = ["AskPaymentService", "learn", "tell_without_word"]

_log = logging.getLogger(__name__)
A = TypeVar("A")


class AskPaymentService(Record):
    """Asks about single orders."""

    payment_service: PaymentService
    clock: Clock
    policy: ChargePolicy
    charging: CircuitBreaker
    looking_up: CircuitBreaker

    def charge(self, order: Order) -> Outcome:
        """Request the current attempt, once."""
        return self._learned("charge", order, self.payment_service.charge(order), self.charging)

    def capture(self, order: Order, amount: int) -> Captured | Declined | NotCharged | Unknown:
        """Request so much of the current attempt's hold, once."""
        answer = self.payment_service.capture(order, amount)
        return self._learned("capture", order, answer, self.charging)

    def look_up(self, order: Order, lookup_reference: str | None = None) -> Outcome | NotFound:
        """Look up what the service knows by a reference. Default: the current attempt."""
        answer = self.payment_service.look_up(lookup_reference or order.lookup_reference)
        return self._learned("look_up", order, answer, self.looking_up)

    def cancel(
        self, order: Order, lookup_reference: str | None = None
    ) -> Outcome | NotFound | Cancelled:
        """Ask to cancel what the service knows by a reference. Default: the current attempt."""
        answer = self.payment_service.cancel(lookup_reference or order.lookup_reference)
        return self._learned("cancel", order, answer, self.looking_up)

    def _learned(
        self, operation: str, order: Order, answer: A, breaker: CircuitBreaker
    ) -> A | Unknown:
        return learn(operation, order, answer, breaker, self.policy, self.clock.now())


def learn(
    operation: str,
    order: Claimed,
    answer: A,
    breaker: CircuitBreaker,
    policy: ChargePolicy,
    now: int,
) -> A | Unknown:
    """Tell the breaker whether the service answered, and raise an alarm if it said no word.

    An answer that asks for patience is read as one without a word once it has lasted too long.
    """
    is_down = isinstance(answer, Unknown) and answer.unavailable
    # That attempts can be opened does not say that they can be charged.
    if is_down or operation != "open":
        breaker.record(available=not is_down, now=now)
    if not isinstance(answer, Unknown):
        return answer
    lasts = answer.later and policy.is_refused_for_good(order, now)
    read = replace(answer, without_word=True) if lasts else answer
    if read.without_word:
        tell_without_word(operation, order, read.reason)
    return read


def tell_without_word(operation: str, order: Claimed, reason: str) -> None:
    """Raise the alarm about an answer that says nothing about the money."""
    said = {"event": "answer_without_word", "operation": operation, "reason": reason}
    _log.error("answer_without_word", extra={**said, **order.log_fields})
