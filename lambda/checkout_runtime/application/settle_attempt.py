"""Find out about one claimed payment attempt and store it: the step where money moves."""

from __future__ import annotations

import logging

from checkout_runtime.application.ask_payment_service import AskPaymentService, tell_without_word
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.earlier_attempts import AskAboutEarlier
from checkout_runtime.application.end_attempt import EndAttempt
from checkout_runtime.application.end_cancelled import EndCancelled
from checkout_runtime.application.order_ports import Outcomes
from checkout_runtime.application.ports import Clock, PaymentIntents, PaymentService
from checkout_runtime.application.settle_hold import CaptureDue, SettleHold
from checkout_runtime.application.store_outcome import StoreOutcome
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import (
    Decision,
    NeedsReview,
    NotRequested,
    PaidEarlier,
    StillProcessing,
)
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import Record

__all__ = ["SettleAttempt"]

_log = logging.getLogger(__name__)
_OTHER_SERVICE = NeedsReview("other_service")
"""The attempt was claimed for a payment service of another name."""


class _Charge(Record):
    """The attempt is to be requested."""

    found: NotFound | Unknown | None
    """What a look-up said before; None where there was none."""


class SettleAttempt(Record):
    """Settles attempts whose claim the caller holds."""

    outcomes: Outcomes
    payment_service: PaymentService
    clock: Clock
    policy: ChargePolicy
    breaker: CircuitBreaker
    """Of charging; it learns nothing from look-ups, which may work while charging is down."""
    look_up_breaker: CircuitBreaker
    intents: PaymentIntents | None = None
    """Where the payment service needs an attempt to be opened before it is claimed."""

    def __call__(self, order: Order, *, may_charge: bool, deadline: int) -> bool:
        """Look up, charge where that is permitted, store what came of it.

        Returns whether an outcome is stored, so that nothing more is owed for this attempt.
        ``order`` is the order as the claim left it; ``deadline`` (ms UTC) is when the worker is
        stopped.
        """
        settled = self._settle_unrequested(order, may_charge=may_charge, deadline=deadline)
        match settled:
            case _Charge(found):
                decision = self._charge(order, found, deadline)
            case CaptureDue(hold):
                decision = self._hold.capture(order, hold, deadline)
            case _:
                decision = settled
        # A claim that may request, and requested nothing, does not count as one that may have.
        uncounted = may_charge and (decision is settled or isinstance(decision, NotRequested))
        if isinstance(decision, NotRequested):
            decision = self.policy.after_patience(order, decision, self.clock.now())
        return self.store(order, decision, deadline=deadline, uncounted=uncounted)

    def store(
        self, order: Order, decision: Decision, *, deadline: int, uncounted: bool = False
    ) -> bool:
        """Store a decision under the claim; return whether it is an outcome and was stored."""
        decision = self._ask_about_earlier.unless_forgotten(order, decision, deadline)
        if isinstance(decision, Processing) and not self.payment_service.can_look_up:
            # Nothing but an operator will ever learn what comes of it.
            tell_without_word("look_up", order, "processing_without_look_up")
        let_go = self.cancel if self.payment_service.can_cancel else None
        store = StoreOutcome(self.outcomes, self.clock, self.policy, let_go)
        return store(order, decision, deadline=deadline, uncounted=uncounted)

    def end_action(self, order: Order) -> Decision:
        """End an attempt whose buyer did not act in time."""
        if not self._is_ours(order):
            return _OTHER_SERVICE
        return self._end.not_acted(order)

    def end(self, order: Order, reason: str) -> Decision:
        """End an attempt about which nothing can be learned any more.

        It is cancelled where that can be done, else an operator is called, for ``reason``.
        """
        if not self._is_ours(order):
            return _OTHER_SERVICE
        # A hold that somebody asked for is not voided in its place.
        return self._end(order, reason) if order.capture_asked_at is None else NeedsReview(reason)

    def peek(self, order: Order) -> Decision | None:
        """Look up an order that waits for its buyer, an asynchronous payment, or its capture.

        Returns news, or None if there are none. One that is ``PROCESSING`` or ``AUTHORIZED`` is
        always news: its next look-up is to be stored.
        """
        if not self._is_ours(order):
            return _OTHER_SERVICE
        if order.status is OrderStatus.AUTHORIZED:
            return self._hold.peek(order)
        answer = self._ask.look_up(order)
        if isinstance(answer, Authorized) and order.is_to_be_cancelled:
            ended = self._end(order, "voided")
            return Processing() if isinstance(ended, NotRequested) else ended
        if isinstance(answer, (Captured, Authorized, Declined)):
            return self.policy.after_answer(order, answer, looked_up=True)
        if order.status is not OrderStatus.PROCESSING:
            return answer if isinstance(answer, Processing) else None
        if isinstance(answer, ActionRequired):
            return answer
        if self.policy.is_processing_too_long(order, self.clock.now()):
            ended = self._end(order, "processing_too_long")
            return Processing() if isinstance(ended, NotRequested) else ended
        if isinstance(answer, Processing):
            return answer
        reason = answer.reason if isinstance(answer, Unknown) else "not_found"
        return StillProcessing(reason)

    def look_up(self, order: Order) -> Outcome | NotFound:
        """Ask what became of the attempt that ``order`` shows, and store nothing."""
        return self._ask.look_up(order)

    def cancel(self, order: Order) -> Outcome | NotFound | Cancelled:
        """Cancel the attempt that ``order`` shows at the payment service, and store nothing."""
        return self._ask.cancel(order)

    def _settle_unrequested(
        self, order: Order, *, may_charge: bool, deadline: int
    ) -> Decision | _Charge | CaptureDue:
        """Return what is to be stored without a request, or that the attempt is to be requested."""
        if not self._is_ours(order):
            return _OTHER_SERVICE
        if order.payment_reference is not None and self.intents is None:
            # It was opened elsewhere, may have been charged there, and can only be asked by name.
            return NeedsReview("opened_at_another_service")
        found = self._look_up(order)
        if order.is_to_be_cancelled:
            ended = self._end_cancelled(order, found, deadline, may_charge=may_charge)
            if ended is not None:
                return ended
        if order.has_hold:
            return self._hold(order, found, may_charge=may_charge)
        if isinstance(found, (Captured, Authorized, Declined, ActionRequired, Processing)):
            return self.policy.after_answer(order, found, looked_up=True)
        earlier = self._ask_about_earlier(order, deadline, may_charge=may_charge)
        if isinstance(earlier, PaidEarlier):
            return earlier
        unclear = found if isinstance(found, (NotFound, Unknown)) else None
        now = self.clock.now()
        unanswered = isinstance(unclear, Unknown) and not unclear.without_word
        ended = None
        if not self.policy.may_repeat_after(None if unanswered else unclear, order, now):
            # It cannot be tried whether the refusal was a blip: nothing is requested now.
            ended = self._end.refused(order, unclear, deadline)
        elif self.policy.is_refused_for_good(order, now) and not self.policy.has_time_for_turn(
            now, deadline
        ):
            # After a slow request, too, there would be no time left to cancel it.
            ended = self._end.cancel_refused(order, deadline)
        if ended is not None:
            return ended
        stop = self.policy.before_request(order, now, unclear)
        if isinstance(stop, NeedsReview):
            if self.payment_service.can_cancel and not self._has_time(deadline):
                return NotRequested("no_time_left")
            return self._end(order, stop.reason)
        if stop is not None:
            return stop
        if earlier is not None:
            return earlier
        return _Charge(unclear) if may_charge else NotRequested("left_to_queue")

    def _end_cancelled(
        self, order: Order, found: Outcome | NotFound | None, deadline: int, *, may_charge: bool
    ) -> Decision | None:
        """End the attempt of an order that somebody asked to cancel; None: by the usual rules."""
        if not order.has_hold and self.policy.is_first_request(order):
            # It may wait as an earlier attempt is in doubt. Nobody asks about that one afterwards.
            earlier = self._ask_about_earlier(order, deadline, may_charge=may_charge)
            if earlier is not None:
                return earlier
        return EndCancelled(self._ask, self.policy, self.intents)(order, found, deadline)

    def _look_up(self, order: Order) -> Outcome | NotFound | None:
        """Ask first wherever an earlier request may have been sent."""
        if self.policy.is_first_request(order) and not order.has_hold:
            return None
        return self._ask.look_up(order) if self.payment_service.can_look_up else None

    def _charge(self, order: Order, found: NotFound | Unknown | None, deadline: int) -> Decision:
        started = self.clock.now()
        if not self._has_time(deadline):
            return NotRequested("no_time_left")
        if not self.policy.lease_covers_request(order, started):
            return NotRequested("lease_too_short")
        answer = self._ask.charge(order)
        # Before anything is stored: if that fails, the log at least has the proof.
        fields = {
            **order.log_fields,
            "answer": type(answer).__name__,
            "charge_ms": self.clock.now() - started,
            "charge_id": answer.charge_id if isinstance(answer, (Captured, Authorized)) else None,
        }
        _log.info("charge_answered", extra={"event": "charge_answered", **fields})
        decision = self.policy.after_answer(order, answer, looked_up=False)
        if isinstance(answer, NotCharged) and isinstance(decision, Unknown):
            # A word about this request alone: nothing is said about those before it.
            tell_without_word("charge", order, decision.reason)
        if isinstance(decision, Unknown) and decision.without_word and not decision.refuses_us:
            return self._end.refused(order, found, deadline) or decision
        return decision

    def _has_time(self, deadline: int) -> bool:
        return self.policy.has_time_for_request(self.clock.now(), deadline)

    def _is_ours(self, order: Order) -> bool:
        return order.is_of(self.payment_service.name)

    @property
    def _ask_about_earlier(self) -> AskAboutEarlier:
        opens_attempts = self.intents is not None
        return AskAboutEarlier(self._ask, self.outcomes, self.clock, self.policy, opens_attempts)

    @property
    def _end(self) -> EndAttempt:
        return EndAttempt(self._ask, self.policy)

    @property
    def _hold(self) -> SettleHold:
        return SettleHold(self._ask, self.clock, self.policy)

    @property
    def _ask(self) -> AskPaymentService:
        return AskPaymentService(
            self.payment_service, self.clock, self.policy, self.breaker, self.look_up_breaker
        )
