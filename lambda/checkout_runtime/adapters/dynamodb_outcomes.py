"""What came of payment attempts, on DynamoDB: settled under the claim, proof without it."""

from collections.abc import Mapping

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.claim_update import claim_uncounted
from checkout_runtime.adapters.conditional_updates import (
    ATTEMPT,
    CLAIM_EPOCH,
    NO_STRAY_CHARGE,
    STATUS,
    ConditionalUpdates,
)
from checkout_runtime.adapters.item_update import Attribute, Condition, Update
from checkout_runtime.adapters.order_history import history_key, remembered
from checkout_runtime.adapters.order_item import (
    of_attempt,
    open_shard,
    processing_shard,
    refusal_of,
    review_shard,
)
from checkout_runtime.application.order_records import CaptureRecord, NotChanged, Refusal
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.transitions import (
    CAPTURE,
    DECLINE,
    PAY_BY_EARLIER,
    PROCESS,
    RECORD_UNKNOWN,
    REQUIRE_ACTION,
    REVIEW,
)

__all__ = ["DynamoDbOutcomes"]

_NO_LONGER = ("lease_expires_at", "claim_id", "action_url")
_NOT_OPEN = ("unsettled_shard", "unsettled_since")


class DynamoDbOutcomes:
    """Outcomes of the orders in one table."""

    def __init__(self, dynamodb: AwsService, table_name: str, shards: int) -> None:
        self._updates = ConditionalUpdates(dynamodb, table_name)
        self._shards = shards

    def record_capture(self, order: Order, captured: Captured, now: int) -> CaptureRecord:
        """Store proof of capture for the attempt that ``order`` shows; no claim is needed."""
        proof = captured.proof_for(order.attempt)
        # A charge that an operator refunded pays nothing, also where a late worker reports it.
        counts = (ATTEMPT.equals(order.attempt), _is_not_refunded(proof))
        paid = _paid_by(captured, now).also(Update(when=counts))
        settled = paid.also(Update(remove=(*_NOT_OPEN, "review_reason"), when=[NO_STRAY_CHARGE]))
        key = history_key(CAPTURE.to_state, order.attempt)
        refused = self._updates.settle(order.order_id, CAPTURE, settled, history_key=key, now=now)
        if refused is not None and refused.order and refused.order.stray_charges:
            # Paid all the same, but two captures are an operator's to resolve: it stays in review.
            in_review = paid.also(Update(set={"unsettled_shard": self._review_shard(order)}))
            refused = self._updates.settle(
                order.order_id, CAPTURE, in_review, history_key=key, now=now
            )
        if refused is None:
            return CaptureRecord.PAID
        if _is_paid_by(refused.order, captured):
            # Where it was paid now, the refusal is of a repeated write: the first one did it.
            own = refused.order is not None and refused.order.paid_at == now
            return CaptureRecord.PAID if own else CaptureRecord.KNOWN
        if refused.order is not None and refused.order.is_refunded(captured.charge_id):
            return CaptureRecord.KNOWN
        self.record_stray(order, order.attempt, captured, "stray_charge", now)
        return CaptureRecord.STRAY

    def record_paid_earlier(self, order: Order, attempt: int, captured: Captured, now: int) -> bool:
        """Store that an earlier attempt has paid the order.

        False if the claim is lost, or an operator refunded the charge.
        """
        not_refunded = _is_not_refunded(captured.proof_for(attempt))
        settled = Update(remove=(*_NOT_OPEN, "review_reason"), when=[not_refunded])
        paid = _paid_by(captured, now).also(settled)
        refused = self._updates.settle_under_claim(order, PAY_BY_EARLIER, paid, now=now)
        return refused is None or _is_paid_by(refused.order, captured)

    def record_stray(
        self, order: Order, attempt: int, captured: Captured, reason: str, now: int
    ) -> None:
        """Keep the proof beside the order and call an operator. ``PAID`` stays ``PAID``.

        A charge that an operator refunded is known: nothing changes.
        """
        proof = captured.proof_for(attempt)
        kept = Update(
            set={
                "review_reason": reason,
                "unsettled_shard": self._review_shard(order),
                "unsettled_since": Attribute("unsettled_since").or_else(now),
            },
            add={"stray_charges": frozenset({proof})},
            remove=["action_url"],
            when=[_is_not_refunded(proof)],
        )
        key = history_key(OrderStatus.NEEDS_REVIEW, order.attempt)
        to_review = Update(
            set={"status": OrderStatus.NEEDS_REVIEW},
            when=(Attribute("pk").exists(), STATUS.differs_from(OrderStatus.PAID)),
        )
        not_paid = self._updates.update(
            order.order_id, to_review.also(remembered(key, now)).also(kept)
        )
        if isinstance(not_paid, NotChanged):
            stays_paid = Update(when=[STATUS.equals(OrderStatus.PAID)])
            self._updates.update(order.order_id, stays_paid.also(kept))

    def record_earlier_ended(self, order: Order, ended: Mapping[int, str]) -> None:
        """Store final words about earlier attempts, by their numbers, unless the claim is lost."""
        words = {of_attempt(attempt, "ended_as"): word for attempt, word in ended.items()}
        held = (ATTEMPT.equals(order.attempt), CLAIM_EPOCH.equals(order.claim_epoch))
        self._updates.update(order.order_id, Update(set=words, when=held))

    def record_decline(self, order: Order, code: str, now: int) -> bool:
        """Store a known no under the claim that ``order`` shows; False if the claim is lost."""
        declined = Update(
            set={"decline_code": code, of_attempt(order.attempt, "code"): code},
            remove=(*_NOT_OPEN, "lease_expires_at", "action_url"),
        )
        return self._updates.apply_under_claim(order, DECLINE, declined, now=now)

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
        """Store that the buyer must act. A repeated ask keeps its first deadline."""
        waiting = Update(
            set={
                "action_url": action_url or None,
                "action_deadline": Attribute("action_deadline").or_else(deadline),
            },
            remove=("lease_expires_at", *refusal_of(order.attempt)),
        )
        if order.status is OrderStatus.PROCESSING:
            # Its place in the index was its next look-up; now it is open again. What the buyer was
            # asked before is over: this is another ask.
            shard = open_shard(unsettled_shard(order.order_id, self._shards))
            reopened = Update(set={"unsettled_shard": shard, "unsettled_since": now})
            waiting = waiting.also(reopened).also(Update(set={"action_deadline": deadline}))
        return self._updates.apply_under_claim(order, REQUIRE_ACTION, waiting, now=now)

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
        return self._updates.apply_under_claim(order, REVIEW, in_review, now=now)

    def _review_shard(self, order: Order) -> str:
        return review_shard(unsettled_shard(order.order_id, self._shards))


def _refused(order: Order, refusal: Refusal | None) -> Update:
    """Return the update that stores a refusal of the current attempt, or that there is none."""
    refused_as, refused_since = refusal_of(order.attempt)
    if refusal is None:
        return Update(remove=(refused_as, refused_since))
    return Update(set={refused_as: refusal.reason, refused_since: refusal.since})


def _claim_uncounted(order: Order) -> Update:
    """Return the update that takes the order's claim off those that may have requested it."""
    return claim_uncounted(order.attempt_claims, of_attempt(order.attempt, "service"))


def _paid_by(captured: Captured, now: int) -> Update:
    return Update(set={"charge_id": captured.charge_id, "paid_at": now}, remove=_NO_LONGER)


def _is_not_refunded(proof: str) -> Condition:
    return ~Attribute("refunded_charges").contains(proof)


def _is_paid_by(order: Order | None, captured: Captured) -> bool:
    return (
        order is not None
        and order.status is OrderStatus.PAID
        and order.charge_id == captured.charge_id
    )
