"""End an attempt about which nothing more can be learned: no request is sent for it any more.

It is cancelled where the payment service can do that. Else an operator decides about it.
"""

from __future__ import annotations

from checkout_runtime.application.ask_payment_service import AskPaymentService
from checkout_runtime.application.refusals import nobody_knows
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import Decision, NeedsReview, NotRequested
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
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

__all__ = ["EndAttempt"]

_NOT_ACTED = "action_not_taken"
_REFUSED = "refused_without_word"


class EndAttempt(Record):
    """Ends the attempts of single orders. ``EndCancelled`` does of those that are to be cancelled.

    An attempt is declined only where the payment service abandoned it for good. What it captured
    meanwhile pays the order.
    """

    ask: AskPaymentService
    policy: ChargePolicy

    def __call__(self, order: Order, reason: str) -> Decision:
        """Cancel the attempt where that can be done; else call an operator, for ``reason``.

        One silence of the payment service does not call an operator: it is asked again for a day.
        """
        if not self.ask.payment_service.can_cancel:
            return NeedsReview(reason)
        answer = self.ask.cancel(order)
        settled = self._settled_by(answer, order, reason)
        now = self.ask.clock.now()
        if isinstance(settled, Processing) and self.policy.is_processing_too_long(order, now):
            settled = None
        unclear = isinstance(answer, (Unknown, ActionRequired)) or reason == _NOT_ACTED
        if settled is None and unclear and self.policy.may_try_to_cancel(order, now):
            return NotRequested.after("not_cancelled", answer)
        return settled or NeedsReview(reason)

    def not_acted(self, order: Order) -> Decision:
        """End an attempt whose buyer did not act in time, and may act yet."""
        payment_service = self.ask.payment_service
        if payment_service.can_cancel or not payment_service.can_look_up:
            return self(order, _NOT_ACTED)
        settled = self._settled_by(self.ask.look_up(order), order, _NOT_ACTED)
        return settled or NeedsReview(_NOT_ACTED)

    def refused(
        self, order: Order, found: NotFound | Unknown | None, deadline: int
    ) -> Decision | None:
        """End an attempt that is refused without a word; None where it is to be tried again.

        A gateway's blip passes, so it is repeated until the first refusal's lease is over.
        ``found`` is what a look-up said, None where there was none; ``deadline`` (ms UTC) is when
        the worker is stopped.
        """
        now = self.ask.clock.now()
        if not self.policy.may_cancel_refused(order, now):
            return None
        had_time = self._has_time(deadline)
        cancelled = self.cancel_refused(order, deadline)
        payment_service = self.ask.payment_service
        if cancelled is not None or (payment_service.can_cancel and not had_time):
            return cancelled
        is_unknown = nobody_knows(found, can_look_up=payment_service.can_look_up)
        if is_unknown and self.policy.is_refused_for_good(order, now):
            return NeedsReview(_REFUSED)
        return None

    def cancel_refused(self, order: Order, deadline: int) -> Decision | None:
        """Cancel an attempt that is refused without a word; None where that settles nothing.

        Not without time for it: a worker that is stopped meanwhile takes its whole batch with it.
        """
        if not (self.ask.payment_service.can_cancel and self._has_time(deadline)):
            return None
        return self._settled_by(self.ask.cancel(order), order, _REFUSED)

    def _settled_by(
        self, answer: Outcome | NotFound | Cancelled, order: Order, code: str
    ) -> Decision | None:
        """Return what the answer to a cancellation settles; None where it settles nothing."""
        if isinstance(answer, Cancelled):
            answer = Declined(code)
        if isinstance(answer, (Captured, Authorized, Declined, Processing)):
            return self.policy.after_answer(order, answer, looked_up=True)
        return None

    def _has_time(self, deadline: int) -> bool:
        return self.policy.has_time_for_request(self.ask.clock.now(), deadline)
