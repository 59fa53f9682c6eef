"""A refund as an item of the order table, and back.

Its key begins with ``op_``, its first state is none of an order's, and it has partitions of its own
in the index: neither the relay's filter for orders nor an older version of this code takes it for
an order.
"""

from __future__ import annotations

from typing import Any

from checkout_runtime.adapters.item_writes import Item
from checkout_runtime.adapters.order_history import RELEASED
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.refund import Refund, RefundStatus

__all__ = [
    "operation_processing_shard",
    "operation_review_shard",
    "operation_shard",
    "refund_from_item",
    "refund_status_of",
    "refund_to_item",
]

_KIND = "refund"
_TEXTS = (
    *("stray", "reason", "payment_service", "payment_reference", "claim_id", "refused_as"),
    *("reference", "code", "review_reason"),
)
_NUMBERS = (
    *("asked_amount", "lease_expires_at", "first_claimed_at", "unsettled_since", "resent_at"),
    *("refused_since", "processing_since", "settled_at"),
)


def operation_shard(shard: int) -> str:
    """Return the index partition of operations that are on their way."""
    return f"operation#{shard}"


def operation_processing_shard(shard: int) -> str:
    """Return the index partition of operations that the payment service decides in days.

    Their sort key is when they are looked up next, not since when they are unsettled.
    """
    return f"operation_processing#{shard}"


def operation_review_shard(shard: int) -> str:
    """Return the index partition of operations that need an operator."""
    return f"operation_review#{shard}"


def refund_to_item(refund: Refund, shards: int) -> dict[str, dict[str, Any]]:
    """Return a new refund as the item to put."""
    shard = operation_shard(unsettled_shard(refund.refund_id, shards))
    item: dict[str, dict[str, Any]] = {
        "pk": {"S": refund.refund_id},
        "operation": {"S": _KIND},
        "order_id": {"S": refund.order_id},
        "status": {"S": refund.status.value},
        "amount": {"N": str(refund.amount)},
        "currency": {"S": refund.currency},
        "charge_id": {"S": refund.charge_id},
        "accepted_at": {"N": str(refund.accepted_at)},
        "order_accepted_at": {"N": str(refund.order_accepted_at)},
        "asked_by": {"S": refund.asked_by},
        "attempt_claims": {"N": str(refund.attempt_claims)},
        "claim_epoch": {"N": str(refund.claim_epoch)},
        "resend": {"N": str(refund.resend)},
        "unsettled_shard": {"S": shard},
    }
    texts = {name: getattr(refund, name) for name in _TEXTS}
    numbers = {name: getattr(refund, name) for name in _NUMBERS}
    item |= {name: {"S": value} for name, value in texts.items() if value is not None}
    return item | {name: {"N": str(each)} for name, each in numbers.items() if each is not None}


def refund_from_item(item: Item) -> Refund:
    """Return the refund that an item holds."""
    found: dict[str, Any] = {name: item[name]["S"] for name in _TEXTS if name in item}
    found |= {name: int(item[name]["N"]) for name in _NUMBERS if name in item}
    released = item.get(f"last_{RELEASED}")
    return Refund(
        refund_id=item["pk"]["S"],
        order_id=item["order_id"]["S"],
        status=refund_status_of(item["status"]["S"]),
        amount=int(item["amount"]["N"]),
        currency=item["currency"]["S"],
        charge_id=item["charge_id"]["S"],
        accepted_at=int(item["accepted_at"]["N"]),
        order_accepted_at=int(item["order_accepted_at"]["N"]),
        asked_by=item["asked_by"]["S"],
        attempt_claims=int(item["attempt_claims"]["N"]),
        claim_epoch=int(item["claim_epoch"]["N"]),
        resend=int(item["resend"]["N"]),
        released_at=None if released is None else int(released["N"]),
        **found,
    )


def refund_status_of(stored: str) -> RefundStatus:
    """Return the state that a stored text names; ``NEWER`` where this version does not know it."""
    try:
        return RefundStatus(stored)
    except ValueError:
        return RefundStatus.NEWER
