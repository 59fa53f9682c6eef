"""What came of refunds, on DynamoDB: the refund, and with it what its order has left."""

from __future__ import annotations

from collections.abc import Callable

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.claim_update import CLAIM_EPOCH, claim_uncounted
from checkout_runtime.adapters.conditional_updates import transition_taken
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.dynamodb_refunds import (
    given_back,
    of_what_it_became,
    pays_nothing,
    taken_off,
    taken_off_anyway,
)
from checkout_runtime.adapters.item_update import Attribute, Update, Value
from checkout_runtime.adapters.item_writes import ItemWrites, NotWritten
from checkout_runtime.adapters.operator_verdicts import stray_refunded
from checkout_runtime.adapters.order_item import order_from_item
from checkout_runtime.adapters.owed_announcements import found_while_owing, owing
from checkout_runtime.adapters.refund_item import (
    operation_processing_shard,
    operation_review_shard,
    refund_from_item,
)
from checkout_runtime.adapters.stray_charges import stray_returned
from checkout_runtime.adapters.told_of_refunds import Told, told_of_failure, told_of_success
from checkout_runtime.application.order_records import Refusal
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.charge_proof import attempt_in
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded
from checkout_runtime.domain.refund_transitions import (
    NOT_REFUND,
    PROCESS_REFUND,
    REFUND,
    REFUND_AFTER_ALL,
    REFUND_UNKNOWN,
    RETURN_REFUND,
    REVIEW_AFTER_NO,
    REVIEW_REFUND,
    VERDICT_NOT_REFUNDED,
    VERDICT_REFUNDED,
)
from checkout_runtime.domain.transitions import Transition

__all__ = ["DynamoDbRefundOutcomes"]

_NOT_OPEN = ("unsettled_shard", "unsettled_since", "lease_expires_at", "review_reason")
_BY_OPERATOR = "not_refunded_by_operator"
"""The code of a refund of which an operator says that no money went back."""
_AFTER_ALL = "refunded_after_all"
"""The review reason of a refund that went back though less than that was left."""
_StrayChange = Callable[..., Update]
"""``stray_refunded`` or ``stray_returned``."""
_TRIES = 5
"""Of a transaction whose order changes meanwhile; each loss is another write's gain."""


