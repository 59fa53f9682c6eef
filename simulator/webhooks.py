"""Webhooks of the payment services: early, late, doubled, out of order, and those of strangers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from checkout_runtime.domain.identity import order_id_for, payment_key, read_payment_key
from simulator.boundaries import boundary_named
from simulator.cases import DAY, SECOND
from simulator.custom_module import WEBHOOK_PASSWORD
from simulator.deployment import WEBHOOK_SECRET
from simulator.faults import Fault
from simulator.invariants import Invariants
from simulator.traits import Traits
from simulator.world_state import Invoke, WorldState

__all__ = ["WebhookSender"]

REDELIVERED_AFTER_MS = (5 * SECOND, 60 * SECOND, 3600 * SECOND)
"""When a webhook that was not answered by a 2xx is sent again; then its sender gives up."""
REPLAYED_AFTER_MS = 7 * DAY
"""When a stranger sends a recorded one again."""
_REFUSED = 400
_ANSWERED = frozenset({"REFUNDED", "NOT_REFUNDED"})
_RECEIVE = boundary_named("API: receive_webhook")
_STRANGERS_SECRET = "whsec_" + base64.b64encode(b"stranger" * 4).decode()


class WebhookSender:
    """Tells of each change of a payment, as the payment service of a case does."""

    def __init__(self, world: WorldState, invariants: Invariants, invoke: Invoke) -> None:
        self._world = world
        self._invariants = invariants
        self._invoke = invoke

    def changed(self, service: Traits, key: str, intent: Mapping[str, Any] | None) -> None:
        """A payment came into another state; ``intent`` is Stripe's own view of it."""
        webhooks = self._world.case.webhooks
        if webhooks is None:
            return
        for delay in webhooks.delays_ms:
            self._later(delay, partial(self._send, service, _body(key, intent), 0))
        if webhooks.strangers:
            self._send_strangers(service, key, intent)

    def refund_changed(self, service: Traits, key: str, reference: str) -> None:
        """A refund came into another state; ``reference`` is the service's own name of it."""
        webhooks = self._world.case.webhooks
        for delay in webhooks.delays_ms if webhooks is not None else ():
            body = _refund_body(service, key, reference)
            self._later(delay, partial(self._send, service, body, 0, key.partition(":")[0]))

    def _is_returned(self, service: Traits, refund_id: str) -> bool:
        """Whether a webhook that is answered now has to make the return of a refund known.

        Where another payment service has replaced the one that made the refund, nobody asks there.
        """
        stored = self._world.stored_orders.refunds.get(refund_id)
        statuses = [
            status
            for model in self._world.services.values()
            for key, status in model.refund_statuses()
            if key.partition(":")[0] == refund_id
        ]
        if stored is None or stored["status"]["S"] not in _ANSWERED:
            return False
        is_replaced = stored.get("payment_service", {}).get("S") in self._world.former_services
        asked_at_once = service.can_look_up and not service.lags_ms and not is_replaced
        return asked_at_once and statuses == ["not_refunded"]

    def _send_strangers(self, service: Traits, key: str, intent: Mapping[str, Any] | None) -> None:
        """What nobody may be led astray by: of other orders and attempts, forged and recorded."""
        order_id, attempt = read_payment_key(key) or ("", 0)
        foreign = payment_key(order_id_for("another shop", "ada", "k"), 1)
        for other in (foreign, payment_key(order_id, attempt - 1), payment_key(order_id, 9)):
            other_intent = None if intent is None else _renamed(intent, other)
            self._later(SECOND, partial(self._send, service, _body(other, other_intent), 0))
        body = _body(key, intent)
        recorded = self._signed(service, body, WEBHOOK_SECRET)
        self._later(REPLAYED_AFTER_MS, partial(self._send_forged, service, recorded))
        forged = self._signed(service, body, _STRANGERS_SECRET)
        self._later(0, partial(self._send_forged, service, forged))

    def _later(self, delay_ms: int, send: Callable[[], None]) -> None:
        world = self._world
        world.busy += 1

        def happen() -> None:
            world.busy -= 1
            send()

        world.scheduler.at(world.now() + delay_ms, happen)

    def _send(self, service: Traits, body: bytes, tries: int, refund_id: str = "") -> None:
        """Send a webhook; where it is not answered by a 2xx, send it again later."""
        event = self._signed(service, body, WEBHOOK_SECRET)
        is_of_return = bool(refund_id) and self._is_returned(service, refund_id)

        def answered(answer: Any) -> None:
            done = answer is not None and answer["statusCode"] < _REFUSED
            if done and is_of_return:
                self._world.returns_told.add(refund_id)
            if not done and tries < len(REDELIVERED_AFTER_MS):
                pause = REDELIVERED_AFTER_MS[tries]
                self._later(pause, partial(self._send, service, body, tries + 1, refund_id))

        fault = self._world.fault_at(_RECEIVE)
        if fault is Fault.TWICE:
            self._invoke("receive_webhook", event, lambda _answer: None)
        if fault is not Fault.LOST:
            self._invoke("receive_webhook", event, answered)

    def _send_forged(self, service: Traits, event: dict[str, Any]) -> None:
        if service.kind != "custom":
            self._invoke("receive_webhook", event, self._invariants.forged)

    def _signed(self, service: Traits, body: bytes, secret: str) -> dict[str, Any]:
        sent_at = str(self._world.now() // SECOND)
        sign = {"stripe": _stripe_headers, "custom": _password_headers}.get(
            service.kind, _standard_headers
        )
        return {"headers": sign(body, sent_at, secret), "body": body.decode()}


def _body(key: str, intent: Mapping[str, Any] | None) -> bytes:
    """What Stripe says of an intent; of any other service, a list of two events about one key."""
    if intent is not None:
        event = {"type": "payment_intent.succeeded", "data": {"object": dict(intent)}}
        return json.dumps(event).encode()
    updated = {"type": "payment.updated", "data": {"key": key}}
    return json.dumps([{"type": "nothing of ours"}, updated]).encode()


def _refund_body(service: Traits, key: str, reference: str) -> bytes:
    """What Stripe says of a refund; of any other service, its key."""
    if service.kind != "stripe":
        return _body(key, None)
    metadata = {"refund_id": key.partition(":")[0]}
    about = {"object": "refund", "id": reference, "metadata": metadata}
    return json.dumps({"type": "refund.updated", "data": {"object": about}}).encode()


def _renamed(intent: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the intent with another attempt's number or another order in its metadata."""
    order_id, _, attempt = key.partition(":")
    return {**intent, "metadata": {"order_id": order_id, "attempt": attempt}}


def _standard_headers(body: bytes, sent_at: str, secret: str) -> dict[str, str]:
    signed = f"msg.{sent_at}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": "msg",
        "webhook-timestamp": sent_at,
        "webhook-signature": f"v1,{signature}",
    }


def _stripe_headers(body: bytes, sent_at: str, secret: str) -> dict[str, str]:
    signed = f"{sent_at}.".encode() + body
    signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={sent_at},v1={signature}"}


def _password_headers(_body: bytes, _sent_at: str, _secret: str) -> dict[str, str]:
    return {"x-password": WEBHOOK_PASSWORD}
