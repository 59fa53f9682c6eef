"""An operator's verdict on DynamoDB: one conditional update of the order as the operator saw it."""

from typing import Any

from checkout_runtime.adapters.conditional_updates import ConditionalUpdates
from checkout_runtime.adapters.order_history import came_to
from checkout_runtime.adapters.order_item import review_shard
from checkout_runtime.application.ports import Changed, NotChanged, Verdict, VerdictKind
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.transitions import VERDICT_DECLINED, VERDICT_PAID

__all__ = ["DECLINED_BY_OPERATOR", "settle_by_verdict"]

DECLINED_BY_OPERATOR = "declined_by_operator"
"""The decline code of an order that an operator declined."""
STRAY_REFUNDED = "stray_refunded"
"""The review reason that is left where the last stray charge was refunded."""
_WHO_AND_WHY = ", verdict_by = :by, verdict_why = :why, verdict_at = :at"
_UNCHANGED = "attempt = :attempt AND claim_epoch = :epoch"
_REVIEW_IS_OVER = "unsettled_shard, unsettled_since, review_reason"


def settle_by_verdict(
    updates: ConditionalUpdates, order: Order, verdict: Verdict, now: int, *, shards: int
) -> Changed | NotChanged:
    """Store a verdict, unless the order is no longer as ``order`` shows it.

    The stray charge that the verdict names is taken off the order; a refunded one is kept among the
    refunded. While others are left, the order stays in the review partition of the index.
    """
    strays = order.strays_of(verdict.charge_id)
    values: dict[str, Any] = {
        ":by": {"S": verdict.by},
        ":why": {"S": verdict.why},
        ":attempt": {"N": str(order.attempt)},
        ":epoch": {"N": str(order.claim_epoch)},
    }
    condition = f"{_UNCHANGED} AND {_same_strays(order, values)}"
    taken = ""
    if strays:
        taken = " DELETE stray_charges :taken"
        values[":taken"] = {"SS": sorted(strays)}
    is_last = strays == order.stray_charges
    if verdict.kind is VerdictKind.REFUNDED_ELSEWHERE:
        kept = " ADD refunded_charges :taken"
        change = f"{_after_refund(order, values, is_last=is_last)}{kept}{taken}"
        values |= {":status": {"S": order.status.value}, ":at": {"N": str(now)}}
        return updates.update(
            order.order_id,
            f"SET {_WHO_AND_WHY.removeprefix(', ')}{change}",
            f"{condition} AND #status = :status",
            values,
        )
    if verdict.kind is VerdictKind.PAID:
        transition, outcome = VERDICT_PAID, ", charge_id = :charge_id, paid_at = :at"
        values[":charge_id"] = {"S": verdict.charge_id}
    else:
        transition, outcome = VERDICT_DECLINED, ", decline_code = :code"
        values[":code"] = {"S": DECLINED_BY_OPERATOR}
    if is_last:
        gone = _REVIEW_IS_OVER
    else:
        outcome += ", unsettled_shard = :review"
        values[":review"] = {"S": review_shard(unsettled_shard(order.order_id, shards))}
        gone = "claim_id"
    return updates.take(
        order.order_id,
        transition,
        f"{_WHO_AND_WHY}{outcome} REMOVE lease_expires_at, action_url, {gone}{taken}",
        condition,
        values,
        passage=came_to(transition.to, order.attempt),
        now=now,
    )


def _same_strays(order: Order, values: dict[str, Any]) -> str:
    if not order.stray_charges:
        return "attribute_not_exists(stray_charges)"
    values[":strays"] = {"SS": sorted(order.stray_charges)}
    return "stray_charges = :strays"


def _after_refund(order: Order, values: dict[str, Any], *, is_last: bool) -> str:
    """Say what else changes: a paid order leaves the review, any other waits for its verdict."""
    if not is_last:
        return ""
    if order.status is OrderStatus.PAID:
        return f" REMOVE {_REVIEW_IS_OVER}"
    values[":reason"] = {"S": STRAY_REFUNDED}
    return ", review_reason = :reason"
