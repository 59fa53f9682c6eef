"""What may be done about one claimed payment attempt, and what an answer means for the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout_runtime.domain.decisions import Decision, Mismatched, NeedsReview, NotRequested
from checkout_runtime.domain.hold_answers import after_hold
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    Authorized,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Unknown,
)
from checkout_runtime.domain.pauses import pause_after
from checkout_runtime.domain.record import Record, replace

if TYPE_CHECKING:
    from checkout_runtime.domain.claimed import Claimed

__all__ = ["RESTORED", "ChargePolicy"]


class ChargePolicy(Record):
    """Times that bound what a worker may do. All in seconds; each is set by the construct."""

    lease_seconds: int
    """How long a claim is its holder's: the function's timeout and the clock skew granted."""
    payment_timeout_seconds: int
    """Total deadline of one request to the payment service."""
    key_retention_seconds: int
    """How long the payment service honours an idempotency key; 0 where it does not."""
    first_retry_seconds: int
    longest_retry_seconds: int
    action_seconds: int
    """How long the buyer may take to act."""
    processing_seconds: int = 21 * 24 * 60 * 60
    """How long the payment service may process an asynchronous payment."""
    capture_reminder_seconds: int = 24 * 60 * 60
    """How long before the end of a hold its capture is announced as due."""
    quarantine_before: int = 0
    """Orders accepted before this time (ms UTC) came out of a backup: the world may know more about
    them than the table does."""

    @property
    def keys_are_honoured(self) -> bool:
        """Whether repeating a request under its key can be trusted not to charge again."""
        return self.key_retention_seconds > 0

    @property
    def turn_seconds(self) -> int:
        """What a worker must have left to start: what it asks, a charge, and the writes around."""
        return self.payment_timeout_seconds + self.request_seconds

    @property
    def request_seconds(self) -> int:
        """What a worker must have left to send one request, and to store what came of it."""
        return self.payment_timeout_seconds + _WRITES_SECONDS

    def has_time_for_turn(self, now: int, deadline: int) -> bool:
        """Whether a worker may start; both times are in ms UTC."""
        return deadline - now >= self.turn_seconds * 1000

    def has_time_for_request(self, now: int, deadline: int) -> bool:
        """Whether a worker may send one request; both times are in ms UTC."""
        return deadline - now >= self.request_seconds * 1000

    def is_first_request(self, order: Claimed) -> bool:
        """Whether the holder of the claim is the first that can have sent anything."""
        return order.attempt_claims == 1 and not self.is_quarantined(order)

    def may_repeat_request(self, order: Claimed, now: int) -> bool:
        """Whether the payment service still knows the key when a request sent now arrives.

        Counted from the attempt's *first* claim, less the lease (function timeout and skew) and
        the payment timeout: a clock may be wrong, and an answer is not instant. An attempt that no
        claim counts for was never requested.
        """
        if order.first_claimed_at is None:
            return self.keys_are_honoured
        return self.is_key_known(order.first_claimed_at, now)

    def is_key_known(self, first_sent_at: int, now: int) -> bool:
        """Whether the payment service still knows a key that was first sent then, or later."""
        usable = self.key_retention_seconds - self.lease_seconds - self.payment_timeout_seconds
        return now < first_sent_at + usable * 1000

    def may_repeat_after(self, found: NotFound | Unknown | None, order: Claimed, now: int) -> bool:
        """Whether a request may be repeated under its key after this look-up (None: there is none).

        A look-up that is answered without a word is broken, and another one would learn no more:
        the repeated request settles the order. One that is not answered is asked again. An order
        out of a backup is not requested before a look-up says what is known of it.
        """
        if isinstance(found, Unknown) and (not found.without_word or self.is_quarantined(order)):
            return False
        return self.may_repeat_request(order, now)

    def have_earlier_workers_ended(self, order: Claimed, now: int) -> bool:
        """Whether no worker of an attempt before the current one can be requesting it any more.

        Each held its claim before the current attempt was started.
        """
        since = order.unsettled_since
        return since is not None and now >= since + self.lease_seconds * 1000

    def may_request_arrive(self, order: Order, now: int) -> bool:
        """Whether a request from before somebody asked to cancel may yet reach the payment service.

        Who claims the order afterwards sends none. One that was sent is on its way for a day at
        most after the lease of its worker: gateways let requests wait for minutes.
        """
        patience = self.lease_seconds + _LOOK_UP_PATIENCE_SECONDS
        return now < (order.cancel_asked_at or now) + patience * 1000

    def lease_covers_request(self, order: Claimed, now: int) -> bool:
        """Whether a request sent now ends inside the claim: a worker that slept must not send."""
        lease_ends = order.lease_expires_at
        return lease_ends is not None and now + self.payment_timeout_seconds * 1000 <= lease_ends

    def is_lease_live(self, order: Order, now: int) -> bool:
        """Whether a worker holds the order and may be requesting it."""
        lease = order.lease_expires_at
        # A lease twice as long as any is one of a clock that was wrong.
        beyond_any_lease = now + 2 * self.lease_seconds * 1000
        return (
            order.status is OrderStatus.CHARGING
            and lease is not None
            and now < lease <= beyond_any_lease
        )

    def before_request(
        self, order: Claimed, now: int, found: NotFound | Unknown | None
    ) -> NotRequested | NeedsReview | None:
        """Return why the attempt must not be requested now, or None if it may be.

        ``found`` is what a look-up said, None where there was none. "Not found" alone permits
        nothing: an earlier request may still be on its way.
        """
        if not self.lease_covers_request(order, now):
            return NotRequested("lease_too_short")
        if order.processing_since is not None:
            too_long = self.is_processing_too_long(order, now)
            return (
                NeedsReview("processing_too_long") if too_long else NotRequested("was_processing")
            )
        if self.is_first_request(order):
            return None
        if found is None and self.is_quarantined(order):
            return NeedsReview(RESTORED)
        if isinstance(found, Unknown) and not self.may_repeat_after(found, order, now):
            if self.is_look_up_overdue(order, now):
                return NeedsReview(self._why_not_repeated)
            return NotRequested.after(f"look_up_unanswered:{found.reason}", found)
        if self.may_repeat_request(order, now) or self._is_first_since_released(order, found):
            return None
        if self.keys_are_honoured or found is None:
            return NeedsReview(self._why_not_repeated)
        overdue = self.is_look_up_overdue(order, now)
        return NeedsReview("never_found") if overdue else NotRequested("not_found")

    def why_not_released_unasked(self, order: Order, now: int) -> str | None:
        """Return why a released order would be back in review at once, or None.

        For a payment service that can neither be asked nor told to cancel: only another request
        under the key could find out anything.
        """
        claimed = replace(
            order,
            attempt_claims=order.attempt_claims + 1,
            lease_expires_at=now + self.lease_seconds * 1000,
            released_at=now,
        )
        stop = self.before_request(claimed, now, None)
        return stop.reason if isinstance(stop, NeedsReview) else None

    def after_answer(self, order: Order, answer: Outcome, *, looked_up: bool) -> Decision:
        """Return what an answer of the payment service means for the order.

        An answer to a request describes that request, not the ones before it: a refusal counts
        only where the request was the attempt's first, or where the key makes them one. A look-up
        describes them all.
        """
        if isinstance(answer, Captured) and order.is_refunded(answer.charge_id):
            answer = Declined("refunded_elsewhere")
        if isinstance(answer, Captured):
            is_paid = order.is_paid_by_capture_of(answer.amount, answer.currency)
            return answer if is_paid else Mismatched(answer)
        if isinstance(answer, Authorized) or (order.has_hold and isinstance(answer, Declined)):
            return after_hold(order, answer)
        first = self.is_first_request(order)
        conclusive = looked_up or first or self.keys_are_honoured
        if isinstance(answer, NotCharged):
            if first and not looked_up:
                return Declined(answer.code)
            reason = f"not_charged_after_unknown:{answer.code}"
            return Unknown(reason, without_word=not looked_up)
        if isinstance(answer, Unknown) or conclusive:
            return answer
        return Unknown("answer_to_a_repeated_request")

    def after_patience(
        self, order: Order, decision: NotRequested, now: int
    ) -> NotRequested | NeedsReview:
        """Call an operator where nothing has been requested for a day, whatever the reason.

        An outage inside the keys' retention calls nobody: an earlier attempt is asked about for it.
        """
        since, patience = order.unsettled_since, _LOOK_UP_PATIENCE_SECONDS
        if decision.reason == "earlier_attempt_unclear":
            patience = max(patience, self.key_retention_seconds)
        waited = since is not None and now >= since + patience * 1000
        if not waited or order.attempt_claims > 1:
            return decision
        if decision.reason.startswith("earlier_attempt_"):
            return NeedsReview(decision.reason)
        return NeedsReview(RESTORED if self.is_quarantined(order) else "never_tried")

    def may_try_to_cancel(self, order: Order, now: int) -> bool:
        """Whether a cancellation that was not answered is worth another try."""
        begun, patience = order.action_deadline, _LOOK_UP_PATIENCE_SECONDS
        if begun is None:
            begun, patience = order.first_claimed_at, patience + self.key_retention_seconds
        return begun is not None and now < begun + patience * 1000

    def may_cancel_refused(self, order: Order, now: int) -> bool:
        """Whether every worker that may still be requesting a refused attempt has ended."""
        since = order.refused_since
        return since is not None and now >= since + self.lease_seconds * 1000

    def is_refused_for_good(self, order: Claimed, now: int) -> bool:
        """Whether refusals, or answers that ask for patience, have outlasted a gateway's blip."""
        since = order.refused_since
        return since is not None and now >= since + _BLIP_SECONDS * 1000

    def is_unasked_too_long(self, since: int, now: int) -> bool:
        """Whether look-ups of an asynchronous payment have said nothing for so long (a day)."""
        return now >= since + _LOOK_UP_PATIENCE_SECONDS * 1000

    def is_processing_too_long(self, order: Claimed, now: int) -> bool:
        """Whether the patience with an asynchronous payment is over.

        An operator's release starts it anew.
        """
        began = order.processing_since
        patience_ms = self.processing_seconds * 1000
        return began is not None and now >= max(began, order.released_at or began) + patience_ms

    def next_look_up_at(self, order: Claimed, now: int) -> int:
        """Return when an asynchronous payment is looked up next (ms UTC): pauses grow with its age.

        It waits as long again as it has waited, at least five minutes and at most six hours.
        """
        return now + pause_after(now - (order.processing_since or now))

    def is_quarantined(self, order: Claimed) -> bool:
        """Whether the order came out of a backup, so that the world may know more about it."""
        return order.order_accepted_at < self.quarantine_before

    def is_held(self, order: Claimed) -> bool:
        """Whether it is quarantined, and no operator has released its attempt since."""
        return self.is_quarantined(order) and order.cleared_before < self.quarantine_before

    def may_have_forgotten(self, order: Order) -> bool:
        """Whether a restored table may have forgotten attempts after the order's current one.

        None comes after one that had a hold.
        """
        return self.is_held(order) and not order.has_hold

    def _is_first_since_released(self, order: Claimed, found: NotFound | Unknown | None) -> bool:
        """Whether it is the first request after an operator's release, and no other is found."""
        released = self.is_quarantined(order) and not self.is_held(order)
        return released and order.attempt_claims == 1 and isinstance(found, NotFound)

    @property
    def _why_not_repeated(self) -> str:
        return "key_retention_over" if self.keys_are_honoured else "keys_not_honoured"

    def is_look_up_overdue(self, order: Claimed, now: int) -> bool:
        """Whether a look-up had its time: retention, and a day more, as asking charges nothing.

        An operator's release gives it another day.
        """
        began = order.first_claimed_at
        asked_for_ms = (self.key_retention_seconds + _LOOK_UP_PATIENCE_SECONDS) * 1000
        anew_until = (order.released_at or 0) + _LOOK_UP_PATIENCE_SECONDS * 1000
        return began is not None and now >= max(began + asked_for_ms, anew_until)


RESTORED = "restored_from_backup"
"""Why an order out of a backup is in review: an operator's release is waited for."""
_WRITES_SECONDS = 5
"""Claim and settle, with room for one of them to be repeated. A store that is slower yet ends the
invocation, which is safe: the claim runs out, and the next worker looks up or repeats the key."""
_LOOK_UP_PATIENCE_SECONDS = 24 * 60 * 60
"""How long a payment service may leave a look-up unanswered once nothing else helps."""
_BLIP_SECONDS = 15 * 60
"""Longer than a gateway's deployment or a route that is being mended."""
