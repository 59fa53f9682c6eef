"""The order table on DynamoDB: every change is one conditional update."""

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.conditional_updates import (
    NO_STRAY_CHARGE,
    ConditionalUpdates,
    stored_order,
)
from checkout_runtime.adapters.conflicts import call_past_conflicts
from checkout_runtime.adapters.guarded_carts import accept_with_cart
from checkout_runtime.adapters.known_orders import find_order
from checkout_runtime.adapters.operator_verdicts import settle_by_verdict
from checkout_runtime.adapters.order_history import RELEASED, came_to
from checkout_runtime.adapters.order_item import (
    open_shard,
    order_from_item,
    order_to_item,
    remember_attempt,
)
from checkout_runtime.application.ports import CartTaken, Changed, NotChanged, Verdict
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.transitions import (
    CLAIM,
    CLAIM_TO_LOOK_UP,
    NEW_ATTEMPT,
    RELEASE,
    RESUME,
)

__all__ = ["DynamoDbOrders"]


class DynamoDbOrders:
    """Orders in one table."""

    def __init__(self, dynamodb: AwsService, table_name: str, shards: int = 1) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._shards = shards
        self._updates = ConditionalUpdates(dynamodb, table_name)

    def accept(self, order: Order, cart: str | None = None) -> Order | CartTaken | None:
        """Store a new order. Return None if stored, or the order that holds the id already."""
        if cart is not None:
            return accept_with_cart(self._dynamodb, self._table_name, order, cart, self._shards)
        put = {
            "TableName": self._table_name,
            "Item": order_to_item(order, self._shards),
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            call_past_conflicts(self._dynamodb, "PutItem", put)
        except AwsRefusedError as error:
            existing = stored_order(error)
            if existing is None:
                raise
            return None if _is_own_write(error, existing, order) else existing
        return None

    def find(self, order_id: str, cart: str | None = None) -> Order | CartTaken | None:
        """Return the order of this id, else who has the cart, else None; nothing is stored."""
        return find_order(self._dynamodb, self._table_name, order_id, cart)

    def get(self, order_id: str) -> Order | None:
        """Return the order as of now (strongly consistent), or None."""
        read = {
            "TableName": self._table_name,
            "Key": {"pk": {"S": order_id}},
            "ConsistentRead": True,
        }
        answer = self._dynamodb.call("GetItem", read)
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
        return self._updates.take(
            order_id,
            NEW_ATTEMPT,
            ", attempt = attempt + :one, payment_method = :payment_method,"
            " attempt_claims = :zero, resend = :zero, unsettled_since = :now,"
            f" unsettled_shard = :open{remember_attempt(replaces)}"
            " REMOVE decline_code, first_claimed_at, resent_at, claim_id, action_url,"
            " action_deadline, payment_reference, payment_service, uncounted_resends,"
            " refused_as, refused_since, processing_since",
            f"#scope = :scope AND attempt = :attempt AND attempt < :max AND {NO_STRAY_CHARGE}",
            {
                ":scope": {"S": principal},
                ":attempt": {"N": str(replaces)},
                ":max": {"N": str(max_attempts)},
                ":payment_method": {"S": payment_method},
                ":one": {"N": "1"},
                ":zero": {"N": "0"},
                ":nothing": {"NULL": True},
                ":now": {"N": str(now)},
                ":open": {"S": open_shard(unsettled_shard(order_id, self._shards))},
            },
            passage=came_to(NEW_ATTEMPT.to, replaces + 1),
            now=now,
            names={"#scope": "scope"},
        )

    def resume(self, order_id: str, principal: str, attempt: int, now: int) -> Changed | NotChanged:
        """Store that the buyer says they acted on this attempt."""
        return self._updates.take(
            order_id,
            RESUME,
            ", resend = resend + :one, resent_at = :now,"
            " uncounted_resends = if_not_exists(uncounted_resends, :zero) + :one"
            " REMOVE action_url",
            f"#scope = :scope AND attempt = :attempt AND {NO_STRAY_CHARGE}",
            {
                ":scope": {"S": principal},
                ":attempt": {"N": str(attempt)},
                ":one": {"N": "1"},
                ":zero": {"N": "0"},
                ":now": {"N": str(now)},
            },
            passage=came_to(RESUME.to, attempt),
            now=now,
            names={"#scope": "scope"},
        )

    def release(self, order_id: str, now: int) -> Changed | NotChanged:
        """Store an operator's redrive of an order in review. One with a stray charge stays."""
        return self._updates.take(
            order_id,
            RELEASE,
            ", resend = resend + :one, uncounted_resends = resend + :one, resent_at = :now,"
            " unsettled_shard = :open, unsettled_since = :now"
            " REMOVE review_reason, refused_as, refused_since, action_deadline",
            # One that was declined before its stray charge is settled by a verdict: to find out
            # again could charge a buyer who was told that nothing was.
            f"{NO_STRAY_CHARGE} AND attribute_not_exists(decline_code)",
            {
                ":one": {"N": "1"},
                ":now": {"N": str(now)},
                ":open": {"S": open_shard(unsettled_shard(order_id, self._shards))},
            },
            passage=RELEASED,
            now=now,
        )

    def settle_by_verdict(self, order: Order, verdict: Verdict, now: int) -> Changed | NotChanged:
        """Store an operator's verdict about the order as ``order`` shows it, or nothing."""
        return settle_by_verdict(self._updates, order, verdict, now, shards=self._shards)

    def claim(
        self,
        order_id: str,
        attempt: int,
        *,
        claim_id: str,
        now: int,
        lease_expires_at: int,
        service: str,
        first_received_at: int | None = None,
        to_look_up: bool = False,
        only_opened: bool = False,
        opened_as: str | None = None,
    ) -> Changed | NotChanged:
        """Take the order's claim: a higher epoch, a lease."""
        also = ", claim_epoch = claim_epoch + :one, claim_id = :claim_id, lease_expires_at = :lease"
        values = {
            ":attempt": {"N": str(attempt)},
            ":beyond_any_lease": {"N": str(2 * lease_expires_at - now)},
            ":claim_id": {"S": claim_id},
            ":lease": {"N": str(lease_expires_at)},
            ":now": {"N": str(now)},
            ":one": {"N": "1"},
        }
        if not to_look_up:
            # Who claims to look up requests nothing, so neither count begins with it.
            also += (
                ", attempt_claims = attempt_claims + :one,"
                " first_claimed_at = if_not_exists(first_claimed_at, :first),"
                " payment_service = if_not_exists(payment_service, :service)"
            )
            values[":first"] = {"N": str(min(now, first_received_at or now))}
            values[":service"] = {"S": service}
        condition = f"attempt = :attempt AND {NO_STRAY_CHARGE}"
        if only_opened:
            condition += " AND attribute_exists(payment_reference)"
        if opened_as is not None:
            also += ", payment_reference = if_not_exists(payment_reference, :opened_as)"
            values[":opened_as"] = {"S": opened_as}
        result = self._updates.take(
            order_id,
            CLAIM_TO_LOOK_UP if to_look_up else CLAIM,
            also,
            condition,
            values,
            passage=came_to(CLAIM.to, attempt),
            now=now,
            # A lease twice as long as any is one of a clock that was wrong.
            or_leaves="(#status = :to AND (lease_expires_at <= :now"
            " OR lease_expires_at > :beyond_any_lease))",
        )
        order = result.order
        if order and order.status is OrderStatus.CHARGING and order.claim_id == claim_id:
            return Changed(order)
        return result


def _is_own_write(error: AwsRefusedError, existing: Order, order: Order) -> bool:
    """Whether the client repeated a put whose answer was lost, and met the order that it stored."""
    return error.retries > 0 and (
        (existing.accepted_at, existing.correlation_id, existing.fingerprint)
        == (order.accepted_at, order.correlation_id, order.fingerprint)
    )
