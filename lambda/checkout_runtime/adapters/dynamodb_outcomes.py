"""What came of payment attempts, on DynamoDB: settled under the claim, proof without it."""

from typing import Any

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.conditional_updates import NO_STRAY_CHARGE, ConditionalUpdates
from checkout_runtime.adapters.order_history import came_to, remember
from checkout_runtime.adapters.order_item import processing_shard, review_shard
from checkout_runtime.application.ports import CaptureRecord, NotChanged, Refusal
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

_PAID = ", charge_id = :charge_id, paid_at = :at"
_NO_LONGER = "lease_expires_at, claim_id, action_url"
_NOT_OPEN = "unsettled_shard, unsettled_since"


class DynamoDbOutcomes:
    """Outcomes of the orders in one table."""

    def __init__(self, dynamodb: AwsService, table_name: str, shards: int) -> None:
        self._updates = ConditionalUpdates(dynamodb, table_name)
        self._shards = shards

    def record_capture(self, order: Order, captured: Captured, now: int) -> CaptureRecord:
        """Store proof of capture for the attempt that ``order`` shows, whoever holds the claim."""
        values = {
            ":attempt": {"N": str(order.attempt)},
            ":charge_id": {"S": captured.charge_id},
            ":proof": {"S": _proof(order.attempt, captured)},
        }
        # A charge that an operator refunded pays nothing, also where a late worker reports it.
        condition = "attempt = :attempt AND NOT contains(refunded_charges, :proof)"
        passage = came_to(CAPTURE.to, order.attempt)
        refused = self._updates.settle(
            order.order_id,
            CAPTURE,
            f"{_PAID} REMOVE {_NOT_OPEN}, review_reason, {_NO_LONGER}",
            f"{condition} AND {NO_STRAY_CHARGE}",
            values,
            passage=passage,
            now=now,
        )
        if refused is not None and refused.order and refused.order.stray_charges:
            # Paid all the same, but two captures are an operator's to resolve: it stays in review.
            refused = self._updates.settle(
                order.order_id,
                CAPTURE,
                f"{_PAID}, unsettled_shard = :review REMOVE {_NO_LONGER}",
                condition,
                {**values, ":review": self._review_shard(order)},
                passage=passage,
                now=now,
            )
        if refused is None:
            return CaptureRecord.PAID
        if _is_paid_by(refused.order, captured):
            # Where it was paid now, the refusal is of a repeated write: the first one did it.
            own = refused.order is not None and refused.order.paid_at == now
            return CaptureRecord.PAID if own else CaptureRecord.KNOWN
        self.record_stray(order, order.attempt, captured, "stray_charge", now)
        return CaptureRecord.STRAY

    def record_paid_earlier(self, order: Order, captured: Captured, now: int) -> bool:
        """Store that an earlier attempt has paid the order; False if the claim is lost."""
        refused = self._updates.settle_under_claim(
            order,
            PAY_BY_EARLIER,
            f"{_PAID} REMOVE {_NOT_OPEN}, review_reason, {_NO_LONGER}",
            {":charge_id": {"S": captured.charge_id}},
            now=now,
        )
        return refused is None or _is_paid_by(refused.order, captured)

    def record_stray(
        self, order: Order, attempt: int, captured: Captured, reason: str, now: int
    ) -> None:
        """Keep the proof beside the order and call an operator. ``PAID`` stays ``PAID``."""
        values = {
            ":proof": {"SS": [_proof(attempt, captured)]},
            ":paid": {"S": OrderStatus.PAID.value},
            ":reason": {"S": reason},
            ":review": self._review_shard(order),
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

    def record_decline(self, order: Order, code: str, now: int) -> bool:
        """Store a known no under the claim that ``order`` shows; False if the claim is lost."""
        return self._updates.take_under_claim(
            order,
            DECLINE,
            f", decline_code = :code REMOVE {_NOT_OPEN}, lease_expires_at, action_url",
            {":code": {"S": code}},
            now=now,
        )

    def record_unknown(
        self, order: Order, now: int, *, refusal: Refusal | None = None, uncounted: bool = False
    ) -> bool:
        """Store that the payment service may have charged; False if the claim is lost."""
        also, gone = "", "lease_expires_at"
        values: dict[str, Any] = {}
        if uncounted:
            also += ", attempt_claims = attempt_claims - :one"
            values[":one"] = {"N": "1"}
            if order.attempt_claims == 1:
                # Nothing was ever sent: nothing runs, and no service is bound to it.
                gone += ", first_claimed_at, payment_service"
        if refusal is not None:
            also += ", refused_as = :refused_as, refused_since = :refused_since"
            values[":refused_as"] = {"S": refusal.reason}
            values[":refused_since"] = {"N": str(refusal.since)}
        else:
            gone += ", refused_as, refused_since"
        return self._updates.take_under_claim(
            order, RECORD_UNKNOWN, f"{also} REMOVE {gone}", values, now=now
        )

    def record_action_required(
        self, order: Order, action_url: str | None, deadline: int, now: int
    ) -> bool:
        """Store that the buyer must act; the attempt's first deadline stands."""
        return self._updates.take_under_claim(
            order,
            REQUIRE_ACTION,
            ", action_url = :action_url,"
            " action_deadline = if_not_exists(action_deadline, :deadline)"
            " REMOVE lease_expires_at, refused_as, refused_since",
            {
                ":action_url": {"S": action_url} if action_url else {"NULL": True},
                ":deadline": {"N": str(deadline)},
            },
            now=now,
        )

    def record_processing(self, order: Order, next_look_up_at: int, now: int) -> bool:
        """Store that the payment service decides in days, and when it is asked next."""
        partition = processing_shard(unsettled_shard(order.order_id, self._shards))
        return self._updates.take_under_claim(
            order,
            PROCESS,
            ", processing_since = if_not_exists(processing_since, :at),"
            " unsettled_shard = :processing, unsettled_since = :due"
            " REMOVE lease_expires_at, action_url, refused_as, refused_since",
            {":processing": {"S": partition}, ":due": {"N": str(next_look_up_at)}},
            now=now,
        )

    def record_review(self, order: Order, reason: str, now: int) -> bool:
        """Store that an operator must decide; False if the claim is lost."""
        return self._updates.take_under_claim(
            order,
            REVIEW,
            ", review_reason = :reason, unsettled_shard = :review, unsettled_since = :at"
            " REMOVE lease_expires_at, action_url",
            {":reason": {"S": reason}, ":review": self._review_shard(order)},
            now=now,
        )

    def _review_shard(self, order: Order) -> dict[str, str]:
        return {"S": review_shard(unsettled_shard(order.order_id, self._shards))}


def _proof(attempt: int, captured: Captured) -> str:
    """Return a capture as ``Order.stray_charges`` keeps it."""
    return f"{attempt}:{captured.charge_id}:{captured.amount}:{captured.currency}"


def _is_paid_by(order: Order | None, captured: Captured) -> bool:
    return (
        order is not None
        and order.status is OrderStatus.PAID
        and order.charge_id == captured.charge_id
    )
