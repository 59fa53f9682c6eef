"""Ask about the attempts that the current one replaced, before the current one is requested.

They were stored as declined. If that was wrong of one, a second charge is prevented here. Of an
order out of a backup, attempts after the current one are asked about, too: the table may have
forgotten them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from checkout_runtime.application.ask_payment_service import AskPaymentService
from checkout_runtime.application.order_ports import Outcomes
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.charging import RESTORED, ChargePolicy
from checkout_runtime.domain.decisions import Decision, NeedsReview, NotRequested, PaidEarlier
from checkout_runtime.domain.order import EarlierAttempt, Order
from checkout_runtime.domain.outcomes import (
    NOTHING_CAPTURED,
    ActionRequired,
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import Record

__all__ = ["AskAboutEarlier"]

_log = logging.getLogger(__name__)
_ENDED_AS: Mapping[type, str] = {
    Declined: "declined",
    Cancelled: "cancelled",
    NotFound: "not_found",
    Captured: "refunded",
}
"""How answers are stored after which nothing comes of an attempt any more."""


class AskAboutEarlier(Record):
    """Asks about the earlier attempts of single orders."""

    ask: AskPaymentService
    outcomes: Outcomes
    clock: Clock
    policy: ChargePolicy
    opens_attempts: bool
    """Whether the payment service knows attempts by references of its own alone: those that a
    restored table has forgotten cannot be asked about."""

    def __call__(
        self, order: Order, deadline: int, *, may_charge: bool
    ) -> PaidEarlier | NotRequested | None:
        """Return why the current attempt must not be requested now; ``deadline`` is in ms UTC.

        Each attempt is asked about, the latest first, until its end is final: before that an answer
        of another time proves nothing, and a second capture must not hide behind the first. A turn
        that ``may_charge`` and has no time left for it stores what is final, so that the next one
        has less to ask.
        """
        service = self.ask.payment_service
        if not service.can_look_up:
            return None
        stop: NotRequested | None = None
        captures: dict[int, Captured] = {}
        ended: dict[int, str] = {}
        for earlier in (*self._forgotten(order), *reversed(order.earlier_attempts)):
            if earlier.ended_as is not None or not order.is_of(service.name, earlier):
                continue
            if not self._has_time(deadline):
                stop = stop or NotRequested("no_time_left")
                break
            answer = self._answer_about(order, earlier, deadline)
            why_not = self._why_not_clear(order, answer)
            if isinstance(why_not, Captured):
                captures[earlier.attempt] = why_not
            elif why_not is not None:
                stop = stop or why_not
            elif earlier.attempt < order.attempt and self._have_workers_ended(order):
                ended[earlier.attempt] = _ENDED_AS[type(answer)]
        if captures:
            return PaidEarlier(captures)
        if ended and may_charge and not self._has_time(deadline):
            self.outcomes.record_earlier_ended(order, ended)
        return stop

    def unless_forgotten(self, order: Order, decision: Decision, deadline: int) -> Decision:
        """Return what is to be stored where an order out of a backup is about to be cancelled.

        The buyer may have paid it by a later attempt, which the table has forgotten. Where none can
        be asked about, or the current one had ended before, an operator decides.
        """
        is_given_up = isinstance(decision, Declined) and order.is_to_be_cancelled
        if not (is_given_up and self.policy.may_have_forgotten(order)):
            return decision
        can_be_asked = self.ask.payment_service.can_look_up and not self.opens_attempts
        if decision != Declined(NOTHING_CAPTURED) or not can_be_asked:
            return NeedsReview(RESTORED)
        others = self(order, deadline, may_charge=False)
        if isinstance(others, NotRequested):
            return self.policy.after_patience(order, others, self.clock.now())
        return others or decision

    def _forgotten(self, order: Order) -> list[EarlierAttempt]:
        """Return later attempts, which the buyer may have begun before the table was restored.

        The buyer may begin them again, so nothing is stored about them.
        """
        return order.attempts_after if self.policy.may_have_forgotten(order) else []

    def _have_workers_ended(self, order: Order) -> bool:
        return self.policy.have_earlier_workers_ended(order, self.clock.now())

    @staticmethod
    def _why_not_clear(
        order: Order, answer: Outcome | NotFound | Cancelled
    ) -> Captured | NotRequested | None:
        match answer:
            case Declined() | NotFound() | Cancelled():
                return None
            case Captured(charge_id) if order.is_refunded(charge_id):
                return None
            case Captured():
                return answer
            case ActionRequired() | Processing() | Authorized():
                return NotRequested("earlier_attempt_open")
        return NotRequested("earlier_attempt_unclear")

    def _answer_about(
        self, order: Order, earlier: EarlierAttempt, deadline: int
    ) -> Outcome | NotFound | Cancelled:
        answer = self._looked_up_or_cancelled(order, earlier, deadline)
        about = {**order.log_fields, "asked_about": earlier.attempt}
        extra = {"event": "attempt_asked_about", "answer": type(answer).__name__, **about}
        _log.info("attempt_asked_about", extra=extra)
        return answer

    def _looked_up_or_cancelled(
        self, order: Order, earlier: EarlierAttempt, deadline: int
    ) -> Outcome | NotFound | Cancelled:
        """Look the earlier attempt up, and cancel it where it may still be paid."""
        lookup_reference = order.lookup_reference_of(earlier)
        answer = self.ask.look_up(order, lookup_reference)
        # What was opened and not found to be paid can be confirmed yet, by a worker that slept.
        opened = isinstance(answer, NotFound) and earlier.reference is not None
        waits = isinstance(answer, (ActionRequired, Processing, Authorized))
        if not ((opened or waits) and self.ask.payment_service.can_cancel):
            return answer
        if not self._has_time(deadline):
            return Unknown("no_time_to_cancel")
        cancelled = self.ask.cancel(order, lookup_reference)
        # The service has just said that it knows the attempt: only its end counts.
        if isinstance(cancelled, (Cancelled, Declined, Captured)):
            return cancelled
        # One that it leaves open is in no outage.
        is_left_open = waits and not isinstance(cancelled, Unknown)
        return answer if is_left_open else Unknown("not_cancelled")

    def _has_time(self, deadline: int) -> bool:
        return self.policy.has_time_for_request(self.clock.now(), deadline)
