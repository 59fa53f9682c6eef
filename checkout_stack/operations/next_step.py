"""What an operator does about an order, by what the table and the payment service say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checkout_stack.operations.look_up import LookUp
from checkout_stack.operations.review_reasons import review_step
from checkout_stack.operations.stored_orders import StoredOrder

_BY_STATE = {
    "PENDING": "nothing, unless it is minutes old: the relay sends it, the reconciler sends again",
    "CHARGING": "nothing: a worker has it, or its lease ends soon and another takes it",
    "UNKNOWN": "nothing for minutes; then see the payment service and docs/operate/runbooks",
    "ACTION_REQUIRED": "nothing: the buyer has to confirm; the attempt is abandoned at the "
    "deadline",
    "PROCESSING": "nothing: the payment service decides in hours or days, and it is looked up",
    "AUTHORIZED": "nothing: the money is held; `checkout orders capture {id}` takes it, "
    "`checkout orders cancel {id}` lets it go",
    "PAID": "nothing: the order is paid",
    "CANCELLED": "nothing: the order was given up before anything was captured",
}
STATES = (*_BY_STATE, "DECLINED", "NEEDS_REVIEW")
_CAPTURE_REFUSED = (
    "the payment service refused to capture what it holds ({code}): see there why, then ask again, "
    "`checkout orders capture {id}`, or let it go, `checkout orders cancel {id}`"
)
_NEWER = (
    "a later version of the checkout wrote this state: use that version's `checkout` command, and "
    "do not deploy an older one"
)


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do."""

    text: str
    needs_operator: bool
    """Whether the order is not in order by itself."""


def next_step(
    order: StoredOrder, look_up: LookUp, *, attempt_limit: int | None, has_letter: bool
) -> NextStep:
    """Say what to do about an order.

    :param attempt_limit: Payment attempts that it may have; None if that is not known.
    :param has_letter: Whether a dead letter names it.
    """
    by_table = _by_table(order, attempt_limit, has_letter=has_letter)
    if look_up.contradiction is not None:
        return NextStep(look_up.what_to_do or by_table, needs_operator=True)
    if look_up.problem is not None:
        return NextStep(
            f"mend the look-up and ask again. By the table alone: {by_table}", needs_operator=True
        )
    if order.needs_operator:
        return NextStep(look_up.what_to_do or by_table, needs_operator=True)
    if order.is_open or look_up.confirms(order.status):
        return NextStep(look_up.what_to_do or by_table, needs_operator=False)
    return NextStep(
        f"by the table alone, as the payment service does not confirm it: {by_table}",
        needs_operator=look_up.may_be_asked,
    )


def with_refunds(step: NextStep, refunds: Sequence[Mapping[str, Any]]) -> NextStep:
    """Say first which refunds of the order need an operator, if any do.

    :param refunds: As ``stored_orders.refunds_of`` returns them.
    """
    in_review = [each for each in refunds if each["status"] == "NEEDS_REVIEW"]
    if not in_review:
        return step
    text = "; ".join(
        f"{each['refund_id']} needs an operator ({each['review_reason']}): see at the payment "
        f"service whether it went back, then `checkout orders settle-refund {each['refund_id']} "
        "--refunded --why …` or `--not-refunded --why …`"
        for each in in_review
    )
    return NextStep(f"{text}. The order: {step.text}", needs_operator=True)


def _by_table(order: StoredOrder, attempt_limit: int | None, *, has_letter: bool) -> str:
    if order.status == "NEEDS_REVIEW":
        was_declined = order.text("decline_code") is not None
        return review_step(order.text("review_reason"), order.order_id, was_declined=was_declined)
    if order.strays:
        by_hand = f"`checkout orders settle {order.order_id} --refunded-elsewhere CHARGE --why …`"
        return (
            "refund each stray charge, as the order did not ask for it: "
            f"`checkout orders refund {order.order_id} --charge CHARGE`, or at the payment "
            f"service, then {by_hand}"
        )
    if has_letter and order.status in ("PENDING", "UNKNOWN"):
        return "once the payment service is back: `checkout dlq redrive`"
    if order.status == "DECLINED":
        return _declined(order.attempt, attempt_limit)
    refused_as = order.text(f"attempt_{order.attempt}_capture_refused_as")
    if order.status == "AUTHORIZED" and refused_as is not None:
        return _CAPTURE_REFUSED.format(code=refused_as, id=order.order_id)
    return _BY_STATE.get(order.status, _NEWER).format(id=order.order_id)


def _declined(attempt: int, limit: int | None) -> str:
    if limit is None:
        return (
            "nothing: the buyer may pay by other means, unless all payment attempts are used (no "
            "function of this stack says how many there are)"
        )
    if attempt >= limit:
        return f"nothing: all {limit} payment attempts are used; the buyer may place a new order"
    return f"nothing: the buyer may pay by other means, {limit - attempt} times at most"
