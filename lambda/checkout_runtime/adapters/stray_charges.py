"""Proof of captures that an order did not ask for, kept beside it on DynamoDB."""

from checkout_runtime.adapters.conditional_updates import STATUS, ConditionalUpdates
from checkout_runtime.adapters.item_update import Attribute, Condition, Update
from checkout_runtime.adapters.order_history import history_key, remembered
from checkout_runtime.adapters.owed_announcements import EXPIRY
from checkout_runtime.application.order_records import NotChanged
from checkout_runtime.domain.announcement import ORDER_NEEDS_REVIEW, Announcement
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured

__all__ = ["is_not_refunded", "keep_stray"]

_STRAYS = Attribute("stray_charges")


def keep_stray(
    updates: ConditionalUpdates,
    order: Order,
    attempt: int,
    captured: Captured,
    reason: str,
    now: int,
    *,
    partition: str,
) -> None:
    """Keep the proof beside the order and call an operator. ``PAID`` stays ``PAID``.

    A charge that an operator refunded is known: nothing changes. ``partition`` is the order's in
    the index while it is in review.
    """
    proof = captured.proof_for(attempt)
    kept = Update(
        set={
            "review_reason": reason,
            "unsettled_shard": partition,
            "unsettled_since": Attribute("unsettled_since").or_else(now),
        },
        add={_STRAYS.name: frozenset({proof})},
        remove=["action_url", *EXPIRY],
        when=[is_not_refunded(proof)],
    )
    to_review = Update(
        set={"status": OrderStatus.NEEDS_REVIEW},
        when=(Attribute("pk").exists(), STATUS.differs_from(OrderStatus.PAID)),
    )
    stays_paid = Update(when=[STATUS.equals(OrderStatus.PAID)])
    if updates.announces:
        # What is kept already was announced when it was: a repeated write changes nothing.
        is_new = ~_STRAYS.contains(proof)
        in_review_anew = is_new | STATUS.differs_from(OrderStatus.NEEDS_REVIEW)
        to_review = to_review.also(Update(when=[in_review_anew]))
        stays_paid = stays_paid.also(Update(when=[is_new]))

    def announcement(seen: Order) -> Announcement:
        details = {"reason": reason, "charge_id": captured.charge_id}
        return Announcement.after(seen, ORDER_NEEDS_REVIEW, now, attempt=attempt, **details)

    key = history_key(OrderStatus.NEEDS_REVIEW, order.attempt)
    not_paid = updates.update(
        order.order_id, to_review.also(remembered(key, now)).also(kept), announcement(order)
    )
    if isinstance(not_paid, NotChanged):
        seen = not_paid.order or order
        updates.update(order.order_id, stays_paid.also(kept), announcement(seen))


def is_not_refunded(proof: str) -> Condition:
    """Hold where no operator said that this charge was refunded."""
    return ~Attribute("refunded_charges").contains(proof)
