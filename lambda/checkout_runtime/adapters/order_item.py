"""An order as an item of the table, and back."""

from collections.abc import Mapping
from typing import Any

from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderLine, OrderStatus

__all__ = ["open_shard", "order_from_item", "order_to_item", "review_shard"]

Item = Mapping[str, Mapping[str, Any]]


def open_shard(shard: int) -> str:
    """Return the index partition of orders that are on their way."""
    return f"open#{shard}"


def review_shard(shard: int) -> str:
    """Return the index partition of orders that need a person."""
    return f"review#{shard}"


def order_to_item(order: Order, shards: int) -> dict[str, dict[str, Any]]:
    """Return a new order as the item to put."""
    named = {} if order.correlation_id is None else {"correlation_id": {"S": order.correlation_id}}
    return {
        "pk": {"S": order.order_id},
        "scope": {"S": order.principal},
        "fingerprint": {"S": order.fingerprint},
        "status": {"S": order.status.value},
        "attempt": {"N": str(order.attempt)},
        "attempt_claims": {"N": str(order.attempt_claims)},
        "claim_epoch": {"N": str(order.claim_epoch)},
        "resend": {"N": str(order.resend)},
        "amount": {"N": str(order.amount)},
        "currency": {"S": order.currency},
        "customer": {"S": order.customer},
        "lines": {
            "L": [
                {"M": {"sku": {"S": line.sku}, "quantity": {"N": str(line.quantity)}}}
                for line in order.lines
            ]
        },
        "payment_method": {"S": order.payment_method},
        "accepted_at": {"N": str(order.accepted_at)},
        "unsettled_since": {"N": str(order.unsettled_since)},
        "unsettled_shard": {"S": open_shard(unsettled_shard(order.order_id, shards))},
        **named,
    }


def order_from_item(item: Item) -> Order:
    """Return the order that an item holds."""
    return Order(
        order_id=item["pk"]["S"],
        principal=item["scope"]["S"],
        fingerprint=item["fingerprint"]["S"],
        status=OrderStatus(item["status"]["S"]),
        attempt=int(item["attempt"]["N"]),
        attempt_claims=int(item["attempt_claims"]["N"]),
        claim_epoch=int(item["claim_epoch"]["N"]),
        resend=int(item["resend"]["N"]),
        amount=int(item["amount"]["N"]),
        currency=item["currency"]["S"],
        customer=item["customer"]["S"],
        lines=tuple(
            OrderLine(line["M"]["sku"]["S"], int(line["M"]["quantity"]["N"]))
            for line in item["lines"]["L"]
        ),
        payment_method=item["payment_method"]["S"],
        accepted_at=int(item["accepted_at"]["N"]),
        unsettled_since=_number(item, "unsettled_since"),
        claim_id=_text(item, "claim_id"),
        lease_expires_at=_number(item, "lease_expires_at"),
        first_claimed_at=_number(item, "first_claimed_at"),
        resent_at=_number(item, "resent_at"),
        payment_reference=_text(item, "payment_reference"),
        charge_id=_text(item, "charge_id"),
        decline_code=_text(item, "decline_code"),
        action_url=_text(item, "action_url"),
        action_deadline=_number(item, "action_deadline"),
        review_reason=_text(item, "review_reason"),
        stray_charges=frozenset(item.get("stray_charges", {}).get("SS", ())),
        correlation_id=_text(item, "correlation_id"),
    )


def _text(item: Item, name: str) -> str | None:
    value = item.get(name)
    return None if value is None else value.get("S")


def _number(item: Item, name: str) -> int | None:
    value = item.get(name)
    return None if value is None else int(value["N"])
