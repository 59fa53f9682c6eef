"""Holds on DynamoDB: stored under the claim, asked for once."""

from __future__ import annotations

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.cancellations import NOT_TO_BE_CANCELLED, end_hold, taken_up
from checkout_runtime.adapters.conditional_updates import (
    ATTEMPT,
    CLAIM_EPOCH,
    NO_STRAY_CHARGE,
    STATUS,
    ConditionalUpdates,
)
from checkout_runtime.adapters.event_fields import event_time
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.order_history import history_key
from checkout_runtime.adapters.order_item import (
    capture_of,
    held_shard,
    lapsing_shard,
    look_of,
    of_attempt,
    open_shard,
    refusal_of,
)
from checkout_runtime.adapters.owed_announcements import OWED, waiting
from checkout_runtime.application.order_records import Changed, HoldRecord, NotChanged
from checkout_runtime.domain.announcement import (
    ORDER_AUTHORIZED,
    ORDER_CAPTURE_DUE,
    Announcement,
)
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Authorized
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.transitions import ASK_TO_CAPTURE, AUTHORIZE

__all__ = ["DynamoDbHolds"]


class DynamoDbHolds:
    """Holds of the orders in one table."""

    def __init__(self, updates: ConditionalUpdates, shards: int) -> None:
        self._updates = updates
        self._shards = shards

    @classmethod
    def of(cls, dynamodb: AwsService, table_name: str, shards: int) -> DynamoDbHolds:
        """Return the holds of a table for who asks for them; that is not announced."""
        return cls(ConditionalUpdates(dynamodb, table_name), shards)

    def ask_to_capture(
        self, order: Order, amount: int, asked_by: str, now: int
    ) -> Changed | NotChanged:
        """Store that somebody asks for so much of the hold that ``order`` shows, and who."""
        attempt = order.attempt
        stored_at, stored_by, stored_amount = capture_of(attempt)
        changes = taken_up(attempt, now).also(
            Update(
                set={
                    stored_at: now,
                    stored_by: asked_by,
                    stored_amount: amount,
                    "unsettled_shard": open_shard(unsettled_shard(order.order_id, self._shards)),
                    "unsettled_since": now,
                },
                when=(
                    ATTEMPT.equals(attempt),
                    ~Attribute("amount").below(amount),
                    NOT_TO_BE_CANCELLED,
                    NO_STRAY_CHARGE,
                ),
            )
        )
        key = history_key(ASK_TO_CAPTURE.to_state, attempt)
        return self._updates.apply(
            order.order_id, ASK_TO_CAPTURE, changes, history_key=key, now=now
        )

    def record_authorized(
        self,
        order: Order,
        hold: Authorized,
        next_look_at: int,
        now: int,
        *,
        refused_as: str | None = None,
    ) -> HoldRecord:
        """Store that the money is held, unless the claim is lost, or somebody asked to cancel.

        A hold that is known already is not announced again.
        """
        is_lapsing = order.capture_reminded_at is not None
        is_new = not order.has_hold
        held = Update(
            set={
                of_attempt(order.attempt, "hold_id"): hold.charge_id,
                of_attempt(order.attempt, "capture_before"): hold.capture_before,
            },
            remove=("lease_expires_at", "action_url", *refusal_of(order.attempt)),
            when=[NOT_TO_BE_CANCELLED],
        ).also(self._waiting(order, next_look_at, now, is_lapsing=is_lapsing, is_told=is_new))
        if is_new:
            # A repeated write meets its own result, and must not be announced twice.
            is_first = Attribute(of_attempt(order.attempt, "hold_id")).is_absent()
            held = held.also(Update(when=[is_first]))
        else:
            # Its place in the index depends on what it owes.
            as_read = OWED.equals(order.owed) if order.owed else OWED.is_absent()
            held = held.also(Update(when=[as_read]))
        if refused_as is not None:
            held = held.also(_capture_refused(order, refused_as))
        announcement = Announcement.after(
            order,
            ORDER_AUTHORIZED,
            now,
            charge_id=hold.charge_id,
            capture_before=event_time(hold.capture_before),
        )
        refused = self._updates.settle_under_claim(
            order, AUTHORIZE, held, now=now, announcement=announcement if is_new else None
        )
        if refused is None:
            return HoldRecord.STORED
        stored = refused.order
        if stored is not None and stored.owed != order.owed:
            # It was confirmed, or something else was owed, since the order was read.
            read = replace(order, owed=stored.owed, unsettled_since=stored.unsettled_since)
            return self.record_authorized(read, hold, next_look_at, now, refused_as=refused_as)
        return _where_it_went(order, hold, stored)

    def record_ended(self, order: Order, code: str, now: int) -> bool:
        """Store that the hold is gone, and with it the order; False if the claim is lost."""
        return end_hold(self._updates, order, code, now, shards=self._shards)

    def record_capture_due(self, order: Order, next_look_at: int, now: int) -> bool:
        """Store, and announce, that the end of the hold is near; False if it was before."""
        assert order.capture_before is not None
        reminded_at = of_attempt(order.attempt, "capture_reminded_at")
        lapsing = Update(
            set={reminded_at: now},
            when=(
                STATUS.equals(OrderStatus.AUTHORIZED),
                ATTEMPT.equals(order.attempt),
                CLAIM_EPOCH.equals(order.claim_epoch),
                Attribute(reminded_at).is_absent(),
            ),
        ).also(self._waiting(order, next_look_at, now, is_lapsing=True, is_told=True))
        announcement = Announcement.after(
            order,
            ORDER_CAPTURE_DUE,
            now,
            charge_id=order.charge_id,
            capture_before=event_time(order.capture_before),
        )
        result = self._updates.update(order.order_id, lapsing, announcement)
        return isinstance(result, Changed)

    def _waiting(
        self, order: Order, due: int, now: int, *, is_lapsing: bool, is_told: bool
    ) -> Update:
        """Return the update by which a hold is found once it is to be looked after."""
        partition_of = lapsing_shard if is_lapsing else held_shard
        return waiting(
            order,
            now,
            due=due,
            partition=partition_of(unsettled_shard(order.order_id, self._shards)),
            kept=look_of(order.attempt),
            shards=self._shards,
            announces=is_told and self._updates.announces,
        )


def _where_it_went(order: Order, hold: Authorized, stored: Order | None) -> HoldRecord:
    """Return what became of a hold of the attempt that ``order`` shows, which was not stored now.

    A repeated write meets its own result. A capture may have a charge id of its own.
    """
    if stored is not None and stored.status is OrderStatus.PAID:
        is_paid_by_it = stored.attempt == order.attempt or stored.charge_id == hold.charge_id
        return HoldRecord.PAID if is_paid_by_it else HoldRecord.OVER
    # One that was declined and is in review, for a stray charge, is not requested again either.
    if stored is None or stored.attempt != order.attempt or stored.decline_code is not None:
        return HoldRecord.OVER
    is_held = stored.status is OrderStatus.AUTHORIZED and stored.claim_epoch == order.claim_epoch
    return HoldRecord.STORED if is_held else HoldRecord.LEFT


def _capture_refused(order: Order, code: str) -> Update:
    """Return the update after which another capture may be asked for, under another key."""
    refusals, refused_as = (
        of_attempt(order.attempt, name) for name in ("capture_refusals", "capture_refused_as")
    )
    return Update(
        set={refusals: order.capture_refusals + 1, refused_as: code},
        remove=capture_of(order.attempt),
    )
