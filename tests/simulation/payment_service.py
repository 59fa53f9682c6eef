"""A payment service as its contract allows it to be: docs/payment-http.md, from the other side."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from checkout_runtime.adapters.http_exchange import HttpAnswer

__all__ = ["Charge", "PaymentServiceModel", "Traits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a payment service promises."""

    honours_keys_for_ms: int
    """How long it remembers an idempotency key; 0: it does not."""
    can_look_up: bool
    can_cancel: bool
    opens_attempts: bool = False
    """Whether it is Stripe, where an attempt is opened before it is claimed and nothing rests on
    keys; then ``honours_keys_for_ms`` is how long a buyer may be charged."""
    contradicts_itself: bool = False
    """Outside every contract: each request under one key is decided afresh, by turns captured and
    declined. Two charges cannot be prevented then, only that a proof is lost."""

    @property
    def keeps_its_word(self) -> bool:
        """Whether one charge an order can be asked of whoever uses it."""
        return not self.contradicts_itself


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that moved."""

    order_id: str
    payment_key: str
    charge_id: str
    amount: int
    currency: str


@dataclass(slots=True)
class _Intent:
    """What the service knows under one key."""

    first_seen: int
    order_id: str
    amount: int
    currency: str
    status: str
    charge_id: str = ""
    requests: int = 0


@dataclass(slots=True)
class PaymentServiceModel:
    """Charges as the payment method says: ok, wrong (amount), declined, action or refused."""

    traits: Traits
    now: Callable[[], int]
    on_charge: Callable[[Charge], None]
    ledger: list[Charge] = field(default_factory=list)
    _intents: dict[str, _Intent] = field(default_factory=dict)

    def handle(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Any:
        """Carry one request out and return its answer."""
        parts = urlsplit(url)
        if method == "GET":
            return self._look_up(parse_qs(parts.query)["key"][0])
        if parts.path == "/cancel":
            return self._cancel(json.loads(body or b"")["key"])
        return self._charge(headers["Idempotency-Key"], json.loads(body or b""))

    def buyer_acts(self, payment_key: str) -> None:
        """The buyer confirms (3-D Secure), unless it is too late."""
        intent = self._intents[payment_key]
        if intent.status == "action_required":
            self._capture(payment_key, intent)

    def waits_for_buyer(self, payment_key: str) -> bool:
        """Whether the buyer is asked to act."""
        intent = self._intents.get(payment_key)
        return intent is not None and intent.status == "action_required"

    def _charge(self, key: str, request: dict[str, Any]) -> HttpAnswer:
        if request["payment_method"].startswith("refused"):
            # A request that is refused as a request leaves no trace under its key.
            return _answer(400, {"error": "invalid_payment_method"})
        intent = self._intents.get(key)
        remembered = (
            intent is not None and self.now() < intent.first_seen + self.traits.honours_keys_for_ms
        )
        if intent is None or not remembered:
            earlier = intent
            intent = _Intent(
                self.now(), request["order_id"], request["amount"], request["currency"], "new"
            )
            if earlier is not None:
                intent.requests = earlier.requests
            self._intents[key] = intent
        intent.requests += 1
        if intent.status == "new" or self.traits.contradicts_itself:
            self._decide(key, intent, request["payment_method"])
        return self._answer(intent)

    def _decide(self, key: str, intent: _Intent, payment_method: str) -> None:
        kind = payment_method.partition(".")[0]
        if self.traits.contradicts_itself and intent.requests % 2 == 0:
            intent.status = "declined"
        elif kind in ("ok", "wrong"):
            self._capture(key, intent, wrong=kind == "wrong")
        else:
            intent.status = {"declined": "declined", "action": "action_required"}[kind]

    def _capture(self, key: str, intent: _Intent, *, wrong: bool = False) -> None:
        intent.status = "captured"
        intent.amount += wrong
        intent.charge_id = f"ch_{len(self.ledger) + 1}"
        charge = Charge(intent.order_id, key, intent.charge_id, intent.amount, intent.currency)
        self.ledger.append(charge)
        self.on_charge(charge)

    def _look_up(self, key: str) -> HttpAnswer:
        for charge in self.ledger:
            if charge.payment_key == key:
                return _captured(charge.charge_id, charge.amount, charge.currency)
        intent = self._intents.get(key)
        return HttpAnswer(404, b"{}") if intent is None else self._answer(intent)

    def _cancel(self, key: str) -> HttpAnswer:
        intent = self._intents.get(key)
        if intent is None:
            return HttpAnswer(404, b"{}")
        if intent.status in ("action_required", "cancelled"):
            intent.status = "cancelled"
            return _answer(200, {"status": "cancelled"})
        return self._answer(intent)

    def _answer(self, intent: _Intent) -> HttpAnswer:
        match intent.status:
            case "captured":
                return _captured(intent.charge_id, intent.amount, intent.currency)
            case "declined":
                return _answer(402, {"status": "declined", "decline_code": "insufficient_funds"})
            case "action_required":
                return _answer(
                    200, {"status": "action_required", "action_url": "https://bank.example/"}
                )
            case "cancelled":
                return _answer(200, {"status": "cancelled"})
        raise AssertionError(intent.status)


def _captured(charge_id: str, amount: int, currency: str) -> HttpAnswer:
    fields = {"status": "captured", "charge_id": charge_id, "amount": amount, "currency": currency}
    return _answer(200, fields)


def _answer(status: int, fields: dict[str, Any]) -> HttpAnswer:
    return HttpAnswer(status, json.dumps(fields).encode())
