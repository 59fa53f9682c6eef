"""An operator's verdict on DynamoDB: one conditional update of the order as the operator saw it."""

from checkout_runtime.adapters.conditional_updates import (
    ATTEMPT,
    CLAIM_EPOCH,
    STATUS,
    ConditionalUpdates,
)
from checkout_runtime.adapters.item_update import Attribute, Condition, Update
from checkout_runtime.adapters.order_history import history_key, remembered
from checkout_runtime.adapters.order_item import captured_part, of_attempt, review_shard
from checkout_runtime.adapters.owed_announcements import (
    found_while_owing,
    leaving_the_index,
    owing,
)
from checkout_runtime.application.order_records import Changed, NotChanged, Verdict, VerdictKind
from checkout_runtime.domain.announcement import (
    ORDER_CANCELLED,
    ORDER_DECLINED,
    ORDER_PAID,
    Announcement,
)
from checkout_runtime.domain.charge_proof import attempt_in, charge_in, sum_in
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.transitions import (
    CANCEL_REVIEWED,
    STRAYS_REFUNDED,
    VERDICT_DECLINED,
    VERDICT_PAID,
    CancelReason,
)

__all__ = ["DECLINED_BY_OPERATOR", "settle_by_verdict", "stray_refunded"]

DECLINED_BY_OPERATOR = "declined_by_operator"
"""The decline code of an order that an operator declined."""
STRAY_REFUNDED = "stray_refunded"
"""The review reason that is left where the last stray charge, or the order's, was refunded."""
_STRAYS, _REFUNDED = "stray_charges", "refunded_charges"
_REFUNDING = "refunding_strays"


def settle_by_verdict(
    updates: ConditionalUpdates,
    order: Order,
    verdict: Verdict,
    now: int,
    *,
    proofs: frozenset[str],
    shards: int,
) -> Changed | NotChanged:
    """Store a verdict, unless the order is no longer as ``order`` shows it.

    The stray charge that the verdict names is taken off the order; a refunded one is kept among the
    refunded, and so are ``proofs`` of one that is no stray. While other strays are left, the order
    stays in the review partition of the index.
    """
    strays = order.strays_of(verdict.charge_id)
    is_last = strays == order.stray_charges
    review_is_over = _review_is_over(order, now, shards=shards, announces=updates.announces)
    verdict_given = Update(
        set={"verdict_by": verdict.by, "verdict_why": verdict.why, "verdict_at": now},
        delete={_STRAYS: strays} if strays else {},
        when=(
            ATTEMPT.equals(order.attempt),
            CLAIM_EPOCH.equals(order.claim_epoch),
            _is_still(_STRAYS, order.stray_charges),
            _is_still(_REFUNDED, order.refunded_charges),
            # A charge that is being given back pays nothing.
            _is_still(_REFUNDING, order.refunding_strays),
        ),
    )
    if verdict.kind is VerdictKind.REFUNDED_ELSEWHERE:
        refunded = Update(
            add={_REFUNDED: strays | proofs}, when=[STATUS.equals(order.status)]
        ).also(_after_refund(order, review_is_over, is_last=is_last))
        return updates.update(order.order_id, verdict_given.also(refunded))
    if verdict.kind is VerdictKind.PAID:
        transition = VERDICT_PAID
        part = _part_captured(order, proofs)
        outcome = Update(set={"charge_id": verdict.charge_id, "paid_at": now})
        if part is not None:
            outcome = outcome.also(captured_part(part))
        paying = max(map(attempt_in, strays), default=order.attempt)
        announcement = Announcement.after(
            order,
            ORDER_PAID,
            now,
            attempt=paying,
            charge_id=verdict.charge_id,
            captured_amount=part,
        )
    else:
        transition = CANCEL_REVIEWED if order.is_to_be_cancelled else VERDICT_DECLINED
        outcome = _no_money(order, DECLINED_BY_OPERATOR)
        announcement = _told_of_no_money(order, DECLINED_BY_OPERATOR, now)
    if is_last:
        review = review_is_over
    else:
        shard = review_shard(unsettled_shard(order.order_id, shards))
        review = Update(set={"unsettled_shard": shard}, remove=["claim_id"])
    over = Update(remove=("lease_expires_at", "action_url"))
    return updates.apply(
        order.order_id,
        transition,
        verdict_given.also(outcome).also(over).also(review),
        history_key=history_key(transition.to_state, order.attempt),
        now=now,
        announcement=announcement,
    )


