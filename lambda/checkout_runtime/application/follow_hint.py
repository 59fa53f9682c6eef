"""Ask the payment service about the one order that a webhook names, and store what it says.

The webhook itself is not believed: a forged, repeated, late or wrong one costs a question and
changes nothing. It is done with an order what the reconciler does once it is due, without the wait,
and never a charge. Each transition is conditional, so any number of deliveries are one outcome.
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial

from checkout_runtime.application.ask_unsettled import AskUnsettled
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.application.store_outcome import NO_LONGER_HELD, tell_not_voided
from checkout_runtime.domain.decisions import Decision, HoldEnded, Mismatched, NotRequested
from checkout_runtime.domain.hint import Dispute, Hint, disputed_attempt, hinted_attempt
from checkout_runtime.domain.order import Order, OrderStatus
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

__all__ = ["FollowHint", "Followed"]


class Followed(StrEnum):
    """What came of a hint."""

    STORED = "stored"
    """The payment service had news, and they are stored."""
    NOTHING_NEW = "nothing_new"
    """It had none, or a worker is about to learn them itself."""
    NOT_OURS = "not_ours"
    """No order of this table, no attempt of that order, or another payment service's."""
    NOT_ASKED = "not_asked"
    """The payment service cannot be asked: the hint is worth nothing."""
    UNANSWERED = "unanswered"
    """It did not answer, there was no time to ask it, or what it said is another worker's to store
    first: the hint has to come again."""

    @classmethod
    def after(cls, *, stored: bool) -> Followed:
        """Return what came of news: they are stored, or the table knew better."""
        return cls.STORED if stored else cls.NOTHING_NEW


class FollowHint(Record):
    """Follows hints, one at a time."""

    orders: Orders
    settle: SettleAttempt
    clock: Clock

    def __call__(self, hint: Hint, run_id: str, deadline: int) -> Followed:
        """Ask about the attempt that the hint names.

        ``run_id`` names the claims that this takes; ``deadline`` (ms UTC) is when the function is
        stopped.

        Raises:
            SecretUnavailableError: The payment service cannot be asked before its secret is there.
        """
        service = self.settle.payment_service
        service.prepare()
        order = self.orders.get(hint.order_id)
        named = None if order is None else self._named(order, hint)
        if order is None or named is None or not named.is_of(service.name):
            return Followed.NOT_OURS
        if not service.can_look_up:
            return Followed.NOT_ASKED
        if _is_unrequested(order, named) or _is_known(order, hint.charge_id):
            return Followed.NOTHING_NEW
        if not self.settle.policy.has_time_for_request(self.clock.now(), deadline):
            return Followed.UNANSWERED
        question = partial(self._ask_about, order, named, run_id, deadline)
        return self._ask.unless_down(question, otherwise=Followed.UNANSWERED)

    def dispute(self, dispute: Dispute) -> Followed:
        """Announce a dispute of a charge; the order stays as it is, paid or not.

        One whose order nobody names cannot be announced.
        """
        if dispute.order_id is None:
            return Followed.UNANSWERED if dispute.has_to_come_again else Followed.NOTHING_NEW
        order = self.orders.get(dispute.order_id)
        if order is None:
            return Followed.NOT_OURS
        now = self.clock.now()
        self.settle.outcomes.record_dispute(
            order, disputed_attempt(order, dispute), dispute.charge_id, dispute.reason, now
        )
        return Followed.NOTHING_NEW

    def _named(self, order: Order, hint: Hint) -> Order | None:
        may_have_forgotten = self.settle.policy.may_have_forgotten(order)
        return hinted_attempt(order, hint, may_have_forgotten=may_have_forgotten)

    def _ask_about(self, order: Order, named: Order, run_id: str, deadline: int) -> Followed:
        answer: Outcome | NotFound | Cancelled = self.settle.look_up(named)
        if isinstance(answer, Authorized) and _is_over(order, named, answer):
            if not self.settle.payment_service.can_cancel:
                tell_not_voided(named, answer)
                return Followed.NOTHING_NEW
            if not self.settle.policy.has_time_for_request(self.clock.now(), deadline):
                return Followed.UNANSWERED
            answer = self.settle.cancel(named)
            if not isinstance(answer, NO_LONGER_HELD):
                return Followed.UNANSWERED
        if isinstance(answer, Unknown) and answer.unavailable:
            return Followed.UNANSWERED
        news = self._news_in(named, answer)
        if isinstance(news, (Captured, Mismatched)):
            captured = news.captured if isinstance(news, Mismatched) else news
            if _is_known(order, captured.charge_id):
                return Followed.NOTHING_NEW
            if order.status is OrderStatus.PENDING:
                # The consumer asks about it before it charges, and lets it pay the order. If the
                # order is cancelled before that, nobody asks any more.
                return Followed.UNANSWERED
            # Of an earlier attempt, and of an order that is settled, it is a stray charge.
            return Followed.after(stored=self._ask.store_news(named, news, run_id, deadline))
        if news is None or named is not order or not _is_news(order, news):
            return Followed.NOTHING_NEW
        if order.status in _WAITING:
            return Followed.after(stored=self._ask.store_news(order, news, run_id, deadline))
        return self._look_up_under_claim(order, run_id, deadline)

    def _look_up_under_claim(self, order: Order, run_id: str, deadline: int) -> Followed:
        """Settle an order that a worker left. It may have been requested since the first answer, so
        only what is asked under a claim counts."""
        now = self.clock.now()
        if self.settle.policy.is_lease_live(order, now):
            return Followed.NOTHING_NEW
        if not self.settle.policy.has_time_for_request(now, deadline):
            return Followed.UNANSWERED
        claimed = self._ask.claim(order, run_id)
        if claimed is None:
            return Followed.NOTHING_NEW
        answer = self.settle.look_up(claimed)
        news = self._news_in(claimed, answer) or NotRequested.after("left_to_queue", answer)
        return Followed.after(stored=self.settle.store(claimed, news, deadline=deadline))

    def _news_in(self, order: Order, answer: Outcome | NotFound | Cancelled) -> Decision | None:
        if isinstance(answer, (NotFound, Unknown, Cancelled)):
            return None
        return self.settle.policy.after_answer(order, answer, looked_up=True)

    @property
    def _ask(self) -> AskUnsettled:
        return AskUnsettled(self.orders, self.settle, self.clock)


