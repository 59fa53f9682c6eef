"""What came of refunds, on DynamoDB: the refund, and with it what its order has left."""

from __future__ import annotations

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.claim_update import claim_uncounted
from checkout_runtime.adapters.dynamodb_refunds import (
    given_back,
    of_what_it_became,
    pays_nothing,
    taken_off,
    taken_off_anyway,
)
from checkout_runtime.adapters.item_update import Attribute, Update, Value
from checkout_runtime.adapters.operator_verdicts import stray_refunded
from checkout_runtime.adapters.refund_item import (
    operation_processing_shard,
    operation_review_shard,
)
from checkout_runtime.adapters.refund_updates import (
    RefundUpdates,
    is_done,
    refund_held,
    refund_taken,
    stored_refund,
    told_of_failure,
    told_of_success,
)
from checkout_runtime.adapters.stray_charges import stray_returned
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
    RETURN_REFUND,
    REVIEW_AFTER_NO,
    REVIEW_REFUND,
    VERDICT_NOT_REFUNDED,
    VERDICT_REFUNDED,
)

__all__ = ["DynamoDbRefundOutcomes"]

_NOT_OPEN = ("unsettled_shard", "unsettled_since", "lease_expires_at", "review_reason")
_BY_OPERATOR = "not_refunded_by_operator"
"""The code of a refund of which an operator says that no money went back."""
_AFTER_ALL = "refunded_after_all"
"""The review reason of a refund that went back though less than that was left."""


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
        self._updates = RefundUpdates(dynamodb, table_name, shards, announces=announces)
        self._shards = shards

    def record_refunded(self, refund: Refund, refunded: Refunded, now: int) -> bool | Refund:
        """Store proof; no claim is needed. A stray charge then leaves its order's strays.

        The same proof once more does not close the review that it opened. Nor does it undo a no
        that was stored since its question: a worker may have slept with it while the bank returned
        the money.
        """
        proof = Update(set={"reference": refunded.reference, "settled_at": now}, remove=_NOT_OPEN)
        is_no_news = Attribute("review_reason").equals(_AFTER_ALL)
        refunded_now = refund_taken(REFUND, now).also(proof).also(Update(when=[~is_no_news]))
        told = told_of_success(refund)
        refused = self._updates.settle(refund, refunded_now, now, told, stray_refunded)
        stored = stored_refund(refused)
        if stored is None or stored.status is not RefundStatus.NOT_REFUNDED:
            return stored is None or stored.status is not RefundStatus.NEEDS_REVIEW
        if stored.settled_at != refund.settled_at:
            return stored
        refund = of_what_it_became(self._updates.orders, refund)
        after_all = refund_taken(REFUND_AFTER_ALL, now).also(proof)
        counted = taken_off(refund) if refund.stray is None else pays_nothing(refund)
        refused = self._updates.settle(refund, after_all, now, told, stray_refunded, counted)
        if refused is None or refund.stray is not None:
            return refused is None
        known = Update(set={"reference": refunded.reference})
        self._review_after_no(refund, self._review(_AFTER_ALL, refund, now).also(known), now)
        return False

    def record_not_refunded(self, refund: Refund, answer: NotRefunded, now: int) -> bool:
        """Store a known no, and give the amount back to the order, both or neither.

        A stray charge that was refunded before has left its order's strays all the same.
        """
        failed = refund_taken(NOT_REFUND, now).also(refund_held(refund))
        failed = failed.also(Update(set={"code": answer.code, "settled_at": now}, remove=_NOT_OPEN))
        told = told_of_failure(refund, answer.code)
        is_back = refund.stray is not None and answer.already_refunded
        change, counted = (stray_refunded, None) if is_back else (None, given_back(refund))
        refused = self._updates.settle(refund, failed, now, told, change, counted)
        return is_done(refused, refund, NOT_REFUND)

    def record_returned(self, refund: Refund, answer: NotRefunded, now: int) -> bool:
        """Store that a refund which had succeeded failed later, and give its amount back."""
        refund = of_what_it_became(self._updates.orders, refund)
        # Of two that read it at once, one stores this; neither undoes what came after it.
        as_seen = Update(when=[Attribute("settled_at").equals(refund.settled_at or 0)])
        returned = refund_taken(RETURN_REFUND, now).also(as_seen)
        returned = returned.also(Update(set={"code": answer.code, "settled_at": now}))
        told = told_of_failure(refund, answer.code)
        counted = None if refund.stray is not None else given_back(refund)
        refused = self._updates.settle(refund, returned, now, told, stray_returned, counted)
        return is_done(refused, refund, RETURN_REFUND)

    def record_unknown(
        self, refund: Refund, now: int, *, refusal: Refusal | None = None, uncounted: bool = False
    ) -> bool:
        """Store that the payment service may have refunded; False if the claim is lost."""
        unknown = Update(remove=["lease_expires_at"]).also(_refused(refusal))
        if uncounted:
            unknown = unknown.also(claim_uncounted(refund.attempt_claims))
        return self._updates.under_claim(refund, REFUND_UNKNOWN, unknown, now)

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
        return self._updates.under_claim(refund, PROCESS_REFUND, processing, now)

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
            return self._review_after_no(refund, review.also(refund_held(refund)), now)
        return self._updates.under_claim(refund, REVIEW_REFUND, review, now)

    def settle_by_verdict(
        self, refund: Refund, *, refunded: bool, by: str, why: str, now: int
    ) -> bool:
        """Store an operator's verdict about a refund in review as ``refund`` shows it."""
        transition = VERDICT_REFUNDED if refunded else VERDICT_NOT_REFUNDED
        given: dict[str, Value] = {"verdict_by": by, "verdict_why": why, "verdict_at": now}
        given |= {"settled_at": now}
        if not refunded:
            given |= {"code": _BY_OPERATOR}
        settled = refund_taken(transition, now).also(refund_held(refund))
        settled = settled.also(Update(set=given, remove=_NOT_OPEN))
        told = told_of_success(refund) if refunded else told_of_failure(refund, _BY_OPERATOR)
        taken = of_what_it_became(self._updates.orders, refund)
        change, counted = (stray_refunded, None) if refunded else (None, given_back(taken))
        refused = self._updates.settle(refund, settled, now, told, change, counted)
        return is_done(refused, refund, transition)

    def _review_after_no(self, refund: Refund, review: Update, now: int) -> bool:
        """Call an operator for money that went back although its amount was given to the order
        again: it is taken off once more with that, as of every refund in review."""
        taken = refund_taken(REVIEW_AFTER_NO, now).also(review)
        counted = taken_off_anyway(of_what_it_became(self._updates.orders, refund))
        refused = self._updates.both(refund, taken, counted)
        if refused is not None:
            # The stray charge was given back by other means: nothing is left of it to take off.
            refused = self._updates.alone(refund, taken)
        return is_done(refused, refund, REVIEW_AFTER_NO)

    def _review(self, reason: str, refund: Refund, now: int) -> Update:
        shard = operation_review_shard(unsettled_shard(refund.refund_id, self._shards))
        return Update(
            set={"review_reason": reason, "unsettled_shard": shard, "unsettled_since": now},
            remove=["lease_expires_at"],
        )


def _refused(refusal: Refusal | None) -> Update:
    if refusal is None:
        return Update(remove=("refused_as", "refused_since"))
    return Update(set={"refused_as": refusal.reason, "refused_since": refusal.since})
