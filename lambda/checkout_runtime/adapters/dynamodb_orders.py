"""The order table on DynamoDB: every change is one conditional update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.cancellations import (
    NOT_TO_BE_CANCELLED,
    ask_to_cancel,
    cancel_at_once,
    taken_up,
)
from checkout_runtime.adapters.claim_update import claim_taken, lease_is_over, request_counted
from checkout_runtime.adapters.conditional_updates import (
    ATTEMPT,
    CLAIM_EPOCH,
    NO_STRAY_CHARGE,
    ConditionalUpdates,
    stored_order,
    transition_taken,
)
from checkout_runtime.adapters.conflicts import call_past_conflicts
from checkout_runtime.adapters.guarded_carts import accept_counted, accept_with_cart
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.item_writes import ItemWrites
from checkout_runtime.adapters.known_orders import find_order
from checkout_runtime.adapters.next_attempt import attempt_replaced
from checkout_runtime.adapters.operator_verdicts import settle_by_verdict
from checkout_runtime.adapters.order_history import RELEASED, history_key
from checkout_runtime.adapters.order_item import (
    of_attempt,
    open_shard,
    order_from_item,
    order_to_item,
    refusal_of,
)
from checkout_runtime.application.order_records import (
    AttemptsLimited,
    CartTaken,
    Changed,
    NotChanged,
    OrderLimit,
    OrdersLimited,
    Verdict,
)
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.transitions import (
    CLAIM,
    CLAIM_TO_LOOK_UP,
    NEW_ATTEMPT,
    RELEASE,
    RESUME,
)

if TYPE_CHECKING:
    # Only where attempts are counted.
    from checkout_runtime.application.limit_attempts import AttemptLimits

__all__ = ["DynamoDbOrders"]

REFERENCE = Attribute("payment_reference")
RESEND = Attribute("resend")
SCOPE = Attribute("scope")


class DynamoDbOrders:
    """Orders in one table."""

    def __init__(
        self,
        dynamodb: AwsService,
        table_name: str,
        shards: int = 1,
        *,
        announces: bool = False,
    ) -> None:
        """Take the table; ``announces``: as ``ConditionalUpdates`` has it, for verdicts."""
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._shards = shards
        self._updates = ConditionalUpdates(dynamodb, table_name, announces=announces)

    def accept(
        self, order: Order, cart: str | None = None, *, limit: OrderLimit | None = None
    ) -> Order | CartTaken | OrdersLimited | None:
        """Store a new order. Return None if stored, or the order that holds the id already."""
        if limit is not None:
            table = (self._dynamodb, self._table_name)
            return accept_counted(*table, order, cart, self._shards, limit)
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
        limits: AttemptLimits | None = None,
    ) -> Changed | NotChanged | AttemptsLimited:
        """Replace the declined attempt ``replaces`` by a new one, and count it where it must be."""
        changes = Update(
            set={"payment_method": payment_method},
            when=(
                SCOPE.equals(principal),
                ATTEMPT.equals(replaces),
                ATTEMPT.below(max_attempts),
                NO_STRAY_CHARGE,
                NOT_TO_BE_CANCELLED,
            ),
        )
        key = history_key(NEW_ATTEMPT.to_state, replaces + 1)
        changes = changes.also(attempt_replaced(order_id, replaces, now, shards=self._shards))
        started = transition_taken(NEW_ATTEMPT, key, now).also(changes)
        counted = {} if limits is None else limits.of_attempts(principal)
        if limits is None or not counted:
            return self._updates.update(order_id, started)
        # Only where attempts are counted.
        from checkout_runtime.adapters.counted_attempts import start_counted

        writes = ItemWrites(self._dynamodb, self._table_name)
        window_ms = limits.window_seconds * 1000
        return start_counted(writes, order_id, started, counted, window_ms=window_ms, now=now)

    def resume(self, order_id: str, principal: str, attempt: int, now: int) -> Changed | NotChanged:
        """Store that the buyer says they acted on this attempt."""
        waits = Update(when=(SCOPE.equals(principal), ATTEMPT.equals(attempt), NO_STRAY_CHARGE))
        changes = taken_up(attempt, now).also(waits)
        key = history_key(RESUME.to_state, attempt)
        return self._updates.apply(order_id, RESUME, changes, history_key=key, now=now)

    def cancel_at_once(
        self, order: Order, *, by: str, reason: str, now: int
    ) -> Changed | NotChanged:
        """Cancel an order as ``order`` shows it: its current attempt can capture nothing."""
        return cancel_at_once(
            self._updates, order, by=by, reason=reason, now=now, shards=self._shards
        )

    def ask_to_cancel(self, order: Order, *, by: str, now: int) -> Changed | NotChanged:
        """Mark the order, which is in the state that ``order`` shows."""
        return ask_to_cancel(self._updates, order, by=by, now=now, shards=self._shards)

    def release(
        self, order: Order, now: int, *, cleared_before: int | None = None
    ) -> Changed | NotChanged:
        """Store an operator's redrive of an order in review. One with a stray charge stays."""
        order_id, attempt = order.order_id, order.attempt
        changes = Update(
            set={
                "resend": RESEND.plus(1),
                of_attempt(attempt, "uncounted_resends"): RESEND.plus(1),
                "resent_at": now,
                "unsettled_shard": open_shard(unsettled_shard(order_id, self._shards)),
                "unsettled_since": now,
            },
            remove=("review_reason", "action_deadline", *refusal_of(attempt)),
            # One that was declined before its stray charge is settled by a verdict: to find out
            # again could charge a buyer who was told that nothing was.
            when=(
                ATTEMPT.equals(attempt),
                NO_STRAY_CHARGE,
                Attribute("decline_code").is_absent(),
            ),
        )
        if cleared_before is not None:
            changes = changes.also(
                Update(
                    set={
                        of_attempt(attempt, "cleared_before"): cleared_before,
                        "attempt_claims": 0,
                    },
                    remove=["first_claimed_at"],
                    when=[CLAIM_EPOCH.equals(order.claim_epoch)],
                )
            )
        return self._updates.apply(order_id, RELEASE, changes, history_key=RELEASED, now=now)

    def settle_by_verdict(
        self, order: Order, verdict: Verdict, now: int, *, proofs: frozenset[str] = frozenset()
    ) -> Changed | NotChanged:
        """Store an operator's verdict about the order as ``order`` shows it, or nothing."""
        return settle_by_verdict(
            self._updates, order, verdict, now, proofs=proofs, shards=self._shards
        )

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
        free = Update(when=(ATTEMPT.equals(attempt), NO_STRAY_CHARGE))
        changes = claim_taken(claim_id, lease_expires_at).also(free)
        if not to_look_up:
            # Who claims to look up requests nothing, so neither count begins with it.
            first = min(now, first_received_at or now)
            claimed_for = of_attempt(attempt, "service")
            bound = Update(set={claimed_for: Attribute(claimed_for).or_else(service)})
            changes = changes.also(request_counted(first)).also(bound)
        # An older version that starts the next attempt forgets ``payment_reference``.
        kept = of_attempt(attempt, "reference")
        if only_opened:
            opened = Update(set={kept: REFERENCE.or_else(None)}, when=[REFERENCE.exists()])
            changes = changes.also(opened)
        if opened_as is not None:
            reference = REFERENCE.or_else(opened_as)
            opened = Update(set={"payment_reference": reference, kept: reference})
            changes = changes.also(opened)
        result = self._updates.apply(
            order_id,
            CLAIM_TO_LOOK_UP if to_look_up else CLAIM,
            changes,
            history_key=history_key(CLAIM.to_state, attempt),
            now=now,
            or_when=lease_is_over(OrderStatus.CHARGING, now, lease_expires_at),
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