_WAITING = (OrderStatus.ACTION_REQUIRED, OrderStatus.PROCESSING, OrderStatus.AUTHORIZED)
"""For the buyer, an asynchronous payment or a capture; no worker requests anything meanwhile."""
_NEWS: dict[OrderStatus, tuple[type, ...]] = {
    OrderStatus.CHARGING: (Authorized, Declined, HoldEnded, ActionRequired, Processing),
    OrderStatus.UNKNOWN: (Authorized, Declined, HoldEnded, ActionRequired, Processing),
    OrderStatus.ACTION_REQUIRED: (Authorized, Declined, Processing),
    OrderStatus.PROCESSING: (Authorized, Declined, ActionRequired),
    OrderStatus.AUTHORIZED: (HoldEnded,),
}
"""What a state may become by what is no proof of capture. The others have their answer."""


def _is_unrequested(order: Order, named: Order) -> bool:
    """Whether nothing was sent for the attempt, or a later version of this code knows better.

    ``named`` is ``order`` as of that attempt.
    """
    is_untried = order.status is OrderStatus.PENDING and named is order
    return is_untried or order.status is OrderStatus.NEWER


def _is_news(order: Order, news: Decision) -> bool:
    return isinstance(news, _NEWS.get(order.status, ()))


def _is_over(order: Order, named: Order, hold: Authorized) -> bool:
    """Whether money is held for an attempt that no claim will be taken of.

    It was declined, cancelled or replaced; ``named`` is ``order`` as of that attempt.
    """
    is_over = named is not order or order.decline_code is not None
    return is_over and not order.is_paid_by(hold.charge_id)


def _is_known(order: Order, charge_id: str | None) -> bool:
    """Whether the order is paid by this charge, or has it as a stray one."""
    return order.is_paid_by(charge_id) or bool(order.strays_of(charge_id))
