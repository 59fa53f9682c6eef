"""Proof of capture, stored on DynamoDB so that it pays the order."""

from checkout_runtime.adapters.conditional_updates import (
    ATTEMPT,
    NO_STRAY_CHARGE,
    ConditionalUpdates,
)
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.order_history import history_key
from checkout_runtime.adapters.order_item import captured_part, review_shard
from checkout_runtime.adapters.owed_announcements import leaving_the_index
from checkout_runtime.adapters.stray_charges import is_not_refunded
from checkout_runtime.application.order_records import CaptureRecord, NotChanged
from checkout_runtime.domain.announcement import ORDER_PAID, Announcement
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.transitions import CAPTURE, PAY_BY_EARLIER

__all__ = ["pay_by_capture", "pay_by_earlier"]

_NO_LONGER = ("lease_expires_at", "claim_id", "action_url")


def pay_by_capture(
    updates: ConditionalUpdates, order: Order, captured: Captured, now: int, *, shards: int
) -> CaptureRecord:
    """Pay the order by the attempt that ``order`` shows; no claim is needed.

    Nothing is stored of a ``STRAY`` one: its proof is the caller's to keep.
    """
    proof = captured.proof_for(order.attempt)
    # A charge that an operator refunded pays nothing, also where a late worker reports it.
    counts = (ATTEMPT.equals(order.attempt), is_not_refunded(proof))
    paid = _paid_by(order, captured, now).also(Update(when=counts))
    left = leaving_the_index(order, now, shards=shards, announces=updates.announces)
    settled = paid.also(left).also(Update(remove=["review_reason"], when=[NO_STRAY_CHARGE]))
    refused = _settle(updates, order, order, settled, captured, now)
    if refused is not None and refused.order and refused.order.stray_charges:
        # Paid all the same, but two captures are an operator's to resolve: it stays in review.
        # One that is stored as a stray charge is the same capture, told once more.
        in_review = paid.also(
            Update(
                set={"unsettled_shard": review_shard(unsettled_shard(order.order_id, shards))},
                when=[~Attribute("stray_charges").contains(proof)],
            )
        )
        refused = _settle(updates, order, refused.order, in_review, captured, now)
    if refused is None:
        return CaptureRecord.PAID
    if _is_paid_by(refused.order, captured):
        # Where it was paid now, the refusal is of a repeated write: the first one did it.
        own = refused.order is not None and refused.order.paid_at == now
        return CaptureRecord.PAID if own else CaptureRecord.KNOWN
    if refused.order is not None and refused.order.is_refunded(captured.charge_id):
        return CaptureRecord.KNOWN
    return CaptureRecord.STRAY


def pay_by_earlier(
    updates: ConditionalUpdates,
    order: Order,
    attempt: int,
    captured: Captured,
    now: int,
    *,
    shards: int,
) -> bool:
    """Pay the order by an earlier attempt, under the claim that ``order`` shows.

    False if the claim is lost, or an operator refunded the charge.
    """
    not_refunded = is_not_refunded(captured.proof_for(attempt))
    left = leaving_the_index(order, now, shards=shards, announces=updates.announces)
    refused = updates.settle_under_claim(
        order,
        PAY_BY_EARLIER,
        _paid_by(order, captured, now)
        .also(left)
        .also(Update(remove=["review_reason"], when=[not_refunded])),
        now=now,
        announcement=Announcement.after(
            order, ORDER_PAID, now, attempt=attempt, charge_id=captured.charge_id
        ),
    )
    return refused is None or _is_paid_by(refused.order, captured)


def _settle(
    updates: ConditionalUpdates,
    order: Order,
    stored: Order,
    paid: Update,
    captured: Captured,
    now: int,
) -> NotChanged | None:
    """Pay the attempt that ``order`` shows; ``stored`` is what is known of the order now."""
    return updates.settle(
        order.order_id,
        CAPTURE,
        paid,
        history_key=history_key(CAPTURE.to_state, order.attempt),
        now=now,
        announcement=Announcement.after(
            stored,
            ORDER_PAID,
            now,
            attempt=order.attempt,
            charge_id=captured.charge_id,
            captured_amount=None if captured.amount == order.amount else captured.amount,
        ),
    )


def _paid_by(order: Order, captured: Captured, now: int) -> Update:
    """Return the update that pays the order. Of a part of a hold, no more can be refunded."""
    paid = Update(set={"charge_id": captured.charge_id, "paid_at": now}, remove=_NO_LONGER)
    if captured.amount == order.amount:
        return paid
    return paid.also(captured_part(captured.amount))


def _is_paid_by(order: Order | None, captured: Captured) -> bool:
    return order is not None and order.is_paid_by(captured.charge_id)
