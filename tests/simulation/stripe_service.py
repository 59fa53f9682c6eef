"""Stripe as far as a checkout uses it, and at its worst: it ignores idempotency keys.

Every request to make an intent makes one. An intent captures once; one that was declined can be
confirmed again, and then captures; one that was cancelled can not. docs/payment-stripe.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from checkout_runtime.adapters.http_exchange import HttpAnswer
from tests.simulation.payment_service import Charge, Traits

__all__ = ["StripeModel"]

_CANCELLABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_CONFIRMABLE = ("requires_payment_method", "requires_confirmation")


@dataclass(slots=True)
class _Intent:
    """A PaymentIntent."""

    name: str
    payment_key: str
    amount: int
    currency: str
    payment_method: str
    status: str = "requires_confirmation"
    declines: int = 0
    received: int = 0
    charge_id: str | None = None

    def answer(self) -> HttpAnswer:
        """The intent as Stripe writes it."""
        error = {"code": "card_declined", "decline_code": "insufficient_funds"}
        order_id, _, attempt = self.payment_key.rpartition(":")
        fields = {
            "id": self.name,
            "object": "payment_intent",
            "status": self.status,
            "amount": self.amount,
            "amount_received": self.received,
            "currency": self.currency,
            "metadata": {"order_id": order_id, "attempt": attempt},
            "latest_charge": self.charge_id,
            "client_secret": f"{self.name}_secret",
            "next_action": None,
            "last_payment_error": error if self.declines else None,
        }
        return HttpAnswer(200, json.dumps(fields).encode())


@dataclass(slots=True)
class StripeModel:
    """Decides by the payment method: ok, wrong (amount), declined, action or refused."""

    traits: Traits
    now: Callable[[], int]
    on_charge: Callable[[Charge], None]
    ledger: list[Charge] = field(default_factory=list)
    _intents: dict[str, _Intent] = field(default_factory=dict)

    def handle(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Any:
        """Carry one request out and return its answer."""
        place = urlsplit(url).path.removeprefix("/v1/payment_intents").strip("/").split("/")
        if place == [""]:
            return self._create(dict(parse_qsl((body or b"").decode())))
        intent = self._intents[place[0]]
        if method == "GET":
            return intent.answer()
        return {"confirm": self._confirm, "cancel": self._cancel}[place[1]](intent)

    def buyer_acts(self, payment_key: str) -> None:
        """The buyer confirms (3-D Secure), unless it is too late."""
        for intent in self._of(payment_key):
            if intent.status == "requires_action":
                self._capture(intent)

    def waits_for_buyer(self, payment_key: str) -> bool:
        """Whether the buyer is asked to act."""
        return any(intent.status == "requires_action" for intent in self._of(payment_key))

    def _of(self, payment_key: str) -> list[_Intent]:
        return [each for each in self._intents.values() if each.payment_key == payment_key]

    def _create(self, asked: dict[str, str]) -> HttpAnswer:
        if asked["payment_method"].startswith("refused"):
            return _refusal(400, param="payment_method", code="resource_missing")
        name = f"pi_{len(self._intents) + 1}"
        key = f"{asked['metadata[order_id]']}:{asked['metadata[attempt]']}"
        intent = self._intents[name] = _Intent(
            name, key, int(asked["amount"]), asked["currency"], asked["payment_method"]
        )
        return intent.answer()

    def _confirm(self, intent: _Intent) -> HttpAnswer:
        if intent.status not in _CONFIRMABLE:
            return _refusal(400, code="payment_intent_unexpected_state")
        kind = intent.payment_method.partition(".")[0]
        if kind == "declined" and not intent.declines:
            intent.status = "requires_payment_method"
            intent.declines += 1
            return _refusal(402, code="card_declined")
        if kind == "action":
            intent.status = "requires_action"
        else:
            self._capture(intent, wrong=kind == "wrong")
        return intent.answer()

    def _cancel(self, intent: _Intent) -> HttpAnswer:
        if intent.status not in _CANCELLABLE:
            return _refusal(400, code="payment_intent_unexpected_state")
        intent.status = "canceled"
        return intent.answer()

    def _capture(self, intent: _Intent, *, wrong: bool = False) -> None:
        intent.status = "succeeded"
        intent.received = intent.amount + wrong
        intent.charge_id = f"ch_{len(self.ledger) + 1}"
        charge = Charge(
            intent.payment_key.partition(":")[0],
            intent.payment_key,
            intent.charge_id,
            intent.received,
            intent.currency.upper(),
        )
        self.ledger.append(charge)
        self.on_charge(charge)


def _refusal(status: int, **fields: str) -> HttpAnswer:
    kind = "card_error" if status == 402 else "invalid_request_error"
    return HttpAnswer(status, json.dumps({"error": {"type": kind, **fields}}).encode())
