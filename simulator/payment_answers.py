"""What the payment service says of what it knows, in the words of docs/guide/payment-http.md."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from checkout_runtime.adapters.event_fields import event_time
from checkout_runtime.adapters.http_exchange import HttpAnswer
from simulator.refund_ledger import KnownRefund
from simulator.traits import Traits

__all__ = ["Answers", "Intent", "word", "written"]

_BARE = (400, 404, 422)


@dataclass(slots=True)
class Intent:
    """What the service knows under one key."""

    first_seen: int
    order_id: str
    amount: int
    currency: str
    kind: str
    status: str = "new"
    charge_id: str = ""
    hold_id: str = ""
    requests: int = 0
    is_to_be_held: bool = False
    held_until: int = 0
    replays_failure: bool = False
    history: list[tuple[int, str]] = field(default_factory=list)
    """When it came into which status."""


class Answers:
    """What a service of these traits says."""

    def __init__(self, traits: Traits) -> None:
        self._traits = traits

    def refusal(self, order_id: str) -> HttpAnswer:
        """A request that is refused as a request, in words or by a status alone."""
        if self._traits.speaks:
            return word(400, status="not_charged", code="invalid_payment_method")
        return word(_BARE[len(order_id.strip("a")) % len(_BARE)], error="invalid_payment_method")

    def about(self, intent: Intent, status: str | None = None) -> HttpAnswer:
        """What is to be said of a payment, as it is or as it was in a status."""
        match status or intent.status:
            case "captured":
                return self.captured(intent.charge_id, intent.amount, intent.currency)
            case "authorized":
                return self._authorized(intent)
            case "declined":
                return word(402, status="declined", code="insufficient_funds")
            case "action_required":
                page = "https://bank.example/"
                return word(200, status="action_required", action_url=page)
            case "processing":
                return word(202, status="processing")
            case "cancelled":
                return word(200, status="cancelled")
        raise AssertionError(intent.status)

    def captured(self, charge_id: str, amount: int, currency: str) -> HttpAnswer:
        """The proof of a capture."""
        spelled = self.spelled(currency)
        said = {"status": "captured", "charge_id": charge_id, "amount": amount, "currency": spelled}
        return written(200, said)

    def _authorized(self, intent: Intent) -> HttpAnswer:
        said = {
            "status": "authorized",
            "charge_id": intent.hold_id,
            "amount": intent.amount,
            "currency": self.spelled(intent.currency),
            "capture_before": event_time(intent.held_until),
        }
        return written(200, said)

    def about_refund(self, refund: KnownRefund, status: str) -> HttpAnswer:
        """What is to be said of a refund in a status."""
        if status == "not_refunded":
            return word(402, status="not_refunded", code="charge_disputed")
        said = {"status": status, "refund_id": refund.reference, "amount": refund.amount}
        currency = self.spelled("EUR")
        return written(202 if status == "refund_pending" else 200, {**said, "currency": currency})

    def spelled(self, currency: str) -> str:
        """The currency as this service spells it."""
        return currency.lower() if self._traits.small_letters else currency


def word(http_status: int, /, **fields: str) -> HttpAnswer:
    """A word, and what goes with it."""
    return written(http_status, fields)


def written(status: int, fields: dict[str, Any]) -> HttpAnswer:
    """Any other fields."""
    return HttpAnswer(status, json.dumps(fields).encode())
