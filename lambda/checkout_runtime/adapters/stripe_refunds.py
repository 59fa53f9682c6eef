"""What is asked of Stripe about refunds.

A refund is made under its own idempotency key, which Stripe forgets after a day, and carries its id
in its metadata, which Stripe never forgets: the charge's refunds are listed to find it again.
https://docs.stripe.com/api/refunds
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.answered_values import code_of, refunded_of
from checkout_runtime.adapters.stripe_amounts import from_stripe, to_stripe
from checkout_runtime.adapters.stripe_intent import UnreadableIntentError
from checkout_runtime.adapters.stripe_refusals import REFUSED, is_final, refusal_code
from checkout_runtime.domain.fields import is_name
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    RefundAnswer,
    RefundLookUp,
    RefundPending,
)

__all__ = ["look_up_refund", "request_refund"]

_ALREADY_REFUNDED = "charge_already_refunded"
_REFUNDS_A_PAGE = 100
"""Stripe's largest page."""
_MOST_PAGES = 20
"""More refunds of one charge than anybody makes: a list without an end is an unreadable one."""
_ENDED = ("failed", "canceled")
_WAITING = ("pending", "requires_action")


def request_refund(refunds: Any, refund: Refund) -> RefundAnswer:
    """Make the refund, once; ``refunds`` is the SDK's service."""
    amount = to_stripe(refund.amount, refund.currency)
    if amount is None:
        return NotRefunded("amount_not_representable")
    asked = {
        "charge": refund.charge_id,
        "amount": amount,
        "metadata": {"order_id": refund.order_id, "refund_id": refund.refund_id},
    }
    try:
        made = refunds.create(asked, {"idempotency_key": refund.payment_key})
    except REFUSED as refusal:
        if not is_final(refusal):
            raise
        code = refusal_code(refusal)
        return NotRefunded(code, already_refunded=code == _ALREADY_REFUNDED)
    return _answer_of(_refund_in(made.to_dict(), refund))


def look_up_refund(refunds: Any, refund: Refund) -> RefundLookUp:
    """Find the refund among those of its charge; its key may be forgotten long ago."""
    asked: dict[str, Any] = {"charge": refund.charge_id, "limit": _REFUNDS_A_PAGE}
    for _ in range(_MOST_PAGES):
        page = refunds.list(asked).to_dict()
        listed, more = list(page["data"]), page["has_more"]
        if not isinstance(more, bool):
            raise UnreadableIntentError("refunds_without_end")
        for each in listed:
            if (each.get("metadata") or {}).get("refund_id") == refund.refund_id:
                return _answer_of(_refund_in(each, refund))
        if not more:
            return NotFound()
        asked = {**asked, "starting_after": listed[-1]["id"]}
    raise UnreadableIntentError("refunds_without_end")


def _refund_in(made: Any, refund: Refund) -> Mapping[str, Any]:
    """Return the refund in an answer.

    Raises:
        UnreadableIntentError: it is something else, or another refund: a proxy mixed answers up.
    """
    if made.get("object") != "refund" or not is_name(made.get("id")):
        raise UnreadableIntentError("no_refund")
    is_ours = (made.get("metadata") or {}).get("refund_id") == refund.refund_id
    if not is_ours or made.get("charge") != refund.charge_id:
        raise UnreadableIntentError("another_refund")
    found: Mapping[str, Any] = made
    return found


def _answer_of(made: Mapping[str, Any]) -> RefundAnswer:
    status = made.get("status")
    if status == "succeeded":
        said = refunded_of(made["id"], made.get("amount"), made.get("currency"))
        amount = None if said is None else from_stripe(said.amount, said.currency)
        if said is None or amount is None:
            return Unknown("refund_succeeded_unreadable", without_word=True)
        return replace(said, amount=amount)
    if status in _WAITING:
        return RefundPending(made["id"])
    if status in _ENDED:
        return NotRefunded(code_of(made.get("failure_reason"), otherwise=str(status)))
    return Unknown(f"refund_{code_of(status, otherwise='unreadable')}", later=True)
