"""What came of refunds, on DynamoDB: the refund, and with it what its order has left."""

from __future__ import annotations

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.claim_update import CLAIM_EPOCH, claim_uncounted
from checkout_runtime.adapters.conditional_updates import transition_taken
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.dynamodb_refunds import taken_off
from checkout_runtime.adapters.item_update import Attribute, Update, Value
from checkout_runtime.adapters.item_writes import ItemWrites, NotWritten
from checkout_runtime.adapters.operator_verdicts import stray_refunded
from checkout_runtime.adapters.refund_item import (
    operation_processing_shard,
    operation_review_shard,
    refund_from_item,
)
from checkout_runtime.application.order_records import Refusal
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded
from checkout_runtime.domain.refund_transitions import (
    NOT_REFUND,
    PROCESS_REFUND,
    REFUND,
    REFUND_AFTER_ALL,
    REFUND_UNKNOWN,
    REVIEW_REFUND,
    VERDICT_NOT_REFUNDED,
    VERDICT_REFUNDED,
)
from checkout_runtime.domain.transitions import Transition

__all__ = ["DynamoDbRefundOutcomes"]

_NOT_OPEN = ("unsettled_shard", "unsettled_since", "lease_expires_at", "review_reason")
_REFUNDABLE = Attribute("refundable")
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
        """Store proof; no claim is needed. A stray charge then leaves its order's strays."""
        proof = Update(set={"reference": refunded.reference, "settled_at": now}, remove=_NOT_OPEN)
        refused = self._refund(refund, _taken(REFUND, now).also(proof), now)
        stored = _stored(refused)
        if stored is None or stored.status is not RefundStatus.NOT_REFUNDED:
            return True
        after_all = _taken(REFUND_AFTER_ALL, now).also(proof)
        if refund.stray is not None:
            return self._refund(refund, after_all, now) is None
        counted = (refund.order_id, taken_off(refund))
        if self._writes.update_both((refund.refund_id, after_all), counted) is None:
            return True
        known = Update(set={"reference": refunded.reference})
        review = self._review("refunded_after_all", refund, now).also(known)
        self._writes.update(refund.refund_id, _taken(REVIEW_REFUND, now).also(review))
        return False

    def record_not_refunded(self, refund: Refund, answer: NotRefunded, now: int) -> bool:
        """Store a known no, and give the amount back to the order, both or neither.

        A stray charge that was refunded before has left its order's strays all the same.
        """
        failed = _taken(NOT_REFUND, now).also(_held(refund))
        failed = failed.also(Update(set={"code": answer.code, "settled_at": now}, remove=_NOT_OPEN))
        if refund.stray is not None and answer.already_refunded:
            refused = self._refund(refund, failed, now)
        else:
            back = (refund.order_id, _given_back(refund))
            refused = self._writes.update_both((refund.refund_id, failed), back)
        return _is_done(refused, refund, NOT_REFUND)

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
        return self._under_claim(refund, REVIEW_REFUND, review, now)

    def settle_by_verdict(
        self, refund: Refund, *, refunded: bool, by: str, why: str, now: int
    ) -> bool:
        """Store an operator's verdict about a refund in review as ``refund`` shows it."""
        transition = VERDICT_REFUNDED if refunded else VERDICT_NOT_REFUNDED
        given: dict[str, Value] = {"verdict_by": by, "verdict_why": why, "verdict_at": now}
        given |= {"settled_at": now}
        if not refunded:
            given |= {"code": "not_refunded_by_operator"}
        settled = _taken(transition, now).also(_held(refund))
        settled = settled.also(Update(set=given, remove=_NOT_OPEN))
        if refunded:
            refused = self._refund(refund, settled, now)
        else:
            back = (refund.order_id, _given_back(refund))
            refused = self._writes.update_both((refund.refund_id, settled), back)
        return _is_done(refused, refund, transition)

    def _refund(self, refund: Refund, settled: Update, now: int) -> NotWritten | None:
        """Settle a refund whose money is back; its stray charge leaves the order with it."""
        if refund.stray is None:
            written = self._writes.update(refund.refund_id, settled)
            return written if isinstance(written, NotWritten) else None
        refused: NotWritten | None = None
        for _ in range(_TRIES):
            order = self._orders.get(refund.order_id)
            if order is None:
                raise LookupError(f"the order of {refund.refund_id} is not in the table")
            gone = stray_refunded(
                order, refund.stray, now, shards=self._shards, announces=self._announces
            )
            refused = self._writes.update_both((refund.refund_id, settled), (refund.order_id, gone))
            if refused is None or refused.item is not None:
                return refused
        raise TimeoutError(f"{refund.order_id} changed {_TRIES} times; the proof is stored later")

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
        written = self._writes.update(refund.refund_id, taken)
        refused = written if isinstance(written, NotWritten) else None
        return _is_done(refused, refund, transition)


def _taken(transition: Transition, now: int) -> Update:
    return transition_taken(transition, transition.to_state.value, now)


def _held(refund: Refund) -> Update:
    return Update(when=[CLAIM_EPOCH.equals(refund.claim_epoch)])


def _given_back(refund: Refund) -> Update:
    if refund.stray is not None:
        return Update(delete={"refunding_strays": frozenset({refund.stray})})
    return Update(set={"refundable": _REFUNDABLE.plus(refund.amount)}, when=[_REFUNDABLE.exists()])


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
