"""An order is cancelled on DynamoDB: at once, or by a mark that every later claim of it shows.

There is no item beside the order. It is cancelled at most once, so it is its own operation
(docs/internals/adr/0019).
"""

from __future__ import annotations

from checkout_runtime.adapters.conditional_updates import (
    ATTEMPT,
    NO_STRAY_CHARGE,
    STATUS,
    ConditionalUpdates,
)
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.next_attempt import attempt_replaced
from checkout_runtime.adapters.order_history import history_key
from checkout_runtime.adapters.order_item import capture_of, expire_shard, of_attempt, open_shard
from checkout_runtime.adapters.owed_announcements import (
    EXPIRY,
    leaving_the_index,
    waiting,
)
from checkout_runtime.application.order_records import Changed, NotChanged
from checkout_runtime.domain.announcement import ORDER_CANCELLED, ORDER_DECLINED, Announcement
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import NOTHING_CAPTURED
from checkout_runtime.domain.transitions import (
    ASK_TO_VOID,
    BY_EXPIRY,
    CANCEL,
    CANCEL_ATTEMPT,
    DECLINE,
    NEW_ATTEMPT,
    RESUME,
    CancelReason,
)

__all__ = [
    "NOT_TO_BE_CANCELLED",
    "ask_to_cancel",
    "cancel_at_once",
    "decline_or_cancel",
    "end_hold",
    "taken_up",
]

_TAKEN_UP_BY = {OrderStatus.ACTION_REQUIRED: RESUME, OrderStatus.AUTHORIZED: ASK_TO_VOID}
"""How an order is put on the queue that nobody is at work on."""
_ASKED_AT = Attribute("cancel_asked_at")
NOT_TO_BE_CANCELLED = _ASKED_AT.is_absent()
"""Holds until somebody asks."""


def cancel_at_once(
    updates: ConditionalUpdates, order: Order, *, by: str, reason: str, now: int, shards: int
) -> Changed | NotChanged:
    """Cancel an order as ``order`` shows it: its current attempt can capture nothing."""
    code = of_attempt(order.attempt, "code")
    cancelled = Update(
        set={
            **_asked(by, now).set,
            "cancel_reason": reason,
            # An order whose current attempt has a code is never requested again, also where a
            # stray charge brings it into review.
            "decline_code": Attribute("decline_code").or_else(NOTHING_CAPTURED),
            code: Attribute(code).or_else(NOTHING_CAPTURED),
        },
        remove=EXPIRY,
        when=(ATTEMPT.equals(order.attempt), NO_STRAY_CHARGE),
    )
    left = leaving_the_index(order, now, shards=shards, announces=updates.announces)
    return updates.apply(
        order.order_id,
        CANCEL,
        cancelled.also(left),
        history_key=history_key(CANCEL.to_state, order.attempt),
        now=now,
        announcement=Announcement.after(order, ORDER_CANCELLED, now, reason=reason),
    )


def ask_to_cancel(
    updates: ConditionalUpdates, order: Order, *, by: str, now: int, shards: int
) -> Changed | NotChanged:
    """Mark the order, which is in the state that ``order`` shows. Its next claim ends the attempt.

    One that waits for its buyer, or for its capture, is taken up again at once.
    """
    if order.status is OrderStatus.DECLINED:
        return _ask_about_next(updates, order, by=by, now=now, shards=shards)
    asked = _asked(by, now).also(
        Update(
            when=(
                STATUS.equals(order.status),
                ATTEMPT.equals(order.attempt),
                Attribute(capture_of(order.attempt)[0]).is_absent(),
                NOT_TO_BE_CANCELLED,
                NO_STRAY_CHARGE,
            )
        )
    )
    transition = _TAKEN_UP_BY.get(order.status)
    if transition is None:
        return updates.update(order.order_id, asked)
    key = history_key(transition.to_state, order.attempt)
    changes = asked.also(taken_up(order.attempt, now))
    if order.status is OrderStatus.AUTHORIZED:
        shard = open_shard(unsettled_shard(order.order_id, shards))
        changes = changes.also(Update(set={"unsettled_shard": shard, "unsettled_since": now}))
    return updates.apply(order.order_id, transition, changes, history_key=key, now=now)


