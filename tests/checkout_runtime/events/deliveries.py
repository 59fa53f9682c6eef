"""Events as EventBridge delivers them."""

from __future__ import annotations

from typing import Any

ORDER_ID = "ord_" + "a2" * 26
COMMON: dict[str, Any] = {
    "id": f"{ORDER_ID}#2",
    "version": 1,
    "ordinal": 2,
    "order_id": ORDER_ID,
    "attempt": 1,
    "amount": 4999,
    "currency": "EUR",
    "occurred_at": "2026-11-27T20:00:00.000Z",
    "correlation_id": "checkout-7",
}
OWN: dict[str, dict[str, Any]] = {
    "OrderPaid": {"charge_id": "ch_1", "captured_amount": 3000},
    "OrderDeclined": {"code": "no_funds"},
    "OrderCancelled": {"reason": "asked"},
    "OrderActionRequired": {"act_by": "2026-11-27T20:15:00.000Z"},
    "OrderNeedsReview": {"reason": "amount_mismatch", "charge_id": "ch_1"},
    "OrderDisputed": {"charge_id": "ch_1", "reason": "fraudulent"},
    "OrderRefunded": {
        "refund_id": "op_" + "b3" * 26,
        "charge_id": "ch_1",
        "refunded_amount": 1200,
    },
    "RefundFailed": {"refund_id": "op_" + "b3" * 26, "reason": "card_closed"},
    "OrderAuthorized": {"charge_id": "hold_1", "capture_before": "2026-12-04T20:00:00.000Z"},
    "OrderCaptureDue": {"charge_id": "hold_1", "capture_before": "2026-12-04T20:00:00.000Z"},
}
"""The own fields of an event of each kind."""


def detail(kind: str = "OrderPaid", **changes: Any) -> dict[str, Any]:
    """What an event says; a change to None leaves the field out."""
    fields = COMMON | OWN.get(kind, {}) | changes
    return {name: value for name, value in fields.items() if value is not None}


def delivered(kind: str = "OrderPaid", **changes: Any) -> dict[str, Any]:
    """An event as a rule hands it to its target (EventBridge user guide, "Event structure")."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": kind,
        "source": "idempotent-checkout",
        "account": "111122223333",
        "time": "2026-11-27T20:00:01Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": detail(kind, **changes),
    }
