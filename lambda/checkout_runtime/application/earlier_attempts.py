"""Ask about the attempts that the current one replaced, before the current one is requested.

They were stored as declined. If that was wrong of one, a second charge is prevented here.
"""

import logging
from dataclasses import dataclass

from checkout_runtime.application.ask_payment_service import AskPaymentService
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.charging import ChargePolicy, NotRequested, PaidEarlier
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

__all__ = ["AskAboutEarlier"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AskAboutEarlier:
    """Asks about the earlier attempts of single orders."""

    ask: AskPaymentService
    clock: Clock
    policy: ChargePolicy

    def __call__(self, order: Order, deadline: int) -> PaidEarlier | NotRequested | None:
        """Return why the current attempt must not be requested now; ``deadline`` is in ms UTC.

        Each attempt is asked about, each time, the latest first: an answer of another time proves
        nothing, and a second capture must not hide behind the first.
        """
        service = self.ask.payment_service
        if not service.can_look_up:
            return None
        stop: NotRequested | None = None
        captures: dict[int, Captured] = {}
        for earlier in reversed(order.earlier_attempts):
            if not order.is_of(service.name, earlier):
                continue
            answer = self._why_not_clear(order, earlier, deadline)
            if isinstance(answer, Captured):
                captures[earlier.attempt] = answer
            else:
                stop = stop or answer
        return PaidEarlier(captures) if captures else stop

    def _why_not_clear(
        self, order: Order, earlier: EarlierAttempt, deadline: int
    ) -> Captured | NotRequested | None:
        if not self._has_time(deadline):
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
                return answer
            case ActionRequired() | Processing():
                return NotRequested("earlier_attempt_open")
        return NotRequested("earlier_attempt_unclear")

    def _answer_about(
        self, order: Order, earlier: EarlierAttempt, deadline: int
    ) -> Outcome | NotFound | Cancelled:
        """Look the earlier attempt up, and cancel it where it may still be paid."""
        lookup_reference = order.lookup_reference_of(earlier)
        answer = self.ask.look_up(order, lookup_reference)
        # What was opened and not found to be paid can be confirmed yet, by a worker that slept.
        opened = isinstance(answer, NotFound) and earlier.reference is not None
        waits = isinstance(answer, (ActionRequired, Processing))
        if not ((opened or waits) and self.ask.payment_service.can_cancel):
            return answer
        if not self._has_time(deadline):
            return Unknown("no_time_to_cancel")
        cancelled = self.ask.cancel(order, lookup_reference)
        # The service has just said that it knows the attempt: only its end counts.
        ended = isinstance(cancelled, (Cancelled, Declined, Captured))
        return cancelled if ended else Unknown("not_cancelled")

    def _has_time(self, deadline: int) -> bool:
        return deadline - self.clock.now() >= self.policy.request_seconds * 1000