def _ask_about_next(
    updates: ConditionalUpdates, order: Order, *, by: str, now: int, shards: int
) -> Changed | NotChanged:
    """Mark an order whose current attempt was declined, and begin the next one.

    A table restored from a backup may have forgotten that the buyer has paid by it. It is never
    requested, as the order is marked; the worker that claims it asks the payment service about it.
    """
    begun = attempt_replaced(order.order_id, order.attempt, now, shards=shards)
    changes = (
        _asked(by, now)
        .also(begun)
        .also(Update(when=(ATTEMPT.equals(order.attempt), NO_STRAY_CHARGE)))
    )
    key = history_key(NEW_ATTEMPT.to_state, order.attempt + 1)
    return updates.apply(order.order_id, NEW_ATTEMPT, changes, history_key=key, now=now)


def decline_or_cancel(
    updates: ConditionalUpdates,
    order: Order,
    code: str,
    now: int,
    *,
    shards: int,
    expires_after_ms: int | None,
) -> OrderStatus | None:
    """Store a known no under the claim that ``order`` shows: as what, or None if it is lost.

    The table says whether somebody asked to cancel the order: its worker may have claimed it before
    that. One that is declined expires after ``expires_after_ms``; None: never.
    """
    ended = _ended(order, code)
    left = waits = leaving_the_index(order, now, shards=shards, announces=updates.announces)
    if expires_after_ms is not None:
        waits = waiting(
            order,
            now,
            due=now + expires_after_ms,
            partition=expire_shard(unsettled_shard(order.order_id, shards)),
            kept=EXPIRY,
            shards=shards,
            announces=updates.announces,
        )
    if not order.is_to_be_cancelled and updates.apply_under_claim(
        order,
        DECLINE,
        waits.also(ended).also(Update(when=[NOT_TO_BE_CANCELLED])),
        now=now,
        announcement=Announcement.after(order, ORDER_DECLINED, now, code=code),
    ):
        return OrderStatus.DECLINED
    asked = left.also(ended).also(Update(when=[_ASKED_AT.exists()]))
    if order.has_hold:
        reason = CancelReason.VOIDED
    else:
        has_expired = order.cancel_asked_by == BY_EXPIRY
        reason = CancelReason.EXPIRED if has_expired else CancelReason.ASKED
    return OrderStatus.CANCELLED if _cancel_attempt(updates, order, asked, reason, now) else None


def end_hold(
    updates: ConditionalUpdates, order: Order, code: str, now: int, *, shards: int
) -> bool:
    """Store under the claim that the order's hold is gone, and with it the order; False if lost.

    Such an order is one that is to be cancelled, also where a stray charge brings it into review.
    """
    left = leaving_the_index(order, now, shards=shards, announces=updates.announces)
    reason = CancelReason.VOIDED if order.is_to_be_cancelled else CancelReason.LAPSED
    changes = left.also(_ended(order, code)).also(_asked(reason, now))
    return _cancel_attempt(updates, order, changes, reason, now)


def taken_up(attempt: int, now: int) -> Update:
    """Return the update by which an order that waited for somebody is put on the queue again.

    The table's stream is what sends it. No such message counts as a resend of the reconciler's.
    """
    uncounted = of_attempt(attempt, "uncounted_resends")
    return Update(
        set={
            "resend": Attribute("resend").plus(1),
            "resent_at": now,
            uncounted: Attribute(uncounted).or_else(0).plus(1),
        },
        remove=("action_url",),
    )


def _ended(order: Order, code: str) -> Update:
    return Update(
        set={"decline_code": code, of_attempt(order.attempt, "code"): code},
        remove=("lease_expires_at", "action_url"),
    )


def _cancel_attempt(
    updates: ConditionalUpdates, order: Order, changes: Update, reason: str, now: int
) -> bool:
    return updates.apply_under_claim(
        order,
        CANCEL_ATTEMPT,
        changes.also(Update(set={"cancel_reason": reason})),
        now=now,
        announcement=Announcement.after(order, ORDER_CANCELLED, now, reason=reason),
    )


def _asked(by: str, now: int) -> Update:
    by_whom = Attribute("cancel_asked_by")
    return Update(set={_ASKED_AT.name: _ASKED_AT.or_else(now), by_whom.name: by_whom.or_else(by)})
