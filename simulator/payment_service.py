"""A payment service as its contract allows it to be: docs/guide/payment-http.md, the other side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from checkout_runtime.adapters.http_exchange import HttpAnswer
from simulator.payment_answers import Answers, Intent, word, written
from simulator.refund_ledger import RefundLedger
from simulator.traits import Charge, Hold, Premises, Traits

__all__ = ["PROCESSING_MS", "PaymentServiceModel"]

PROCESSING_MS = 60 * 60 * 60 * 1000
"""Two days and a half: how long an asynchronous payment takes here."""
_LISTED_AT_ONCE = 2
"""Charges on one page of the list, so that there is more than one page."""
_CHANGES_ITS_MIND_AFTER_MS = 1000
_FINAL = {"slow": "captured", "slow_declined": "declined"}
"""What asynchronous payments come to; any other is processed for ever."""


@dataclass(slots=True)
class PaymentServiceModel:
    """Decides by the payment method: ok, wrong (amount), greedy, declined, action, slow or refused.

    Of a greedy one's hold more is captured than was asked for, and held.
    """

    traits: Traits
    premises: Premises
    ledger: list[Charge] = field(default_factory=list)
    refunds: RefundLedger = field(init=False)
    _answers: Answers = field(init=False)
    _intents: dict[str, Intent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.refunds = RefundLedger(self.traits, self.premises)
        self._answers = Answers(self.traits)

    def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> HttpAnswer:
        """Carry one request out and return its answer."""
        parts = urlsplit(url)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/list"):
            return self._list(asked)
        if parts.path.endswith("/refunds"):
            if method == "GET":
                return self._look_up_refund(asked["key"])
            return self._refund(headers["Idempotency-Key"], json.loads(body or b""))
        if method == "GET":
            return self._look_up(asked["key"])
        if parts.path.endswith("/capture"):
            return self._capture_hold(json.loads(body or b""))
        if parts.path.endswith("/cancel"):
            return self._cancel(json.loads(body or b"")["key"])
        return self._charge(headers["Idempotency-Key"], json.loads(body or b""))

    def payment_key_in(self, _url: str, body: bytes | None) -> str:
        """The payment key that a cancellation or a capture is about."""
        asked = json.loads(body or b"")
        return str(asked.get("payment_key") or asked["key"])

    def remember_failure(self, headers: Mapping[str, str]) -> None:
        """Replay a 500 under this key from now on, where failures are kept."""
        key = headers.get("Idempotency-Key", "")
        known = self._intents.get(key) or self.refunds.known(key)
        if known is not None and self.traits.keeps_failures:
            known.replays_failure = True

    def refund_statuses(self) -> list[tuple[str, str]]:
        """What came of each refund that was asked for: its payment key and its status."""
        return [(refund.key, refund.status) for refund in self.refunds.made]

    def is_at_work_for(self, order_id: str) -> bool:
        """Whether a payment of the order is being processed, or waits for its buyer."""
        return any(
            intent.order_id == order_id
            and intent.status in ("processing", "action_required", "authorized")
            for intent in self._intents.values()
        )

    def buyer_acts(self, payment_key: str) -> None:
        """The buyer confirms (3-D Secure) or fails to, unless it is too late."""
        intent = self._intents[payment_key]
        if intent.status == "action_required" and intent.kind == "action_fails":
            self._become(payment_key, intent, "declined")
        elif intent.status == "action_required":
            self._capture(payment_key, intent)

    def buyer_confirms(self, payment_key: str) -> None:
        """There is no client secret here."""

    def waits_for_buyer(self, payment_key: str) -> bool:
        """Whether the buyer is asked to act."""
        intent = self._intents.get(payment_key)
        return intent is not None and intent.status == "action_required"

    # Requests ----------------------------------------------------------------------------------

    def _charge(self, key: str, request: dict[str, Any]) -> HttpAnswer:
        kind = request["payment_method"].partition(".")[0]
        intent = self._intents.get(key)
        if intent is not None and intent.status == "cancelled":
            # However long ago: a cancelled key is never charged.
            return self._answers.about(intent)
        if kind in ("refused", "used"):
            # A request that is refused as a request leaves no trace under its key.
            return self._answers.refusal(request["order_id"])
        now = self.premises.now()
        remembered = (
            intent is not None and now < intent.first_seen + self.traits.honours_keys_for_ms
        )
        if intent is None or not remembered:
            earlier = intent
            intent = Intent(now, request["order_id"], request["amount"], request["currency"], kind)
            intent.is_to_be_held = request.get("capture") == "later"
            if earlier is not None:
                intent.requests = earlier.requests
            self._intents[key] = intent
        intent.requests += 1
        if intent.status == "new" or self.traits.contradicts_itself:
            self._decide(key, intent)
        elif intent.replays_failure:
            return HttpAnswer(500, b'{"error":"internal"}')
        return self._answers.about(intent)

    def _decide(self, key: str, intent: Intent) -> None:
        if self.traits.contradicts_itself and intent.requests % 2 == 0:
            self._become(key, intent, "declined")
        elif intent.kind in ("ok", "wrong", "greedy"):
            self._capture(key, intent)
        elif intent.kind in ("slow", "slow_declined", "endless"):
            self._become(key, intent, "processing")
            self.premises.at(
                self.premises.now() + PROCESSING_MS, lambda: self._end_processing(key, intent)
            )
        else:
            waits = intent.kind in ("action", "action_fails")
            self._become(key, intent, "action_required" if waits else "declined")
            if self.traits.changes_its_mind and not waits:
                soon = self.premises.now() + _CHANGES_ITS_MIND_AFTER_MS
                self.premises.at(soon, lambda: self._capture(key, intent))

    def _end_processing(self, key: str, intent: Intent) -> None:
        final = _FINAL.get(intent.kind)
        if final == "captured":
            self._capture(key, intent)
        elif final is not None:
            self._become(key, intent, final)

    def _capture(self, key: str, intent: Intent) -> None:
        if intent.is_to_be_held and intent.status != "authorized":
            self._hold(key, intent)
            return
        self._become(key, intent, "captured")
        intent.amount += intent.kind == "wrong" and not intent.is_to_be_held
        intent.charge_id = f"ch_{intent.order_id[4:8]}_{len(self.ledger) + 1}"
        if self.traits.charges_have_holds_id:
            intent.charge_id = intent.hold_id or intent.charge_id
        now = self.premises.now()
        charge = Charge(intent.order_id, key, intent.charge_id, intent.amount, intent.currency, now)
        self.ledger.append(charge)
        self.premises.charged(charge)

    def _hold(self, key: str, intent: Intent) -> None:
        intent.amount += intent.kind == "wrong"
        intent.hold_id = f"hold_{intent.order_id[4:8]}_{key.rpartition(':')[2]}"
        intent.held_until = self.premises.now() + self.traits.holds_for_ms
        self._become(key, intent, "authorized")
        self.premises.held(Hold(intent.order_id, key, intent.amount))

        def lapse() -> None:
            if intent.status == "authorized":
                self._release(key, intent)

        self.premises.at(intent.held_until, lapse)

    def _release(self, key: str, intent: Intent) -> None:
        self._become(key, intent, "cancelled")
        self.premises.released(Hold(intent.order_id, key, intent.amount))

    def _capture_hold(self, request: dict[str, Any]) -> HttpAnswer:
        """A hold is captured once, whatever the key; the rest of it is free again."""
        key = request["payment_key"]
        intent = self._intents[key]
        if intent.status == "authorized":
            intent.amount = request["amount"] + (intent.kind == "greedy")
            self._capture(key, intent)
        return self._answers.about(intent)

    def _become(self, key: str, intent: Intent, status: str) -> None:
        intent.status = status
        intent.history.append((self.premises.now(), status))
        self.premises.changed(self.traits, key)

    def _look_up(self, key: str) -> HttpAnswer:
        """Say how it was a while ago: a look-up may be served by a copy that is behind."""
        seen_until = self.premises.now() - self.traits.lags_ms
        for charge in self.ledger:
            if charge.payment_key == key and charge.captured_at <= seen_until:
                return self._answers.captured(charge.charge_id, charge.amount, charge.currency)
        intent = self._intents.get(key)
        statuses = [status for at, status in intent.history if at <= seen_until] if intent else []
        if intent is None or not statuses:
            return word(404, status="not_found")
        return self._answers.about(intent, statuses[-1])

    def _cancel(self, key: str) -> HttpAnswer:
        intent = self._intents.get(key)
        if intent is None and self.traits.cancels_unseen:
            intent = Intent(self.premises.now(), key.partition(":")[0], 0, "EUR", "never seen")
            self._intents[key] = intent
        if intent is None:
            return word(404, status="not_found")
        if intent.status == "authorized":
            self._release(key, intent)
        if intent.status in ("new", "action_required"):
            self._become(key, intent, "cancelled")
        return self._answers.about(intent)

    def _refund(self, key: str, request: dict[str, Any]) -> HttpAnswer:
        known = self.refunds.known(key)
        refund = self.refunds.ask(key, request["charge_id"], request["amount"])
        if refund is known and refund.replays_failure:
            return HttpAnswer(500, b'{"error":"internal"}')
        return self._answers.about_refund(refund, refund.status)

    def _look_up_refund(self, key: str) -> HttpAnswer:
        """Say what was refunded: a repeated request under a forgotten key hides nothing."""
        seen_until = self.premises.now() - self.traits.lags_ms
        for refund in self.refunds.made:
            status = refund.status_at(seen_until)
            if refund.key == key and status is not None:
                return self._answers.about_refund(refund, status)
        return word(404, status="not_found")

    def _list(self, asked: Mapping[str, str]) -> HttpAnswer:
        if "refunded_from" in asked:
            return self._list_refunds(asked)
        begin, end = int(asked["captured_from"]), int(asked["captured_before"])
        charges = [
            {
                "charge_id": charge.charge_id,
                "key": charge.payment_key,
                "amount": charge.amount,
                "currency": self._answers.spelled(charge.currency),
                "captured_at": charge.captured_at,
            }
            for charge in self.ledger
            if begin <= charge.captured_at < end
        ]
        return _page("charges", charges, asked)

    def _list_refunds(self, asked: Mapping[str, str]) -> HttpAnswer:
        begin, end = int(asked["refunded_from"]), int(asked["refunded_before"])
        refunds = [
            {
                "refund_id": refund.reference,
                "key": refund.key,
                "charge_id": refund.charge_id,
                "amount": refund.amount,
                "currency": self._answers.spelled("EUR"),
                "refunded_at": refund.first_seen,
            }
            for refund in self.refunds.made
            if refund.status == "refunded" and begin <= refund.first_seen < end
        ]
        return _page("refunds", refunds, asked)


def _page(name: str, listed: list[dict[str, Any]], asked: Mapping[str, str]) -> HttpAnswer:
    first = int(asked.get("cursor", "0"))
    behind = first + _LISTED_AT_ONCE
    cursor = str(behind) if behind < len(listed) else None
    return written(200, {name: listed[first:behind], "next": cursor})
