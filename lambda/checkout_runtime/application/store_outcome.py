"""Store what came of a payment attempt: under its claim, or without one where it is proof."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from checkout_runtime.application.order_ports import Outcomes
from checkout_runtime.application.order_records import CaptureRecord, HoldRecord
from checkout_runtime.application.persist_proof import persist
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.refusals import refusal_after, unanswered_look_up
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import (
    CaptureRefused,
    Decision,
    HoldEnded,
    Mismatched,
    NeedsReview,
    NotRequested,
    PaidEarlier,
    StillProcessing,
)
from checkout_runtime.domain.hold_policy import HoldPolicy
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

__all__ = ["NO_LONGER_HELD", "StoreOutcome", "store_late_capture", "tell_not_voided"]

_log = logging.getLogger(__name__)
T = TypeVar("T")


class StoreOutcome(Record):
    """Stores decisions about orders."""

    outcomes: Outcomes
    clock: Clock
    policy: ChargePolicy
    let_go: Callable[[Order], Outcome | NotFound | Cancelled] | None = None
    """Voids the hold of an attempt that is over. Default: it lapses by itself."""

    def __call__(
        self, order: Order, decision: Decision, *, deadline: int, uncounted: bool = False
    ) -> bool:
        """Store a decision; return whether it is an outcome and was stored.

        ``uncounted``: the claim sent nothing, so it is no longer counted as one that may have.
        Proof of a capture is stored at any cost, until ``deadline`` (ms UTC).
        """
        match decision:
            case Captured():
                return self._store_capture(order, decision, deadline)
            case Mismatched(captured):
                self._store_stray(order, order.attempt, captured, "capture_mismatch", deadline)
                return True
            case PaidEarlier():
                return self._store_paid_earlier(order, decision, deadline)
            case Unknown() | NotRequested():
                self._store_unknown(order, decision, uncounted=uncounted)
                return False
            case Authorized():
                return self._store_hold(order, decision, deadline)
            case CaptureRefused(hold, code):
                return self._store_hold(order, hold, deadline, refused_as=code)
            case StillProcessing(reason):
                return self._store_still_processing(order, reason)
        return self._store_under_claim(order, decision, uncounted=uncounted)

    def _store_under_claim(
        self,
        order: Order,
        decision: Declined | HoldEnded | ActionRequired | Processing | NeedsReview,
        *,
        uncounted: bool,
    ) -> bool:
        now = self.clock.now()
        detail: dict[str, object] = {}
        match decision:
            case Declined(code):
                ended_as = self.outcomes.record_decline(order, code, now)
                stored = ended_as is not None
                is_cancelled = ended_as is OrderStatus.CANCELLED
                event = "order_cancelled" if is_cancelled else "charge_declined"
                detail = {"decline_code": code}
            case HoldEnded(code):
                stored = self.outcomes.holds.record_ended(order, code, now)
                event, detail = "order_cancelled", {"decline_code": code}
            case ActionRequired(action_url):
                deadline = now + self.policy.action_seconds * 1000
                stored = self.outcomes.record_action_required(order, action_url, deadline, now)
                event = "charge_action_required"
            case Processing():
                due = self.policy.next_look_up_at(order, now)
                stored = self.outcomes.record_processing(order, due, now)
                event = "charge_processing"
            case NeedsReview(reason):
                stored = self.outcomes.record_review(order, reason, now, uncounted=uncounted)
                event, detail = "order_needs_review", {"reason": reason}
        if not stored:
            _record(logging.WARNING, "claim_lost", order, would_be=event)
            return False
        level = logging.ERROR if event == "order_needs_review" else logging.INFO
        _record(level, event, order, **detail)
        return True

    def _store_hold(
        self, order: Order, hold: Authorized, deadline: int, refused_as: str | None = None
    ) -> bool:
        """Store that the money is held; ``refused_as``: it was asked for, and refused.

        Where somebody asked to cancel the order meanwhile, the next turn sees that. A hold of an
        attempt that is over, as its worker slept, is let go, unless it has paid the order.
        """
        now = self.clock.now()
        due = HoldPolicy(self.policy).next_look_at(order, hold.capture_before, now)
        stored = self.outcomes.holds.record_authorized(order, hold, due, now, refused_as=refused_as)
        extra = {"charge_id": hold.charge_id}
        if stored is not HoldRecord.STORED:
            _record(logging.WARNING, "claim_lost", order, would_be="charge_authorized", **extra)
            if stored is HoldRecord.LEFT:
                self.outcomes.record_unknown(order, now)
            elif stored is HoldRecord.OVER:
                self._let_go(order, hold, deadline)
        elif refused_as is not None:
            _record(logging.ERROR, "capture_refused", order, code=refused_as, **extra)
        elif order.status is not OrderStatus.AUTHORIZED:
            _record(logging.INFO, "charge_authorized", order, **extra)
        return stored is HoldRecord.STORED

    def _let_go(self, order: Order, hold: Authorized, deadline: int) -> None:
        """Void the hold of an attempt that is over. If it was captured instead, that is stored."""
        has_time = self.policy.has_time_for_request(self.clock.now(), deadline)
        answer = self.let_go(order) if self.let_go is not None and has_time else None
        if not isinstance(answer, NO_LONGER_HELD):
            tell_not_voided(order, hold)
        if isinstance(answer, Captured):
            captured = self.policy.after_answer(order, answer, looked_up=True)
            self(order, captured, deadline=deadline)

    def _store_unknown(
        self, order: Order, decision: Unknown | NotRequested, *, uncounted: bool
    ) -> None:
        """Store that nothing is known, and since when the service answers without a word."""
        now = self.clock.now()
        refusal = refusal_after(order, decision, self.policy, now)
        self.outcomes.record_unknown(order, now, refusal=refusal, uncounted=uncounted)
        _record(logging.WARNING, "charge_unknown", order, reason=decision.reason)

    def _store_still_processing(self, order: Order, reason: str) -> bool:
        """Store the next look-up of a payment that nothing is learned about, and tell after a day.

        Look-ups have said no word since the first that did not.
        """
        now = self.clock.now()
        unanswered = unanswered_look_up("look_up", order, reason, self.policy, now)
        due = self.policy.next_look_up_at(order, now)
        return self.outcomes.record_processing(order, due, now, unanswered=unanswered)

    def _store_capture(self, order: Order, captured: Captured, deadline: int) -> bool:
        now = self.clock.now()  # The same for each try: a repeated write knows its own result.
        record = self._persist(
            order, lambda: self.outcomes.record_capture(order, captured, now), deadline
        )
        if record is CaptureRecord.STRAY:
            _record(logging.ERROR, "charge_stray", order, charge_id=captured.charge_id)
        elif record is CaptureRecord.KNOWN:
            _record(logging.INFO, "capture_known", order, charge_id=captured.charge_id)
        else:
            _record(logging.INFO, "charge_captured", order, charge_id=captured.charge_id)
            asked, amount = order.capture_amount, captured.amount
            if asked not in (None, amount):
                extra = {"charge_id": captured.charge_id, "amount": amount, "asked": asked}
                _record(logging.ERROR, "captured_another_amount", order, **extra)
        return True

    def _store_paid_earlier(self, order: Order, paid: PaidEarlier, deadline: int) -> bool:
        """The buyer has paid by an earlier attempt: the current one, never requested, is moot.

        Where the current one may have been requested, the capture is a stray charge, and so is
        every capture but one.
        """
        strays = dict(paid.captures)
        attempt, captured = next(iter(paid.captures.items()))
        if _fits(order, captured) and self.policy.is_first_request(order):
            stored = self._persist(
                order,
                lambda: self.outcomes.record_paid_earlier(
                    order, attempt, captured, self.clock.now()
                ),
                deadline,
            )
            if stored:
                extra = {"charge_id": captured.charge_id, "paid_by_attempt": attempt}
                _record(logging.WARNING, "charge_captured", order, **extra)
                del strays[attempt]
        for number, stray in strays.items():
            reason = "stray_charge" if _fits(order, stray) else "capture_mismatch"
            self._store_stray(order, number, stray, reason, deadline)
        return True

    def _store_stray(
        self, order: Order, attempt: int, captured: Captured, reason: str, deadline: int
    ) -> None:
        self._persist(
            order,
            lambda: self.outcomes.record_stray(order, attempt, captured, reason, self.clock.now()),
            deadline,
        )
        detail = {"reason": reason, "charge_id": captured.charge_id}
        _record(logging.ERROR, "order_needs_review", order, **detail)

    def _persist(self, order: Order, write: Callable[[], T], deadline: int) -> T:
        """Store proof of a capture, again and again until the worker has to stop.

        Raises:
            Exception: as ``write``, once the time is over.
        """
        tell = partial(_record, logging.WARNING, "proof_not_stored_yet", order)
        return persist(write, self.clock, deadline, tell)


def store_late_capture(
    outcomes: Outcomes, clock: Clock, policy: ChargePolicy, order: Order, captured: Captured
) -> None:
    """Store a capture that a call brought after its time; the order was stored as unknown."""
    decision = policy.after_answer(order, captured, looked_up=True)
    store = StoreOutcome(outcomes, clock, policy)
    store(order, decision, deadline=clock.now() + _LATE_SECONDS * 1000)


def tell_not_voided(order: Order, hold: Authorized) -> None:
    """Log that the payment service holds a buyer's money for an attempt that is over."""
    _record(logging.ERROR, "hold_not_voided", order, charge_id=hold.charge_id)


NO_LONGER_HELD = (Cancelled, Captured, Declined)
"""What the answer to a void is where the hold is gone."""
_LATE_SECONDS = 5
"""For a proof that came late: the invocation waits for it and has little time left itself."""


def _fits(order: Order, captured: Captured) -> bool:
    return (captured.amount, captured.currency) == (order.amount, order.currency)


def _record(level: int, event: str, order: Order, **detail: object) -> None:
    _log.log(level, event, extra={"event": event, **order.log_fields, **detail})
