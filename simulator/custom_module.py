"""A payment module as a user of the checkout writes one, and the calls into it without threads.

The real adapter guards it; the module talks to the same model of a payment service as the others.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from checkout_runtime.adapters.bare_answers import bare_answer
from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError
from checkout_runtime.adapters.json_object import json_object
from checkout_runtime.adapters.timed_calls import Raised, Returned, TooSlow
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Processing,
)
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded, RefundPending
from simulator.cases import SECOND

__all__ = ["FACTORY", "WEBHOOK_PASSWORD", "InlineCalls", "machine", "make"]

FACTORY = f"{__name__}:make"
WEBHOOK_PASSWORD = "both-sides-know-it"
_REFUSED = (401, 403)


class Machine:
    """What the module and the calls into it take from the machine; the world sets it."""

    send: Callable[..., HttpAnswer]
    now: Callable[[], int]


machine = Machine()


class InlineCalls:
    """``TimedCalls`` in virtual time: what a call that took too long came to is told later."""

    def __init__(self) -> None:
        self._late: list[Callable[[], object]] = []

    def run(
        self,
        work: Callable[[], object],
        timeout_seconds: float,
        on_late_end: Callable[[Returned | Raised], object],
    ) -> Returned | Raised | TooSlow:
        """Run ``work`` to its end; ``TooSlow`` where its time was over by then."""
        deadline = machine.now() + int(timeout_seconds * SECOND)
        ended: Returned | Raised
        try:
            ended = Returned(work())
        except Exception as problem:  # noqa: BLE001 - as the real ones do
            ended = Raised(problem)
        if machine.now() <= deadline:
            return ended
        self._late.append(lambda: on_late_end(ended))
        return TooSlow()

    def wait_for_all(self) -> None:
        """Tell of every call that ended too late."""
        late, self._late = self._late, []
        for tell in late:
            tell()


def make(setup: Any) -> CustomService:
    """Make the payment service, as the construct's ``factory`` names it."""
    return CustomService(setup.secrets["key"], setup.timeout_seconds, setup.captures_later)


class CustomService:
    """Charges over HTTP, and reads only what the service says in words."""

    def __init__(self, secret: Any, timeout_seconds: float, captures_later: bool) -> None:
        self._secret = secret
        self._timeout_seconds = timeout_seconds
        self._mode = {"capture": "later"} if captures_later else {}

    def charge(self, order: Any) -> Any:
        """Request a charge under the order's payment key."""
        request = {
            "order_id": order.order_id,
            "amount": order.amount,
            "currency": order.currency,
            "payment_method": order.payment_method,
            **self._mode,
        }
        return self._ask("POST", "charges", {"Idempotency-Key": order.payment_key}, request)

    def look_up(self, payment_key: str) -> Any:
        """Ask what became of a payment key."""
        return _as_outcome(self._ask("GET", f"charges?key={payment_key}", {}, None))

    def capture(self, order: Any, amount: int) -> Any:
        """Take so much of what is held for the order."""
        request = {"payment_key": order.payment_key, "amount": amount}
        headers = {"Idempotency-Key": order.capture_key}
        return _as_outcome(self._ask("POST", "capture", headers, request))

    def cancel(self, payment_key: str) -> Any:
        """Cancel what waits under a payment key."""
        return self._ask("POST", "cancel", {}, {"key": payment_key})

    def refund(self, refund: Any) -> Any:
        """Give money back under the refund's payment key."""
        request = {"charge_id": refund.charge_id, "amount": refund.amount}
        return self._ask("POST", "refunds", {"Idempotency-Key": refund.payment_key}, request)

    def look_up_refund(self, refund: Any) -> Any:
        """Ask what became of a refund."""
        return self._ask("GET", f"refunds?key={refund.payment_key}", {}, None)

    def verify_webhook(self, headers: Any, body: bytes) -> list[str] | None:
        """Tell which payment keys a webhook names, in this service's own way."""
        if headers.get("x-password") != WEBHOOK_PASSWORD:
            return None
        data = [each.get("data", {}) for each in json.loads(body)]
        return [each["key"] for each in data if "key" in each]

    def _ask(self, method: str, path: str, headers: dict[str, str], body: Any) -> Any:
        authorized = {**headers, "Authorization": f"Bearer {self._secret.value()}"}
        content = None if body is None else json.dumps(body).encode()
        try:
            answer = machine.send(
                method, f"https://custom.example/{path}", authorized, content, self._timeout_seconds
            )
        except NoAnswerError as problem:
            raise TimeoutError(str(problem)) from problem
        if answer.status in _REFUSED:
            self._secret.drop()
        return _read(answer)


def _as_outcome(said: Any) -> Any:
    """What was cancelled is over, whatever else was asked about it."""
    return Declined("cancelled") if isinstance(said, Cancelled) else said


def _read(answer: HttpAnswer) -> Any:
    """Return what the service says in words; a status without one says nothing."""
    fields = json_object(answer.body) or {}
    match fields.get("status"):
        case "captured":
            return Captured(fields["charge_id"], fields["amount"], fields["currency"])
        case "authorized":
            before = datetime.fromisoformat(fields["capture_before"])
            lapses_at = int(before.timestamp() * 1000)
            return Authorized(fields["charge_id"], fields["amount"], fields["currency"], lapses_at)
        case "declined":
            return Declined(fields["code"])
        case "action_required":
            return ActionRequired(fields["action_url"])
        case "processing":
            return Processing()
        case "not_charged":
            return NotCharged(fields["code"])
        case "not_found":
            return NotFound()
        case "cancelled":
            return Cancelled()
        case "refunded":
            return Refunded(fields["refund_id"], fields["amount"], fields["currency"])
        case "refund_pending":
            return RefundPending(fields["refund_id"])
        case "not_refunded":
            return NotRefunded(fields["code"])
    return bare_answer(answer.status, f"http_{answer.status}")