class DynamoDbRefundOutcomes:
    """Outcomes of the refunds in one order table."""

    def __init__(
        self, dynamodb: AwsService, table_name: str, shards: int, *, announces: bool = False
    ) -> None:
        """Take the table.

        Args:
            dynamodb: DynamoDB.
            table_name: The order table.
            shards: Of the index of what is not settled.
            announces: Whether what becomes of orders is announced. Default: it is not.
        """
        self._announces = announces
        self._writes = ItemWrites(dynamodb, table_name)
        self._orders = DynamoDbOrders(dynamodb, table_name, shards)
        self._shards = shards

    def record_refunded(self, refund: Refund, refunded: Refunded, now: int) -> bool:
        """Store proof; no claim is needed. A stray charge then leaves its order's strays.

        The same proof once more does not close the review that it opened.
        """
        proof = Update(set={"reference": refunded.reference, "settled_at": now}, remove=_NOT_OPEN)
        is_no_news = Attribute("review_reason").equals(_AFTER_ALL)
        refunded_now = _taken(REFUND, now).also(proof).also(Update(when=[~is_no_news]))
        told = told_of_success(refund)
        refused = self._settle(refund, refunded_now, now, told, stray_refunded)
        stored = _stored(refused)
        if stored is None or stored.status is not RefundStatus.NOT_REFUNDED:
            return stored is None or stored.status is not RefundStatus.NEEDS_REVIEW
        refund = of_what_it_became(self._orders, refund)
        after_all = _taken(REFUND_AFTER_ALL, now).also(proof)
        counted = taken_off(refund) if refund.stray is None else pays_nothing(refund)
        refused = self._settle(refund, after_all, now, told, stray_refunded, counted)
        if refused is None or refund.stray is not None:
            return refused is None
        known = Update(set={"reference": refunded.reference})
        self._review_after_no(refund, self._review(_AFTER_ALL, refund, now).also(known), now)
        return False

    def record_not_refunded(self, refund: Refund, answer: NotRefunded, now: int) -> bool:
        """Store a known no, and give the amount back to the order, both or neither.

        A stray charge that was refunded before has left its order's strays all the same.
        """
        failed = _taken(NOT_REFUND, now).also(_held(refund))
        failed = failed.also(Update(set={"code": answer.code, "settled_at": now}, remove=_NOT_OPEN))
        told = told_of_failure(refund, answer.code)
        is_back = refund.stray is not None and answer.already_refunded
        change, counted = (stray_refunded, None) if is_back else (None, given_back(refund))
        refused = self._settle(refund, failed, now, told, change, counted)
        return _is_done(refused, refund, NOT_REFUND)

    def record_returned(self, refund: Refund, answer: NotRefunded, now: int) -> bool:
        """Store that a refund which had succeeded failed later, and give its amount back."""
        refund = of_what_it_became(self._orders, refund)
        # Of two that read it at once, one stores this; neither undoes what came after it.
        as_seen = Update(when=[Attribute("settled_at").equals(refund.settled_at or 0)])
        returned = _taken(RETURN_REFUND, now).also(as_seen)
        returned = returned.also(Update(set={"code": answer.code, "settled_at": now}))
        told = told_of_failure(refund, answer.code)
        counted = None if refund.stray is not None else given_back(refund)
        refused = self._settle(refund, returned, now, told, stray_returned, counted)
        return _is_done(refused, refund, RETURN_REFUND)

    def record_unknown(
        self, refund: Refund, now: int, *, refusal: Refusal | None = None, uncounted: bool = False
    ) -> bool:
        """Store that the payment service may have refunded; False if the claim is lost."""
        unknown = Update(remove=["lease_expires_at"]).also(_refused(refusal))
        if uncounted:
            unknown = unknown.also(claim_uncounted(refund.attempt_claims))
        return self._under_claim(refund, REFUND_UNKNOWN, unknown, now)

    def record_processing(
        self,
        refund: Refund,
        next_look_up_at: int,
        now: int,
        *,
        reference: str | None = None,
        unanswered: Refusal | None = None,
    ) -> bool:
        """Store that the payment service decides in days, and when it is asked next."""
        shard = operation_processing_shard(unsettled_shard(refund.refund_id, self._shards))
        processing = Update(
            set={
                "processing_since": Attribute("processing_since").or_else(now),
                "unsettled_shard": shard,
                "unsettled_since": next_look_up_at,
            },
            remove=["lease_expires_at"],
        ).also(_refused(unanswered))
        if reference is not None:
            processing = processing.also(Update(set={"reference": reference}))
        return self._under_claim(refund, PROCESS_REFUND, processing, now)

    def record_review(
        self,
        refund: Refund,
        reason: str,
        now: int,
        *,
        reference: str | None = None,
        uncounted: bool = False,
    ) -> bool:
        """Store that an operator must decide; False if the claim is lost."""
        review = self._review(reason, refund, now)
        if uncounted:
            review = review.also(claim_uncounted(refund.attempt_claims))
        if reference is not None:
            review = review.also(Update(set={"reference": reference}))
        if refund.status is RefundStatus.NOT_REFUNDED:
            return self._review_after_no(refund, review.also(_held(refund)), now)
        return self._under_claim(refund, REVIEW_REFUND, review, now)

    def settle_by_verdict(
        self, refund: Refund, *, refunded: bool, by: str, why: str, now: int
    ) -> bool:
        """Store an operator's verdict about a refund in review as ``refund`` shows it."""
        transition = VERDICT_REFUNDED if refunded else VERDICT_NOT_REFUNDED
        given: dict[str, Value] = {"verdict_by": by, "verdict_why": why, "verdict_at": now}
        given |= {"settled_at": now}
        if not refunded:
            given |= {"code": _BY_OPERATOR}
        settled = _taken(transition, now).also(_held(refund))
        settled = settled.also(Update(set=given, remove=_NOT_OPEN))
        told = told_of_success(refund) if refunded else told_of_failure(refund, _BY_OPERATOR)
        taken = of_what_it_became(self._orders, refund)
        change, counted = (stray_refunded, None) if refunded else (None, given_back(taken))
        refused = self._settle(refund, settled, now, told, change, counted)
        return _is_done(refused, refund, transition)

    def _review_after_no(self, refund: Refund, review: Update, now: int) -> bool:
        """Call an operator for money that went back although its amount was given to the order
        again: it is taken off once more with that, as of every refund in review."""
        taken = _taken(REVIEW_AFTER_NO, now).also(review)
        counted = taken_off_anyway(of_what_it_became(self._orders, refund))
        refused = self._writes.update_both((refund.refund_id, taken), (refund.order_id, counted))
        if refused is not None:
            # The stray charge was given back by other means: nothing is left of it to take off.
            refused = self._written(refund, taken)
        return _is_done(refused, refund, REVIEW_AFTER_NO)

    def _settle(
        self,
        refund: Refund,
        settled: Update,
        now: int,
        told: Told,
        stray_change: _StrayChange | None,
        counted: Update | None = None,
    ) -> NotWritten | None:
        """Settle a refund, and change its order with it, both or neither.

        Args:
            refund: The refund.
            settled: What changes of it.
            now: By whose clock it is made.
            told: What is announced, where outcomes are.
            stray_change: What becomes of the charge with it, if that is a stray one. None: nothing.
            counted: What else changes of the order. Default: nothing.
        """
        of_stray = None if refund.stray is None else stray_change
        if of_stray is None and not self._announces:
            if counted is None:
                return self._written(refund, settled)
            return self._writes.update_both((refund.refund_id, settled), (refund.order_id, counted))
        for _ in range(_TRIES):
            order = self._orders.get(refund.order_id)
            if order is None:
                raise LookupError(f"the order of {refund.refund_id} is not in the table")
            changes = self._of_order(order, refund, now, told, of_stray)
            refused = self._writes.update_both(
                (refund.refund_id, settled),
                (refund.order_id, changes.also(counted or Update())),
            )
            if refused is None or refused.item is not None:
                return refused
            if of_stray is None and _is_as_read(order, refused):
                return refused
        raise TimeoutError(f"{refund.order_id} changed {_TRIES} times; it is stored later")

    def _of_order(
        self,
        order: Order,
        refund: Refund,
        now: int,
        told: Told,
        of_stray: _StrayChange | None,
    ) -> Update:
        """Return what changes of an order when its refund is settled, and what it owes then."""
        announcement = None
        if self._announces:
            kind, details = told
            attempt = None if refund.stray is None else attempt_in(refund.stray)
            announcement = Announcement.after(order, kind, now, attempt=attempt, **details)
        if of_stray is not None:
            assert refund.stray is not None
            return of_stray(
                order, refund.stray, now, shards=self._shards, announcement=announcement
            )
        assert announcement is not None
        found = found_while_owing(order, now, shards=self._shards)
        return found.also(owing(announcement))

    def _review(self, reason: str, refund: Refund, now: int) -> Update:
        shard = operation_review_shard(unsettled_shard(refund.refund_id, self._shards))
        return Update(
            set={"review_reason": reason, "unsettled_shard": shard, "unsettled_since": now},
            remove=["lease_expires_at"],
        )

    def _under_claim(
        self, refund: Refund, transition: Transition, changes: Update, now: int
    ) -> bool:
        taken = _taken(transition, now).also(_held(refund)).also(changes)
        return _is_done(self._written(refund, taken), refund, transition)

    def _written(self, refund: Refund, update: Update) -> NotWritten | None:
        """Write a refund alone; returns why it was not written."""
        written = self._writes.update(refund.refund_id, update)
        return written if isinstance(written, NotWritten) else None


