"""Refunds as events of the reconciler: ``{"refund": {...}}`` and ``{"settle_refund": {...}}``."""

from __future__ import annotations

from typing import Any

from checkout_runtime.application.place_refund import (
    NoSuchOrder,
    PlaceRefund,
    RefundAccepted,
    RefundMismatch,
    RefundPlacement,
    RefundRefused,
    RefundReplayed,
)
from checkout_runtime.application.reconcile_refunds import ReconcileRefunds
from checkout_runtime.application.settle_refund_by_verdict import (
    RefundVerdict,
    SettleRefundByVerdict,
)
from checkout_runtime.domain.fields import without_nulls
from checkout_runtime.domain.idempotency_key import parse_idempotency_key
from checkout_runtime.domain.identity import is_operation_id
from checkout_runtime.domain.record import as_dict
from checkout_runtime.domain.refund import Refund, RefundRequest
from checkout_runtime.domain.refund_request import parse_refund_request
from checkout_runtime.handlers.dependencies import orders
from checkout_runtime.handlers.operator_events import (
    given_object,
    given_order_id,
    given_text,
    is_dry_run,
    wrong_fields,
)

__all__ = ["answer_about_refunds"]


def answer_about_refunds(reconcile: ReconcileRefunds, event: dict[str, Any]) -> dict[str, Any]:
    """Ask for a refund, or settle one that needs an operator.

    ``refund`` is ``{"order_id", "key", "by", "amount", "charge_id", "reason", "dry_run"}``,
    ``settle_refund`` is ``{"refund_id", "refunded", "by", "why", "dry_run"}``. Unless ``dry_run``
    is false nothing is changed.

    Raises:
        ValueError: a field is missing, or its value is not allowed.
    """
    if not reconcile.settle.service.can_refund:
        why_not = "the payment service was not told how to refund: switch refunds on first"
        return _answer("refused", None, why_not)
    if "refund" in event:
        return _refund(reconcile, given_object(event["refund"], "refund"))
    return _settle(reconcile, given_object(event["settle_refund"], "settle_refund"))


def _refund(reconcile: ReconcileRefunds, asked: dict[str, Any]) -> dict[str, Any]:
    order_id = given_order_id(asked)
    key = parse_idempotency_key(str(asked.get("key") or ""))
    wanted = {name: asked.get(name) for name in ("amount", "charge_id", "reason")}
    request = parse_refund_request(without_nulls(wanted))
    if not isinstance(request, RefundRequest):
        raise wrong_fields(request)
    place = PlaceRefund(orders(), reconcile.refunds, reconcile.clock)
    is_dry = is_dry_run(asked)
    placed = (place.preview if is_dry else place)(
        order_id, key, request, asked_by=given_text(asked, "by")
    )
    return _told(placed, is_dry=is_dry)


def _told(placed: RefundPlacement, *, is_dry: bool) -> dict[str, Any]:
    match placed:
        case RefundAccepted(refund):
            return _answer("would refund" if is_dry else "accepted", refund)
        case RefundReplayed(refund):
            return _answer("asked for before", refund)
        case RefundMismatch(refund):
            return _answer("refused", refund, "the key is another refund of this order")
        case RefundRefused(order, why):
            detail = f"{why.value}: the order is {order.status.value}"
            return _answer("refused", None, f"{detail}, {order.left_to_refund} is left to refund")
        case NoSuchOrder():
            return _answer("refused", None, "no such order")


def _answer(done: str, refund: Refund | None, detail: str = "") -> dict[str, Any]:
    shown = None if refund is None else as_dict(refund) | {"status": refund.status.value}
    return {"done": done, "detail": detail, "refund": shown}


def _settle(reconcile: ReconcileRefunds, asked: dict[str, Any]) -> dict[str, Any]:
    refund_id, refunded = asked.get("refund_id"), asked.get("refunded")
    if not isinstance(refund_id, str) or not is_operation_id(refund_id):
        raise ValueError(f"refund_id {refund_id!r}: give one refund's id")
    if not isinstance(refunded, bool):
        raise ValueError("refunded: give true or false")
    settle = reconcile.settle
    by_verdict = SettleRefundByVerdict(
        reconcile.refunds, settle.outcomes, settle.service, settle.clock, settle.policy
    )
    verdict = RefundVerdict(refunded, given_text(asked, "by"), given_text(asked, "why"))
    is_dry = is_dry_run(asked)
    return as_dict(by_verdict(refund_id, verdict, dry_run=is_dry))
