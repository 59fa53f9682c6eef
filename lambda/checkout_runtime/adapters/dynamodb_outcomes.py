"""What came of payment attempts, on DynamoDB: settled under the claim, proof without it."""

from collections.abc import Mapping

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.cancellations import decline_or_cancel
from checkout_runtime.adapters.captures import pay_by_capture, pay_by_earlier
from checkout_runtime.adapters.claim_update import claim_uncounted
from checkout_runtime.adapters.conditional_updates import (
    ATTEMPT,
    CLAIM_EPOCH,
    ConditionalUpdates,
)
from checkout_runtime.adapters.disputes import keep_dispute
from checkout_runtime.adapters.dynamodb_holds import DynamoDbHolds
from checkout_runtime.adapters.event_fields import event_time
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.order_item import (
    of_attempt,
    open_shard,
    processing_shard,
    refusal_of,
    review_shard,
)
from checkout_runtime.adapters.stray_charges import STRAY_CHARGE, keep_stray
from checkout_runtime.application.order_records import CaptureRecord, Refusal
from checkout_runtime.domain.announcement import (
    ORDER_ACTION_REQUIRED,
    ORDER_NEEDS_REVIEW,
    Announcement,
)
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.transitions import (
    PROCESS,
    RECORD_UNKNOWN,
    REQUIRE_ACTION,
    REVIEW,
)

__all__ = ["DynamoDbOutcomes"]


