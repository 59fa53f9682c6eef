"""What came of payment attempts, on DynamoDB: settled under the claim, proof without it."""

from typing import Any

from checkout_runtime.adapters.conditional_updates import NO_STRAY_CHARGE, ConditionalUpdates
from checkout_runtime.adapters.order_history import came_to, remember
from checkout_runtime.adapters.order_item import review_shard
from checkout_runtime.application.ports import CaptureRecord, NotChanged
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.transitions import (
    CAPTURE,
    DECLINE,
    RECORD_UNKNOWN,
    REQUIRE_ACTION,
    REVIEW,
)

__all__ = ["DynamoDbOutcomes"]


class DynamoDbOutcomes:
    """Outcomes of the orders in one table."""

    def __init__(self, client: Any, table_name: str, shards: int) -> None:
        self._updates = ConditionalUpdates(client, table_name)
        self._shards = shards

    def record_capture(self, order: Order, captured: Captured, now: int) -> CaptureRecord:
        """Store proof of capture for the attempt that ``order`` shows, whoever holds the claim."""
        values = {
            ":attempt": {"N": str(order.attempt)},
            ":charge_id": {"S": captured.charge_id},
        }
        passage = came_to(CAPTURE.to, order.attempt)
        paid = ", charge_id = :charge_id, paid_at = :at"
        done = "lease_expires_at, claim_id, action_url"
        refused = self._updates.settle(
            order.order_id,
            CAPTURE,
            f"{paid} REMOVE unsettled_shard, unsettled_since, review_reason, {done}",
            f"attempt = :attempt AND {NO_STRAY_CHARGE}",
            values,
            passage=passage,
            now=now,
        )
        if refused is not None and refused.order and refused.order.stray_charges:
            # Paid all the same, but two captures are a person's to sort out: it stays in review.
            refused = self._updates.settle(
                order.order_id,
                CAPTURE,
                f"{paid}, unsettled_shard = :review REMOVE {done}",
                "attempt = :attempt",
                {**values, ":review": {"S": self._review_shard(order.order_id)}},
                passage=passage,
                now=now,
            )
        if refused is None or _is_paid_by(refused.order, captured):
            return CaptureRecord(stray=False)
        self._record_stray_charge(order, captured, now, "stray_charge")
        return CaptureRecord(stray=True)

    def record_mismatch(self, order: Order, captured: Captured, now: int) -> None:
        """Store proof of a capture that is not what the order asked for; it needs a person."""
        self._record_stray_charge(order, captured, now, "capture_mismatch")

    def record_decline(self, order: Order, code: str, now: int) -> bool:
        """Store a known no under the claim that ``order`` shows; False if the claim is lost."""
        return self._updates.take_under_claim(
            order,
            DECLINE,
            ", decline_code = :code REMOVE unsettled_shard, unsettled_since, lease_expires_at",
            {":code": {"S": code}},
            now=now,
        )

    def record_unknown(self, order: Order, now: int) -> bool:
        """Store that the payment service may have charged; False if the claim is lost."""
        return self._updates.take_under_claim(
            order, RECORD_UNKNOWN, " REMOVE lease_expires_at", {}, now=now
        )

    def record_action_required(
        self, order: Order, action_url: str | None, deadline: int, now: int
    ) -> bool:
        """Store that the buyer must act; the attempt's first deadline stands."""
        return self._updates.take_under_claim(
            order,
            REQUIRE_ACTION,
            ", action_url = :action_url,"
            " action_deadline = if_not_exists(action_deadline, :deadline) REMOVE lease_expires_at",
            {
                ":action_url": {"S": action_url} if action_url else {"NULL": True},
                ":deadline": {"N": str(deadline)},
            },
            now=now,
        )

    def record_review(self, order: Order, reason: str, now: int) -> bool:
        """Store that a person must decide; False if the claim is lost."""
        return self._updates.take_under_claim(
            order,
            REVIEW,
            ", review_reason = :reason, unsettled_shard = :review REMOVE lease_expires_at",
            {":reason": {"S": reason}, ":review": {"S": self._review_shard(order.order_id)}},
            now=now,
        )

    def _record_stray_charge(self, order: Order, captured: Captured, now: int, reason: str) -> None:
        """Keep the proof beside the order and call a person. ``PAID`` stays ``PAID``."""
        proof = f"{order.attempt}:{captured.charge_id}:{captured.amount}:{captured.currency}"
        values = {
            ":proof": {"SS": [proof]},
            ":paid": {"S": OrderStatus.PAID.value},
            ":reason": {"S": reason},
            ":review": {"S": self._review_shard(order.order_id)},
            ":now": {"N": str(now)},
        }
        keep = (
            "review_reason = :reason, unsettled_shard = :review,"
            " unsettled_since = if_not_exists(unsettled_since, :now) ADD stray_charges :proof"
        )
        needs_review = OrderStatus.NEEDS_REVIEW
        passage = came_to(needs_review, order.attempt)
        not_paid = self._updates.update(
            order.order_id,
            f"SET #status = :needs_review, {remember(passage)}, {keep}",
            "attribute_exists(pk) AND #status <> :paid",
            {
                **values,
                ":needs_review": {"S": needs_review.value},
                ":at": {"N": str(now)},
            },
        )
        if isinstance(not_paid, NotChanged):
            self._updates.update(order.order_id, f"SET {keep}", "#status = :paid", values)

    def _review_shard(self, order_id: str) -> str:
        return review_shard(unsettled_shard(order_id, self._shards))


def _is_paid_by(order: Order | None, captured: Captured) -> bool:
    return (
        order is not None
        and order.status is OrderStatus.PAID
        and order.charge_id == captured.charge_id
    )
