"""Stripe's objects as it writes them: PaymentIntents, refunds, lists and errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checkout_runtime.adapters.http_exchange import HttpAnswer
from simulator.refund_ledger import KnownRefund

__all__ = ["HELD", "LOCKED", "Intent", "refund_fields", "refusal", "written", "written_page"]

HELD = "requires_capture"
_LISTED_AT_ONCE = 2
_REFUND_STATUSES = {
    "refunded": "succeeded",
    "refund_pending": "pending",
    "not_refunded": "failed",
}


@dataclass(slots=True)
class Intent:
    """A PaymentIntent."""

    name: str
    payment_key: str
    amount: int
    currency: str
    kind: str
    created: int
    is_manual: bool = False
    """Whether a confirmation holds the money, and a capture takes it."""
    held_until: int = 0
    status: str = "requires_confirmation"
    declines: int = 0
    received: int = 0
    charge_id: str | None = None
    secret_is_known: bool = False
    """Whether an answer to the checkout held the client secret as something to act on."""

    def fields(self, *, expanded: bool = False) -> dict[str, Any]:
        """The intent as Stripe writes it; ``expanded``: with its charge, and not with its id."""
        order_id, _, attempt = self.payment_key.partition(":")
        error = {"code": "card_declined", "decline_code": "insufficient_funds"}
        return {
            "id": self.name,
            "object": "payment_intent",
            "status": self.status,
            "amount": self.amount,
            "amount_received": self.received,
            "amount_capturable": self.amount if self.status == HELD else 0,
            "capture_method": "manual" if self.is_manual else "automatic",
            "currency": self.currency,
            "created": self.created // 1000,
            "latest_charge": self._charge() if expanded and self.charge_id else self.charge_id,
            "client_secret": f"{self.name}_secret",
            "next_action": None,
            "last_payment_error": error if self.declines else None,
            "metadata": {"order_id": order_id, "attempt": attempt},
        }

    def _charge(self) -> dict[str, Any]:
        before = {"capture_before": self.held_until // 1000} if self.is_manual else {}
        return {
            "id": self.charge_id,
            "object": "charge",
            "created": self.created // 1000,
            "payment_method_details": {"card": before},
        }


def refund_fields(refund: KnownRefund) -> dict[str, Any]:
    """The refund as Stripe writes it; its metadata is what the checkout sent."""
    return {
        "id": refund.reference,
        "object": "refund",
        "amount": refund.amount,
        "currency": "eur",
        "charge": refund.charge_id,
        "status": _REFUND_STATUSES[refund.status],
        "failure_reason": "charge_disputed" if refund.status == "not_refunded" else None,
        "created": refund.first_seen // 1000,
        "payment_intent": None,
        "metadata": {"refund_id": refund.key.partition(":")[0]},
    }


def written(intent: Intent, asked: Mapping[str, str]) -> HttpAnswer:
    """The intent, with what was asked to be written out."""
    expanded = "latest_charge" in asked.values()
    return HttpAnswer(200, json.dumps(intent.fields(expanded=expanded)).encode())


def written_page(
    url: str, listed: Sequence[dict[str, Any]], asked: Mapping[str, str]
) -> HttpAnswer:
    """The page of a list that was asked for."""
    if "starting_after" in asked:
        names = [each["id"] for each in listed]
        listed = listed[names.index(asked["starting_after"]) + 1 :]
    page = listed[:_LISTED_AT_ONCE]
    more = len(listed) > _LISTED_AT_ONCE
    found = {"object": "list", "url": url, "data": page, "has_more": more}
    return HttpAnswer(200, json.dumps(found).encode())


def refusal(status: int, **fields: str) -> HttpAnswer:
    kind = "card_error" if status == 402 else "invalid_request_error"
    return HttpAnswer(status, json.dumps({"error": {"type": kind, **fields}}).encode())


LOCKED = refusal(429, code="lock_timeout")
"""Another request holds the intent: one busy object, not an outage."""