class DynamoDbOutcomes:
    """Outcomes of the orders in one table."""

    def __init__(
        self,
        dynamodb: AwsService,
        table_name: str,
        shards: int,
        *,
        announces: bool = False,
        expires_after_seconds: int | None = None,
    ) -> None:
        """Take the table; ``announces``: as ``ConditionalUpdates`` has it.

        A declined order that nobody pays expires after ``expires_after_seconds``. Default: never.
        """
        self._expires_after_ms = (
            None if expires_after_seconds is None else expires_after_seconds * 1000
        )
        self._updates = ConditionalUpdates(dynamodb, table_name, announces=announces)
        self._shards = shards

    @property
    def holds(self) -> DynamoDbHolds:
        """What came of holds."""
        return DynamoDbHolds(self._updates, self._shards)

    def record_capture(self, order: Order, captured: Captured, now: int) -> CaptureRecord:
        """Store proof of capture for the attempt that ``order`` shows; no claim is needed."""
        record = pay_by_capture(self._updates, order, captured, now, shards=self._shards)
        if record is CaptureRecord.STRAY:
            self.record_stray(order, order.attempt, captured, STRAY_CHARGE, now)
        return record

    def record_paid_earlier(self, order: Order, attempt: int, captured: Captured, now: int) -> bool:
        """Store that an earlier attempt has paid the order.

        False if the claim is lost, or an operator refunded the charge.
        """
        return pay_by_earlier(self._updates, order, attempt, captured, now, shards=self._shards)

    def record_stray(
        self, order: Order, attempt: int, captured: Captured, reason: str, now: int
    ) -> None:
        """Keep the proof beside the order and call an operator. ``PAID`` stays ``PAID``.

        A charge that an operator refunded is known: nothing changes.
        """
        keep_stray(
            self._updates,
            order,
            attempt,
            captured,
            reason,
            now,
            partition=self._review_shard(order),
        )

    def record_dispute(
        self, order: Order, attempt: int, charge_id: str, reason: str, now: int
    ) -> None:
        """Announce that a buyer's bank disputes a charge of an attempt, once for each charge."""
        keep_dispute(
            self._updates,
            order,
            attempt,
            charge_id,
            reason,
            now,
            shards=self._shards,
        )

    def record_earlier_ended(self, order: Order, ended: Mapping[int, str]) -> None:
        """Store final words about earlier attempts, by their numbers, unless the claim is lost."""
        words = {of_attempt(attempt, "ended_as"): word for attempt, word in ended.items()}
        held = (ATTEMPT.equals(order.attempt), CLAIM_EPOCH.equals(order.claim_epoch))
        self._updates.update(order.order_id, Update(set=words, when=held))

    def record_decline(self, order: Order, code: str, now: int) -> OrderStatus | None:
        """Store a known no under the claim that ``order`` shows, and return as which state.

        ``CANCELLED`` where somebody asked to cancel the order. None if the claim is lost.
        """
        return decline_or_cancel(
            self._updates,
            order,
            code,
            now,
            shards=self._shards,
            expires_after_ms=self._expires_after_ms,
        )

    def record_unknown(
        self, order: Order, now: int, *, refusal: Refusal | None = None, uncounted: bool = False
    ) -> bool:
        """Store that the payment service may have charged; False if the claim is lost."""
        unknown = Update(remove=["lease_expires_at"])
        if uncounted:
            unknown = unknown.also(_claim_uncounted(order))
        unknown = unknown.also(_refused(order, refusal))
        return self._updates.apply_under_claim(order, RECORD_UNKNOWN, unknown, now=now)

    def record_action_required(
        self, order: Order, action_url: str | None, deadline: int, now: int
    ) -> bool:
        """Store that the buyer must act. A repeated ask keeps its first deadline, and is not
        announced again.
        """
        waiting = Update(
            set={
                "action_url": action_url or None,
                "action_deadline": Attribute("action_deadline").or_else(deadline),
            },
            remove=("lease_expires_at", *refusal_of(order.attempt)),
        )
        was_processing = order.status is OrderStatus.PROCESSING
        if was_processing:
            # Its place in the index was its next look-up; now it is open again. What the buyer was
            # asked before is over: this is another ask.
            shard = open_shard(unsettled_shard(order.order_id, self._shards))
            reopened = Update(set={"unsettled_shard": shard, "unsettled_since": now})
            waiting = waiting.also(reopened).also(Update(set={"action_deadline": deadline}))
        is_asked_again = order.action_deadline is not None and not was_processing
        asked = Announcement.after(order, ORDER_ACTION_REQUIRED, now, act_by=event_time(deadline))
        return self._updates.apply_under_claim(
            order,
            REQUIRE_ACTION,
            waiting,
            now=now,
            announcement=None if is_asked_again else asked,
        )

    def record_processing(
        self, order: Order, next_look_up_at: int, now: int, *, unanswered: Refusal | None = None
    ) -> bool:
        """Store that the payment service decides in days, and when it is asked next."""
        since = of_attempt(order.attempt, "processing_since")
        processing = Update(
            set={
                since: Attribute(since).or_else(now),
                "unsettled_shard": processing_shard(unsettled_shard(order.order_id, self._shards)),
                "unsettled_since": next_look_up_at,
            },
            remove=("lease_expires_at", "action_url"),
        ).also(_refused(order, unanswered))
        return self._updates.apply_under_claim(order, PROCESS, processing, now=now)

    def record_review(
        self, order: Order, reason: str, now: int, *, uncounted: bool = False
    ) -> bool:
        """Store that an operator must decide; False if the claim is lost."""
        in_review = Update(
            set={
                "review_reason": reason,
                "unsettled_shard": self._review_shard(order),
                "unsettled_since": now,
            },
            remove=("lease_expires_at", "action_url"),
        )
        if uncounted:
            in_review = in_review.also(_claim_uncounted(order))
        return self._updates.apply_under_claim(
            order,
            REVIEW,
            in_review,
            now=now,
            announcement=Announcement.after(order, ORDER_NEEDS_REVIEW, now, reason=reason),
        )

    def _review_shard(self, order: Order) -> str:
        return review_shard(unsettled_shard(order.order_id, self._shards))


def _refused(order: Order, refusal: Refusal | None) -> Update:
    """Return the update that stores a refusal of the current attempt, or that there is none."""
    refused_as, refused_since = refusal_of(order.attempt)
    if refusal is None:
        return Update(remove=(refused_as, refused_since))
    return Update(set={refused_as: refusal.reason, refused_since: refusal.since})


def _claim_uncounted(order: Order) -> Update:
    """Return the update that takes the order's claim off those that may have requested it.

    The payment service's name stays where it has opened the attempt: no other one knows it.
    """
    of_first = () if order.payment_reference else (of_attempt(order.attempt, "service"),)
    return claim_uncounted(order.attempt_claims, *of_first)
