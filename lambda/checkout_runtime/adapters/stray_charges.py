"""Proof of captures that an order did not ask for, kept beside it on DynamoDB."""

from checkout_runtime.adapters.conditional_updates import ATTEMPT, STATUS, ConditionalUpdates
from checkout_runtime.adapters.item_update import Attribute, Condition, Update
from checkout_runtime.adapters.order_history import history_key, remembered
from checkout_runtime.adapters.order_item import review_shard
from checkout_runtime.adapters.owed_announcements import EXPIRY, found_while_owing, owing
from checkout_runtime.application.order_records import NotChanged
from checkout_runtime.domain.announcement import ORDER_NEEDS_REVIEW, Announcement
from checkout_runtime.domain.charge_proof import attempt_in, charge_in
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.record import replace

__all__ = ["STRAY_CHARGE", "is_not_refunded", "keep_stray", "stray_returned"]

STRAY_CHARGE = "stray_charge"
"""The review reason of an order with a charge that it did not ask for."""
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
    kept = _called_for(proof, reason, now, partition=partition).also(
        Update(remove=EXPIRY, when=[is_not_refunded(proof)])
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


def stray_returned(
    order: Order, proof: str, now: int, *, shards: int, announcement: Announcement | None
) -> Update:
    """Return the update by which a charge whose refund failed later is a stray one again.

    An operator is called, as when it was found; ``PAID`` stays ``PAID``. ``announcement``: of the
    failure; None where nothing is announced. The review is announced after it.
    """
    owed: list[Announcement] = [] if announcement is None else [announcement]
    as_seen = (STATUS.equals(order.status), ATTEMPT.equals(order.attempt))
    back = Update(delete={"refunding_strays": frozenset({proof})}, when=as_seen)
    shard = unsettled_shard(order.order_id, shards)
    if proof not in order.refunded_charges:
        if owed:
            back = back.also(found_while_owing(order, now, shards=shards))
        return back.also(owing(*owed)) if owed else back
    back = back.also(_called_for(proof, STRAY_CHARGE, now, partition=review_shard(shard))).also(
        Update(delete={"refunded_charges": frozenset({proof})})
    )
    if order.status is not OrderStatus.PAID:
        key = history_key(OrderStatus.NEEDS_REVIEW, order.attempt)
        back = back.also(Update(set={"status": OrderStatus.NEEDS_REVIEW})).also(
            remembered(key, now)
        )
    if owed:
        details = {"reason": STRAY_CHARGE, "charge_id": charge_in(proof)}
        attempt = attempt_in(proof)
        told = Announcement.after(order, ORDER_NEEDS_REVIEW, now, attempt=attempt, **details)
        owed.append(replace(told, ordinal=told.ordinal + 1))
    return back.also(owing(*owed)) if owed else back


def _called_for(proof: str, reason: str, now: int, *, partition: str) -> Update:
    """Return the update by which an operator is called for a stray charge."""
    return Update(
        set={
            "review_reason": reason,
            "unsettled_shard": partition,
            # An order that waits for its time is in the index under a time to come.
            "unsettled_since": now,
        },
        add={_STRAYS.name: frozenset({proof})},
        remove=["action_url"],
    )


def is_not_refunded(proof: str) -> Condition:
    """Hold where no operator said that this charge was refunded."""
    return ~Attribute("refunded_charges").contains(proof)