def stray_refunded(
    order: Order, proof: str, now: int, *, shards: int, announcement: Announcement | None
) -> Update:
    """Return the update by which a stray charge that was refunded leaves the order.

    The last one closes the review: a paid order stays paid. Else the order is declined, or
    cancelled where somebody asked for that, if the attempt was declined or captured by nothing but
    this charge; if more may come of the attempt, it awaits a verdict. ``announcement``: of the
    refund; None where nothing is announced. What the order becomes is announced after it.
    """
    owed: list[Announcement] = [] if announcement is None else [announcement]
    strays = order.strays_of(charge_in(proof))
    gone = Update(
        delete={_REFUNDING: frozenset({proof})},
        when=(
            STATUS.equals(order.status),
            ATTEMPT.equals(order.attempt),
            _is_still(_STRAYS, order.stray_charges),
        ),
    )
    if owed:
        gone = gone.also(found_while_owing(order, now, shards=shards))
    if not strays:
        # An operator said that it was refunded elsewhere.
        return gone.also(owing(*owed)) if owed else gone
    gone = gone.also(Update(add={_REFUNDED: strays})).also(Update(delete={_STRAYS: strays}))
    review_is_over = _review_is_over(order, now, shards=shards, announces=bool(owed))
    is_last = strays == order.stray_charges
    is_over = order.decline_code is not None or attempt_in(proof) == order.attempt
    if is_last and is_over and order.status is OrderStatus.NEEDS_REVIEW:
        code = order.decline_code or STRAY_REFUNDED
        ends_as = CANCEL_REVIEWED if order.is_to_be_cancelled else STRAYS_REFUNDED
        key = history_key(ends_as.to_state, order.attempt)
        ended = Update(
            set={"status": ends_as.to_state}, remove=("lease_expires_at", "action_url")
        ).also(_no_money(order, code))
        if owed:
            told = _told_of_no_money(order, code, now)
            owed.append(replace(told, ordinal=told.ordinal + 1))
        left = ended.also(review_is_over).also(remembered(key, now))
    else:
        left = _after_refund(order, review_is_over, is_last=is_last)
    gone = gone.also(left)
    return gone.also(owing(*owed)) if owed else gone


def _part_captured(order: Order, proofs: frozenset[str]) -> int | None:
    """Return how much of a hold was captured, where that is not all.

    Where nothing proves it, no more than was asked for.
    """
    paying = filter(order.may_be_paid_by, proofs)
    amount = max((sum_in(each)[0] for each in paying), default=order.capture_amount)
    return None if amount == order.amount else amount


def _no_money(order: Order, code: str) -> Update:
    """Return what else changes of an order that is declined, or cancelled if it was asked for."""
    codes = dict.fromkeys(("decline_code", of_attempt(order.attempt, "code")), code)
    if not order.is_to_be_cancelled:
        return Update(set=codes)
    return Update(set={**codes, "cancel_reason": order.cancel_reason or CancelReason.ASKED})


def _told_of_no_money(order: Order, code: str, now: int) -> Announcement:
    if not order.is_to_be_cancelled:
        return Announcement.after(order, ORDER_DECLINED, now, code=code)
    reason = order.cancel_reason or CancelReason.ASKED
    return Announcement.after(order, ORDER_CANCELLED, now, reason=reason)


def _review_is_over(order: Order, now: int, *, shards: int, announces: bool) -> Update:
    left = leaving_the_index(order, now, shards=shards, announces=announces)
    return left.also(Update(remove=["review_reason"]))


def _is_still(name: str, charges: frozenset[str]) -> Condition:
    return Attribute(name).equals(charges) if charges else Attribute(name).is_absent()


def _after_refund(order: Order, review_is_over: Update, *, is_last: bool) -> Update:
    """Return what else changes: a paid order leaves the review, one in it awaits its verdict."""
    if not is_last:
        return Update()
    if order.status is OrderStatus.PAID:
        return review_is_over
    if order.status is OrderStatus.NEEDS_REVIEW:
        return Update(set={"review_reason": STRAY_REFUNDED})
    return Update()
