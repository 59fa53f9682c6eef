"""The order table on DynamoDB: every change is one conditional update.

A conditional write whose answer was lost is repeated by the client and then meets its own result.
Each method knows its own result when it sees it, so a lost answer never looks like a lost race.
"""

from collections.abc import Mapping
from typing import Any, cast

from botocore.exceptions import ClientError

from checkout_runtime.adapters.order_item import (
    open_shard,
    order_from_item,
    order_to_item,
    review_shard,
)
from checkout_runtime.application.ports import CaptureRecord, Changed, NotChanged
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.transitions import (
    CAPTURE,
    CLAIM,
    CLAIM_TO_LOOK_UP,
    DECLINE,
    NEW_ATTEMPT,
    RECORD_UNKNOWN,
    REQUIRE_ACTION,
    REVIEW,
    Transition,
)

__all__ = ["DynamoDbOrders"]

_NAMES = {"#status": "status"}
_NO_STRAY_CHARGE = "attribute_not_exists(stray_charges)"


class DynamoDbOrders:
    """Orders in one table."""

    def __init__(self, client: Any, table_name: str, shards: int = 1) -> None:
        self._client = client
        self._table_name = table_name
        self._shards = shards

    def accept(self, order: Order) -> Order | None:
        """Store a new order. Return None if stored, or the order that holds the id already."""
        try:
            self._client.put_item(
                TableName=self._table_name,
                Item=order_to_item(order, self._shards),
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            existing = _order_that_stands(error)
            if existing is None:
                raise
            return existing
        return None

    def get(self, order_id: str) -> Order | None:
        """Return the order as of now (strongly consistent), or None."""
        answer = self._client.get_item(
            TableName=self._table_name, Key={"pk": {"S": order_id}}, ConsistentRead=True
        )
        return order_from_item(answer["Item"]) if "Item" in answer else None

    def start_attempt(
        self,
        order_id: str,
        principal: str,
        *,
        replaces: int,
        payment_method: str,
        max_attempts: int,
        now: int,
    ) -> Changed | NotChanged:
        """Replace the declined attempt ``replaces`` by a new one."""
        return self._update(
            order_id,
            NEW_ATTEMPT,
            "SET #status = :to, attempt = attempt + :one, payment_method = :payment_method,"
            " attempt_claims = :zero, resend = :zero, unsettled_since = :now,"
            " unsettled_shard = :open"
            " REMOVE decline_code, first_claimed_at, resent_at, claim_id",
            f"#scope = :scope AND attempt = :attempt AND attempt < :max AND {_NO_STRAY_CHARGE}",
            {
                ":scope": {"S": principal},
                ":attempt": {"N": str(replaces)},
                ":max": {"N": str(max_attempts)},
                ":payment_method": {"S": payment_method},
                ":one": {"N": "1"},
                ":zero": {"N": "0"},
                ":now": {"N": str(now)},
                ":open": {"S": open_shard(unsettled_shard(order_id, self._shards))},
            },
            names={"#scope": "scope"},
        )

    def claim(
        self,
        order_id: str,
        attempt: int,
        *,
        claim_id: str,
        now: int,
        lease_expires_at: int,
        to_look_up: bool = False,
    ) -> Changed | NotChanged:
        """Take the order's claim: a higher epoch, a lease."""
        result = self._update(
            order_id,
            CLAIM_TO_LOOK_UP if to_look_up else CLAIM,
            "SET #status = :to, claim_epoch = claim_epoch + :one,"
            " attempt_claims = attempt_claims + :one, claim_id = :claim_id,"
            " lease_expires_at = :lease,"
            " first_claimed_at = if_not_exists(first_claimed_at, :now)",
            f"attempt = :attempt AND {_NO_STRAY_CHARGE}",
            {
                ":attempt": {"N": str(attempt)},
                ":claim_id": {"S": claim_id},
                ":lease": {"N": str(lease_expires_at)},
                ":now": {"N": str(now)},
                ":one": {"N": "1"},
            },
            or_leaves="(#status = :to AND lease_expires_at <= :now)",
        )
        order = result.order
        if order and order.status is OrderStatus.CHARGING and order.claim_id == claim_id:
            return Changed(order)
        return result

    def record_capture(self, order: Order, captured: Captured, now: int) -> CaptureRecord:
        """Store proof of capture for the attempt that ``order`` shows, whoever holds the claim."""
        values = {
            ":attempt": {"N": str(order.attempt)},
            ":charge_id": {"S": captured.charge_id},
        }
        paid = "SET #status = :to, charge_id = :charge_id"
        done = "lease_expires_at, claim_id, action_url"
        result = self._update(
            order.order_id,
            CAPTURE,
            f"{paid} REMOVE unsettled_shard, unsettled_since, review_reason, {done}",
            f"attempt = :attempt AND {_NO_STRAY_CHARGE}",
            values,
        )
        if isinstance(result, NotChanged) and result.order and result.order.stray_charges:
            # Paid all the same, but two captures are a person's to sort out: it stays in review.
            result = self._update(
                order.order_id,
                CAPTURE,
                f"{paid}, unsettled_shard = :review REMOVE {done}",
                "attempt = :attempt",
                {**values, ":review": {"S": self._review_shard(order.order_id)}},
            )
        if isinstance(result, Changed) or _is_paid_by(result.order, captured):
            return CaptureRecord(stray=False)
        self._record_stray_charge(order, captured, now, "stray_charge")
        return CaptureRecord(stray=True)

    def record_mismatch(self, order: Order, captured: Captured, now: int) -> None:
        """Store proof of a capture that is not what the order asked for; it needs a person."""
        self._record_stray_charge(order, captured, now, "capture_mismatch")

    def record_decline(self, order: Order, code: str) -> bool:
        """Store a known no under the claim that ``order`` shows; False if the claim is lost."""
        return self._update_under_claim(
            order,
            DECLINE,
            "SET #status = :to, decline_code = :code"
            " REMOVE unsettled_shard, unsettled_since, lease_expires_at",
            {":code": {"S": code}},
        )

    def record_unknown(self, order: Order) -> bool:
        """Store that the payment service may have charged; False if the claim is lost."""
        return self._update_under_claim(
            order, RECORD_UNKNOWN, "SET #status = :to REMOVE lease_expires_at", {}
        )

    def record_action_required(self, order: Order, action_url: str | None) -> bool:
        """Store that the buyer must act; False if the claim is lost."""
        expression = "SET #status = :to REMOVE lease_expires_at"
        if action_url is None:
            return self._update_under_claim(order, REQUIRE_ACTION, expression, {})
        return self._update_under_claim(
            order,
            REQUIRE_ACTION,
            "SET #status = :to, action_url = :action_url REMOVE lease_expires_at",
            {":action_url": {"S": action_url}},
        )

    def record_review(self, order: Order, reason: str) -> bool:
        """Store that a person must decide; False if the claim is lost."""
        return self._update_under_claim(
            order,
            REVIEW,
            "SET #status = :to, review_reason = :reason, unsettled_shard = :review"
            " REMOVE lease_expires_at",
            {":reason": {"S": reason}, ":review": {"S": self._review_shard(order.order_id)}},
        )

    def _update_under_claim(
        self, order: Order, transition: Transition, update: str, values: Mapping[str, Any]
    ) -> bool:
        """Update under the claim that ``order`` shows. True if this or an earlier try stored it."""
        result = self._update(
            order.order_id,
            transition,
            update,
            "attempt = :attempt AND claim_epoch = :epoch",
            {
                ":attempt": {"N": str(order.attempt)},
                ":epoch": {"N": str(order.claim_epoch)},
                **values,
            },
        )
        stands = result.order
        return isinstance(result, Changed) or (
            stands is not None
            and stands.status is transition.to
            and (stands.attempt, stands.claim_epoch) == (order.attempt, order.claim_epoch)
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
        not_paid = self._try_update(
            order.order_id,
            f"SET #status = :needs_review, {keep}",
            "attribute_exists(pk) AND #status <> :paid",
            {**values, ":needs_review": {"S": OrderStatus.NEEDS_REVIEW.value}},
        )
        if isinstance(not_paid, NotChanged):
            self._try_update(order.order_id, f"SET {keep}", "#status = :paid", values)

    def _update(
        self,
        order_id: str,
        transition: Transition,
        update: str,
        condition: str,
        values: Mapping[str, Any],
        *,
        or_leaves: str | None = None,
        names: Mapping[str, str] | None = None,
    ) -> Changed | NotChanged:
        """Take a transition of the table in ``domain.transitions``."""
        leaves = {f":from{i}": {"S": status.value} for i, status in enumerate(transition.leaves)}
        left = f"#status IN ({', '.join(leaves)})"
        if or_leaves:
            left = f"({left} OR {or_leaves})"
        return self._try_update(
            order_id,
            update,
            f"{condition} AND {left}",
            {**values, **leaves, ":to": {"S": transition.to.value}},
            names,
        )

    def _try_update(
        self,
        order_id: str,
        update: str,
        condition: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> Changed | NotChanged:
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key={"pk": {"S": order_id}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={**_NAMES, **(names or {})},
                ExpressionAttributeValues=dict(values),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return NotChanged(_order_that_stands(error))
        return Changed(order_from_item(answer["Attributes"]))

    def _review_shard(self, order_id: str) -> str:
        return review_shard(unsettled_shard(order_id, self._shards))


def _is_paid_by(order: Order | None, captured: Captured) -> bool:
    return (
        order is not None
        and order.status is OrderStatus.PAID
        and order.charge_id == captured.charge_id
    )


def _order_that_stands(error: ClientError) -> Order | None:
    """Return the order that made a condition fail, or None: ALL_OLD saves the read."""
    item = cast("dict[str, Any]", error.response).get("Item")
    return order_from_item(item) if item else None