def _taken(transition: Transition, now: int) -> Update:
    return transition_taken(transition, transition.to_state.value, now)


def _held(refund: Refund) -> Update:
    return Update(when=[CLAIM_EPOCH.equals(refund.claim_epoch)])


def _is_as_read(order: Order, refused: NotWritten) -> bool:
    """Whether a condition failed though the order, as it is stored, is still what was read."""
    item = refused.items[-1]
    stored = order_from_item(item) if item else None
    if stored is None or stored.event_ordinal != order.event_ordinal:
        return False
    return stored.unsettled_since == order.unsettled_since


def _refused(refusal: Refusal | None) -> Update:
    if refusal is None:
        return Update(remove=("refused_as", "refused_since"))
    return Update(set={"refused_as": refusal.reason, "refused_since": refusal.since})


def _stored(refused: NotWritten | None) -> Refund | None:
    return None if refused is None or refused.item is None else refund_from_item(refused.item)


def _is_done(refused: NotWritten | None, refund: Refund, transition: Transition) -> bool:
    """Whether it is written, by this try or by an earlier one whose answer was lost."""
    if refused is None:
        return True
    stored = _stored(refused)
    return (
        stored is not None
        and stored.status is transition.to_state
        and stored.claim_epoch == refund.claim_epoch
    )
