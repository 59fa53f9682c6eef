"""Stripe as far as a checkout uses it, and at its worst: it ignores idempotency keys of intents.

Every request to make an intent makes one. An intent captures once; one that was declined can be
confirmed again, and then captures; one that was cancelled can not. docs/guide/payment-stripe.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from checkout_runtime.adapters.http_exchange import HttpAnswer
from simulator.payment_service import PROCESSING_MS
from simulator.refund_ledger import KnownRefund, RefundLedger
from simulator.stripe_objects import HELD, Intent, refund_fields, refusal, written, written_page
from simulator.traits import Charge, Hold, Premises, Traits

__all__ = ["StripeModel"]

_CANCELLABLE = ("requires_payment_method", "requires_confirmation", "requires_action", HELD)
_CONFIRMABLE = ("requires_payment_method", "requires_confirmation")
_USED_BEFORE = "The provided PaymentMethod was previously used without Customer attachment."


@dataclass(slots=True)
class StripeModel:
    """Decides by the payment method: ok, wrong (amount), declined, action, slow, refused, used."""

    traits: Traits
    premises: Premises
    ledger: list[Charge] = field(default_factory=list)
    refunds: RefundLedger = field(init=False)
    _intents: dict[str, Intent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.refunds = RefundLedger(self.traits, self.premises)

    def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> HttpAnswer:
        """Carry one request out and return its answer."""
        parts = urlsplit(url)
        if parts.path == "/v1/refunds":
            if method == "GET":
                return self._list_refunds(dict(parse_qsl(parts.query)))
            return self._refund(headers["Idempotency-Key"], dict(parse_qsl((body or b"").decode())))
        place = parts.path.removeprefix("/v1/payment_intents").strip("/").split("/")
        if place == [""]:
            if method == "GET":
                return self._list(dict(parse_qsl(parts.query)))
            return self._create(dict(parse_qsl((body or b"").decode())))
        intent = self._intents.get(place[0])
        if intent is None:
            return refusal(404, code="resource_missing", param="intent")
        asked = dict(parse_qsl(parts.query if method == "GET" else (body or b"").decode()))
        if method == "GET":
            return written(intent, asked)
        requests = {"confirm": self._confirm, "cancel": self._cancel, "capture": self._take}
        return requests[place[1]](intent, asked)

    def payment_key_in(self, url: str, _body: bytes | None) -> str:
        """The payment key that a cancellation or a capture is about."""
        return self._intents[urlsplit(url).path.split("/")[3]].payment_key

    def remember_failure(self, headers: Mapping[str, str]) -> None:
        """Each request has a key of its own: nothing is ever replayed."""

    def refund_statuses(self) -> list[tuple[str, str]]:
        """What came of each refund that was asked for: its payment key and its status."""
        return [(refund.key, refund.status) for refund in self.refunds.made]

    def is_at_work_for(self, order_id: str) -> bool:
        """Whether a payment of the order is being processed, or waits for its buyer."""
        return any(
            intent.payment_key.startswith(order_id)
            and intent.status in ("processing", "requires_action", HELD)
            for intent in self._intents.values()
        )

    def buyer_acts(self, payment_key: str) -> None:
        """The buyer confirms (3-D Secure) or fails to, unless it is too late."""
        for intent in self._of(payment_key):
            if intent.status == "requires_action" and intent.kind == "action_fails":
                self._refuse(intent)
            elif intent.status == "requires_action":
                self._capture(intent)

    def buyer_confirms(self, payment_key: str) -> None:
        """The buyer's page confirms with another card, by the client secret that it was shown."""
        for intent in self._of(payment_key):
            if intent.secret_is_known and intent.status in _CONFIRMABLE:
                self._capture(intent)

    def waits_for_buyer(self, payment_key: str) -> bool:
        """Whether the buyer is asked to act."""
        return any(intent.status == "requires_action" for intent in self._of(payment_key))

    def _of(self, payment_key: str) -> list[Intent]:
        return [each for each in self._intents.values() if each.payment_key == payment_key]

    # Requests ----------------------------------------------------------------------------------

    def _create(self, asked: dict[str, str]) -> HttpAnswer:
        kind, _, way = asked["payment_method"].partition(".")
        if kind == "refused":
            return refusal(400, param="payment_method", code="resource_missing")
        if kind == "used" and way != "late":
            return refusal(400, message=_USED_BEFORE)
        name = f"pi_{len(self._intents) + 1}"
        key = f"{asked['metadata[order_id]']}:{asked['metadata[attempt]']}"
        now = self.premises.now()
        intent = self._intents[name] = Intent(
            name, key, int(asked["amount"]), asked["currency"], kind, now
        )
        intent.is_manual = asked["capture_method"] == "manual"
        return written(intent, asked)

    def _confirm(self, intent: Intent, asked: dict[str, str]) -> HttpAnswer:
        if intent.status not in _CONFIRMABLE:
            return refusal(400, code="payment_intent_unexpected_state")
        if intent.kind == "used":
            # Refused as a request: the intent stays as it is, however often it is confirmed.
            return refusal(400, message=_USED_BEFORE)
        if intent.kind == "declined" and not intent.declines:
            self._refuse(intent)
            return refusal(402, code="card_declined")
        if intent.kind in ("action", "action_fails"):
            self._become(intent, "requires_action")
            intent.secret_is_known = True
        elif intent.kind in ("slow", "slow_declined", "endless"):
            self._become(intent, "processing")
            self.premises.at(
                self.premises.now() + PROCESSING_MS, lambda: self._end_processing(intent)
            )
        else:
            self._capture(intent)
        return written(intent, asked)

    def _end_processing(self, intent: Intent) -> None:
        if intent.kind == "slow":
            self._capture(intent)
        elif intent.kind == "slow_declined":
            self._refuse(intent)

    def _cancel(self, intent: Intent, asked: dict[str, str]) -> HttpAnswer:
        if intent.status not in _CANCELLABLE:
            return refusal(400, code="payment_intent_unexpected_state")
        self._end(intent)
        return written(intent, asked)

    def _end(self, intent: Intent) -> None:
        was_held = intent.status == HELD
        self._become(intent, "canceled")
        if was_held:
            self.premises.released(_hold(intent))

    def _take(self, intent: Intent, asked: dict[str, str]) -> HttpAnswer:
        """A hold is captured once; the rest of it is free again."""
        amount = int(asked["amount_to_capture"])
        if intent.status != HELD:
            return refusal(400, code="payment_intent_unexpected_state")
        if amount > intent.amount:
            return refusal(400, code="amount_too_large")
        intent.received = amount
        self._charge(intent)
        return written(intent, asked)

    def _capture(self, intent: Intent) -> None:
        """Take the money, or hold it as asked."""
        amount = intent.amount + (intent.kind == "wrong")
        intent.charge_id = f"ch_{intent.name}"
        if intent.is_manual:
            self._hold(intent, amount)
            return
        intent.received = amount
        self._charge(intent)

    def _hold(self, intent: Intent, amount: int) -> None:
        intent.amount = amount
        intent.held_until = self.premises.now() + self.traits.holds_for_ms
        self._become(intent, HELD)
        self.premises.held(_hold(intent))

        def lapse() -> None:
            if intent.status == HELD:
                self._end(intent)

        self.premises.at(intent.held_until, lapse)

    def _charge(self, intent: Intent) -> None:
        assert intent.charge_id is not None
        charge = Charge(
            intent.payment_key.partition(":")[0],
            intent.payment_key,
            intent.charge_id,
            intent.received,
            intent.currency.upper(),
            intent.created // 1000 * 1000,
        )
        self.ledger.append(charge)
        self.premises.charged(charge)
        self._become(intent, "succeeded")

    def _refuse(self, intent: Intent) -> None:
        intent.declines += 1
        self._become(intent, "requires_payment_method")

    def _become(self, intent: Intent, status: str) -> None:
        intent.status = status
        self.premises.changed(self.traits, intent.payment_key, intent.fields())

    def _refund(self, key: str, asked: dict[str, str]) -> HttpAnswer:
        refund = self.refunds.ask(key, asked["charge"], int(asked["amount"]))
        return HttpAnswer(200, json.dumps(refund_fields(refund)).encode())

    def _list_refunds(self, asked: dict[str, str]) -> HttpAnswer:
        listed = self._refunds_in(asked) if "created[gte]" in asked else []
        listed = listed or self.refunds.of_charge(asked.get("charge", ""))
        return written_page("/v1/refunds", list(map(refund_fields, listed)), asked)

    def _refunds_in(self, asked: dict[str, str]) -> list[KnownRefund]:
        begin, end = int(asked["created[gte]"]), int(asked["created[lt]"])
        made = [each for each in self.refunds.made if begin <= each.first_seen // 1000 < end]
        return made[::-1]

    def _list(self, asked: dict[str, str]) -> HttpAnswer:
        begin, end = int(asked["created[gte]"]), int(asked["created[lt]"])
        made = [each for each in self._intents.values() if begin <= each.created // 1000 < end]
        listed = [intent.fields() for intent in made[::-1]]
        return written_page("/v1/payment_intents", listed, asked)


def _hold(intent: Intent) -> Hold:
    return Hold(intent.payment_key.partition(":")[0], intent.payment_key, intent.amount)
