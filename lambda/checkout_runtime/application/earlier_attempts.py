"""Ask about the attempts that the current one replaced, before the current one is requested.

They were stored as declined. If that was wrong of one, a second charge is prevented here.
"""

import logging
from dataclasses import dataclass

from checkout_runtime.application.ask_payment_service import AskPaymentService
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.charging import ChargePolicy, Decision, NotRequested, PaidEarlier
from checkout_runtime.domain.identity import payment_key
from checkout_runtime.domain.order import EarlierAttempt, Order
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)

__all__ = ["AskAboutEarlier", "EarlierAnswers"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EarlierAnswers:
    """What the payment service said of the earlier attempts."""

    stop: Decision | None = None
    """Why the current attempt must not be requested now, or None."""
    cleared: tuple[int, ...] = ()
    """Attempts that cannot be charged any more, by an answer of just now."""


@dataclass(frozen=True, slots=True)
class AskAboutEarlier:
    """Asks about the earlier attempts of single orders."""

    ask: AskPaymentService
    clock: Clock
    policy: ChargePolicy

    def __call__(self, order: Order, deadline: int) -> EarlierAnswers:
        """Ask about each until one stops the current attempt; ``deadline`` is in ms UTC.

        Slow answers must not use up every worker's time. So those without a stored answer are asked
        about first, and where too little time is left a stored answer counts, if it is fresh.
        """
        service = self.ask.payment_service
        if not service.can_look_up:
            return EarlierAnswers()
        latest_first = order.earlier_attempts[::-1]
        ours = [each for each in latest_first if order.is_of(service.name, each)]
        cleared: list[int] = []
        for earlier in sorted(ours, key=self._is_freshly_cleared):
            in_haste = not self._has_time(deadline, self.policy.turn_seconds)
            if in_haste and self._is_freshly_cleared(earlier):
                continue
            stop = self._why_not_clear(order, earlier, deadline)
            if stop is not None:
                return EarlierAnswers(stop, tuple(cleared))
            cleared.append(earlier.attempt)
        return EarlierAnswers(None, tuple(cleared))

    def _why_not_clear(
        self, order: Order, earlier: EarlierAttempt, deadline: int
    ) -> Decision | None:
        if not self._has_time(deadline, self.policy.request_seconds):
            return NotRequested("no_time_left")
        answer = self._answer_about(order, earlier, deadline)
        about = {**order.log_fields, "asked_about": earlier.attempt}
        extra = {"event": "attempt_asked_about", "answer": type(answer).__name__, **about}
        _log.info("attempt_asked_about", extra=extra)
        match answer:
            case Declined() | NotFound() | Cancelled():
                return None
            case Captured(charge_id) if order.is_refunded(charge_id):
                return None
            case Captured():
                return PaidEarlier(earlier.attempt, answer)
            case ActionRequired() | Processing():
                return NotRequested("earlier_attempt_open")
        return NotRequested("earlier_attempt_unclear")

    def _answer_about(
        self, order: Order, earlier: EarlierAttempt, deadline: int
    ) -> Outcome | NotFound | Cancelled:
        """Look the earlier attempt up, and cancel it where it may still be paid."""
        lookup_reference = earlier.reference or payment_key(order.order_id, earlier.attempt)
        answer = self.ask.look_up(order, lookup_reference)
        # What was opened and not found to be paid can be confirmed yet, by a worker that slept.
        opened = isinstance(answer, NotFound) and earlier.reference is not None
        waits = isinstance(answer, (ActionRequired, Processing))
        if not ((opened or waits) and self.ask.payment_service.can_cancel):
            return answer
        if not self._has_time(deadline, self.policy.request_seconds):
            return Unknown("no_time_to_cancel")
        cancelled = self.ask.cancel(order, lookup_reference)
        # The service has just said that it knows the attempt: only its end counts.
        ended = isinstance(cancelled, (Cancelled, Declined, Captured))
        return cancelled if ended else Unknown("not_cancelled")

    def _has_time(self, deadline: int, seconds: int) -> bool:
        return deadline - self.clock.now() >= seconds * 1000

    def _is_freshly_cleared(self, earlier: EarlierAttempt) -> bool:
        cleared_at = earlier.cleared_at
        return cleared_at is not None and self.clock.now() - cleared_at <= _FRESH_SECONDS * 1000


_FRESH_SECONDS = 15 * 60
"""Some deliveries of a message, one after the other, with the longest pauses between them."""
