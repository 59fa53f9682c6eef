"""An order as an item of the table, and back."""

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.order_history import RELEASED
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderLine, OrderStatus

__all__ = [
    "announce_shard",
    "capture_of",
    "expire_shard",
    "held_shard",
    "lapsing_shard",
    "look_of",
    "of_attempt",
    "open_shard",
    "order_from_item",
    "order_to_item",
    "processing_shard",
    "refusal_of",
    "remembered_attempt",
    "review_shard",
    "status_of",
]

Item = Mapping[str, Mapping[str, Any]]


def open_shard(shard: int) -> str:
    """Return the index partition of orders that are on their way."""
    return f"open#{shard}"


def processing_shard(shard: int) -> str:
    """Return the index partition of orders that the payment service is processing.

    Their sort key is when they are looked up next, not since when they are unsettled.
    """
    return f"processing#{shard}"


def held_shard(shard: int) -> str:
    """Return the index partition of orders whose money is held.

    Their sort key is when the end of the hold is near.
    """
    return f"held#{shard}"


def lapsing_shard(shard: int) -> str:
    """Return the index partition of orders whose hold is about to end.

    Their sort key is when they are looked up next.
    """
    return f"lapsing#{shard}"


def review_shard(shard: int) -> str:
    """Return the index partition of orders that need an operator."""
    return f"review#{shard}"


def announce_shard(shard: int) -> str:
    """Return the index partition of settled or held orders that owe an announcement.

    Their sort key is since when they owe it.
    """
    return f"announce#{shard}"


def expire_shard(shard: int) -> str:
    """Return the index partition of declined orders that are cancelled if nobody pays them.

    Their sort key is when that is due.
    """
    return f"expire#{shard}"


def of_attempt(attempt: int, name: str) -> str:
    """Return the attribute that holds something of this one payment attempt.

    An older version that starts the next attempt clears only what it knows. So what it does not
    know has the attempt in its name, and is no other attempt's.

    >>> of_attempt(1, "service")
    'attempt_1_service'
    """
    return f"attempt_{attempt}_{name}"


def refusal_of(attempt: int) -> tuple[str, str]:
    """Return the attributes of ``Order.refused_as`` and ``Order.refused_since``."""
    return of_attempt(attempt, "refused_as"), of_attempt(attempt, "refused_since")


def look_of(attempt: int) -> tuple[str, str]:
    """Return the attributes that say when a hold is looked after next, and its partition then."""
    return of_attempt(attempt, "look_at"), of_attempt(attempt, "look_in")


def capture_of(attempt: int) -> tuple[str, str, str]:
    """Return the attributes that say when, by whom and how much of a hold was asked for."""
    names = ("capture_asked_at", "capture_asked_by", "capture_amount")
    asked_at, asked_by, amount = (of_attempt(attempt, name) for name in names)
    return asked_at, asked_by, amount


def remembered_attempt(attempt: int) -> Update:
    """Return the update that keeps what an older version stored of an attempt that is replaced.

    >>> list(remembered_attempt(1).set)
    ['attempt_1_reference', 'attempt_1_code']
    """
    return Update(
        set={
            of_attempt(attempt, "reference"): Attribute("payment_reference").or_else(None),
            of_attempt(attempt, "code"): Attribute("decline_code").or_else(None),
        }
    )


def captured_part(amount: int) -> Update:
    """Return the update of an order that part of its hold paid: no more can be refunded."""
    return Update(set=dict.fromkeys(("captured_amount", "refundable"), amount))


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
    attempt = int(item["attempt"]["N"])
    status = status_of(item["status"]["S"])
    return Order(
        order_id=item["pk"]["S"],
        principal=item["scope"]["S"],
        fingerprint=item["fingerprint"]["S"],
        status=status,
        attempt=attempt,
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
        next_look_up_at=_next_look_up_at(item, status, attempt),
        uncounted_resends=_number(item, of_attempt(attempt, "uncounted_resends")) or 0,
        claim_id=_text(item, "claim_id"),
        lease_expires_at=_number(item, "lease_expires_at"),
        first_claimed_at=_number(item, "first_claimed_at"),
        resent_at=_number(item, "resent_at"),
        released_at=_number(item, f"last_{RELEASED}"),
        cleared_before=_number(item, of_attempt(attempt, "cleared_before")) or 0,
        payment_reference=_text(item, "payment_reference"),
        payment_service=_text(item, of_attempt(attempt, "service")),
        earlier_attempts=tuple(_earlier_attempt(item, each) for each in range(1, attempt)),
        refused_as=_text(item, of_attempt(attempt, "refused_as")),
        refused_since=_number(item, of_attempt(attempt, "refused_since")),
        processing_since=_number(item, of_attempt(attempt, "processing_since")),
        paid_at=_number(item, "paid_at"),
        charge_id=_text(item, "charge_id") or _text(item, of_attempt(attempt, "hold_id")),
        decline_code=_text(item, "decline_code"),
        action_url=_text(item, "action_url"),
        action_deadline=_number(item, "action_deadline"),
        cancel_asked_at=_number(item, "cancel_asked_at"),
        cancel_asked_by=_text(item, "cancel_asked_by"),
        cancel_reason=_text(item, "cancel_reason"),
        expires_at=_number(item, "expires_at"),
        capture_before=_number(item, of_attempt(attempt, "capture_before")),
        capture_reminded_at=_number(item, of_attempt(attempt, "capture_reminded_at")),
        capture_asked_at=_number(item, of_attempt(attempt, "capture_asked_at")),
        capture_asked_by=_text(item, of_attempt(attempt, "capture_asked_by")),
        capture_amount=_number(item, of_attempt(attempt, "capture_amount")),
        capture_refusals=_number(item, of_attempt(attempt, "capture_refusals")) or 0,
        capture_refused_as=_text(item, of_attempt(attempt, "capture_refused_as")),
        captured_amount=_number(item, "captured_amount"),
        review_reason=_text(item, "review_reason"),
        stray_charges=frozenset(item.get("stray_charges", {}).get("SS", ())),
        refunded_charges=frozenset(item.get("refunded_charges", {}).get("SS", ())),
        refunding_strays=frozenset(item.get("refunding_strays", {}).get("SS", ())),
        refundable=_number(item, "refundable"),
        refunds=frozenset(item.get("refunds", {}).get("SS", ())),
        correlation_id=_text(item, "correlation_id"),
        owed=frozenset(item.get("owed", {}).get("SS", ())),
        event_ordinal=_number(item, "event_ordinal") or 0,
    )


def status_of(stored: str) -> OrderStatus:
    """Return the state; a later version may have stored one that this version does not know."""
    try:
        return OrderStatus(stored)
    except ValueError:
        return OrderStatus.NEWER


def _next_look_up_at(item: Item, status: OrderStatus, attempt: int) -> int | None:
    if status is OrderStatus.AUTHORIZED:
        return _number(item, of_attempt(attempt, "look_at"))
    return _number(item, "unsettled_since") if status is OrderStatus.PROCESSING else None


def _earlier_attempt(item: Item, attempt: int) -> EarlierAttempt:
    names = ("service", "reference", "code", "ended_as")
    return EarlierAttempt(attempt, *(_text(item, of_attempt(attempt, name)) for name in names))


def _text(item: Item, name: str) -> str | None:
    value = item.get(name)
    return None if value is None else value.get("S")


def _number(item: Item, name: str) -> int | None:
    value = item.get(name)
    return None if value is None else int(value["N"])
