"""Ask the payment service about the one refund that a webhook names, and store what it says.

As with payments the webhook is not believed. It may come before the refund is stored, and never
makes one. A success that the bank returns later is learned here.
"""

from __future__ import annotations

from checkout_runtime.application.claim_refund import claim_to_look_up
from checkout_runtime.application.follow_hint import Followed
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.refund_ports import Refunds
from checkout_runtime.application.settle_refund import SettleRefund
from checkout_runtime.domain.hint import RefundHint
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded, RefundPending

__all__ = ["FollowRefundHint"]

_OF_A_WORKER = (RefundStatus.REFUNDING, RefundStatus.UNKNOWN)
"""Only what is asked under a claim counts, but for proof: a request may have followed meanwhile."""
_NEWS: dict[RefundStatus, tuple[type, ...]] = {
    RefundStatus.REFUNDING: (Refunded, RefundPending, NotRefunded),
    RefundStatus.UNKNOWN: (Refunded, RefundPending, NotRefunded),
    RefundStatus.PROCESSING: (Refunded, NotRefunded),
    RefundStatus.REFUNDED: (NotRefunded,),
    RefundStatus.NOT_REFUNDED: (Refunded,),
    RefundStatus.NEEDS_REVIEW: (Refunded,),
}
"""What changes a refund in this state. Of the others nothing was requested, as far as is known."""


class FollowRefundHint(Record):
    """Follows hints about refunds, one at a time."""

    refunds: Refunds
    settle: SettleRefund
    clock: Clock

    def __call__(self, hint: RefundHint, run_id: str, deadline: int) -> Followed:
        """Ask about the refund that the hint names.

        ``run_id`` names the claims that this takes; ``deadline`` (ms UTC) is when the function is
        stopped.

        Raises:
            SecretUnavailableError: The payment service cannot be asked before its secret is there.
        """
        service = self.settle.service
        service.prepare()
        refund = self.refunds.get(hint.refund_id)
        if refund is None or not service.can_refund or not refund.is_of(service.name):
            return Followed.NOT_OURS
        if not service.can_look_up_refunds:
            return Followed.NOT_ASKED
        if refund.status not in _NEWS:
            return Followed.NOTHING_NEW
        if not self.settle.policy.charge.has_time_for_request(self.clock.now(), deadline):
            return Followed.UNANSWERED
        with self.settle.look_up_breaker.turn(self.clock.now) as permitted:
            if not permitted:
                return Followed.UNANSWERED
            return self._ask_about(refund, run_id, deadline)

    def _ask_about(self, refund: Refund, run_id: str, deadline: int) -> Followed:
        answer = self.settle.look_up(refund)
        if isinstance(answer, Unknown) and (answer.unavailable or refund.is_settled):
            # Nobody else asks about a refund that has its answer.
            return Followed.UNANSWERED
        if isinstance(answer, NotFound) or not isinstance(answer, _NEWS[refund.status]):
            return Followed.NOTHING_NEW
        if refund.status in _OF_A_WORKER and not isinstance(answer, Refunded):
            return self._look_up_under_claim(refund, run_id, deadline)
        news = self.settle.policy.after_answer(refund, answer, looked_up=True)
        return Followed.after(stored=self.settle.store(refund, news, deadline=deadline))

    def _look_up_under_claim(self, refund: Refund, run_id: str, deadline: int) -> Followed:
        now, charge = self.clock.now(), self.settle.policy.charge
        if not charge.has_time_for_request(now, deadline):
            return Followed.UNANSWERED
        claimed = claim_to_look_up(self.refunds, refund, run_id, now, charge)
        if claimed is None:
            return Followed.NOTHING_NEW
        return Followed.after(stored=self.settle(claimed, may_request=False, deadline=deadline))
