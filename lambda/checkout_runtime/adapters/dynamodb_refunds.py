"""Refunds on DynamoDB: accepted with their order, claimed, and found when they are due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsService
from checkout_runtime.adapters.claim_update import claim_taken, lease_is_over, request_counted
from checkout_runtime.adapters.conditional_updates import STATUS, transition_taken
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.item_writes import ItemWrites, NotWritten
from checkout_runtime.adapters.refund_item import refund_from_item, refund_to_item
from checkout_runtime.application.refund_records import NotClaimed, OrderChanged
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_transitions import CLAIM_REFUND

__all__ = [
    "DynamoDbRefunds",
    "given_back",
    "of_what_it_became",
    "pays_nothing",
    "taken_off",
    "taken_off_anyway",
]

_KEYS_AT_ONCE = 100
"""DynamoDB's quota for one BatchGetItem."""
_READS = 5
"""Of a batch whose keys DynamoDB leaves over, which it does while it throttles."""
_AMOUNT, _CHARGE, _REFUNDABLE = map(Attribute, ("amount", "charge_id", "refundable"))
_STRAYS, _REFUNDING = Attribute("stray_charges"), Attribute("refunding_strays")


class DynamoDbRefunds:
    """Refunds in one order table."""

    def __init__(self, dynamodb: AwsService, table_name: str, shards: int) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._shards = shards
        self._writes = ItemWrites(dynamodb, table_name)

    def get(self, refund_id: str) -> Refund | None:
        """Return the refund as of now (strongly consistent), or None."""
        key = {"pk": {"S": refund_id}}
        read = {"TableName": self._table_name, "Key": key, "ConsistentRead": True}
        answer = self._dynamodb.call("GetItem", read)
        return refund_from_item(answer["Item"]) if "Item" in answer else None

    def of(self, order: Order) -> list[Refund]:
        """Return the order's refunds, the oldest first."""
        ids = sorted(order.refunds)
        found: list[Refund] = []
        for begin in range(0, len(ids), _KEYS_AT_ONCE):
            keys = [{"pk": {"S": each}} for each in ids[begin : begin + _KEYS_AT_ONCE]]
            wanted = {self._table_name: {"Keys": keys, "ConsistentRead": True}}
            found += self._read(wanted)
        return sorted(found, key=lambda refund: (refund.accepted_at, refund.refund_id))

    def _read(self, wanted: Mapping[str, Any]) -> list[Refund]:
        found: list[Refund] = []
        for _ in range(_READS):
            answer = self._dynamodb.call("BatchGetItem", {"RequestItems": wanted})
            found += map(refund_from_item, answer["Responses"].get(self._table_name, ()))
            wanted = answer.get("UnprocessedKeys") or {}
            if not wanted:
                return found
        raise AwsNoAnswerError("UnprocessedKeys", f"DynamoDB left keys over {_READS} times")

    def accept(self, refund: Refund) -> Refund | OrderChanged | None:
        """Store a new refund and take its amount off the order, in one transaction."""
        item = refund_to_item(refund, self._shards)
        asked = Update(add={"refunds": frozenset({refund.refund_id})})
        refused = self._writes.put_and_update(item, refund.order_id, asked.also(taken_off(refund)))
        if refused is None:
            return None
        if refused.item is None:
            return OrderChanged()
        stored = refund_from_item(refused.item)
        # The client repeated a transaction whose answer was lost, and met what it stored.
        is_own = refused.retries > 0 and stored.accepted_at == refund.accepted_at
        return None if is_own else stored

    def claim(
        self,
        refund_id: str,
        *,
        claim_id: str,
        now: int,
        lease_expires_at: int,
        first_received_at: int | None = None,
        to_look_up: bool = False,
    ) -> Refund | NotClaimed:
        """Take the refund's claim, and return it: a higher epoch, a lease."""
        taken = transition_taken(
            CLAIM_REFUND,
            CLAIM_REFUND.to_state.value,
            now,
            lease_is_over(RefundStatus.REFUNDING, now, lease_expires_at),
        ).also(claim_taken(claim_id, lease_expires_at))
        if not to_look_up:
            taken = taken.also(request_counted(min(now, first_received_at or now)))
        written = self._writes.update(refund_id, taken, returned="ALL_NEW")
        if not isinstance(written, NotWritten):
            return refund_from_item(written)
        stored = None if written.item is None else refund_from_item(written.item)
        if stored and stored.status is RefundStatus.REFUNDING and stored.claim_id == claim_id:
            return stored  # A repeated write met its own result.
        return NotClaimed(stored)


def taken_off(refund: Refund) -> Update:
    """Return the update of the order that takes the refund's amount off, if so much is left.

    Conditions cannot add, so what is left is counted down. A stray charge never counts against the
    order's own: it is refunded as a whole, once at a time.
    """
    if refund.stray is not None:
        return Update(
            add={"refunding_strays": frozenset({refund.stray})},
            when=(_STRAYS.contains(refund.stray), ~_REFUNDING.contains(refund.stray)),
        )
    left = _REFUNDABLE.or_else(_AMOUNT)
    return Update(
        set={"refundable": left.plus(-refund.amount)},
        when=(
            STATUS.equals(OrderStatus.PAID),
            _CHARGE.equals(refund.charge_id),
            # Absent on an order whose first refund this is: then the whole amount is left.
            ~_REFUNDABLE.below(refund.amount),
            ~_AMOUNT.below(refund.amount),
        ),
    )


def taken_off_anyway(refund: Refund) -> Update:
    """Return the update that takes off what went back though it had been given back to the order.

    Less than nothing may be left then, until other refunds that are under way come to nothing.
    """
    if refund.stray is None:
        return Update(set={"refundable": _REFUNDABLE.or_else(_AMOUNT).plus(-refund.amount)})
    under_way = frozenset({refund.stray})
    return Update(add={"refunding_strays": under_way}, when=[_STRAYS.contains(refund.stray)])


def given_back(refund: Refund) -> Update:
    """Return the update of the order by which it has the refund's amount again."""
    if refund.stray is not None:
        return Update(delete={_REFUNDING.name: frozenset({refund.stray})})
    return Update(set={"refundable": _REFUNDABLE.plus(refund.amount)}, when=[_REFUNDABLE.exists()])


def of_what_it_became(orders: DynamoDbOrders, refund: Refund) -> Refund:
    """Return a stray charge's refund as one of the order's own charge, once that charge has paid.

    An operator may have said that nothing was refunded, and then that this charge pays the order.
    """
    order = None if refund.stray is None else orders.get(refund.order_id)
    is_own = order is not None and order.is_paid_by(refund.charge_id)
    return replace(refund, stray=None) if is_own else refund


def pays_nothing(refund: Refund) -> Update:
    """Return an update of the order that fails once the refund's charge has paid it."""
    is_paid_by_another = STATUS.differs_from(OrderStatus.PAID) | ~_CHARGE.equals(refund.charge_id)
    return Update(when=(is_paid_by_another,))
