"""Decide what one payment request gets: the key memory, the faults, the charge."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from checkout_stack.local.payment_service.behaviour import Behaviour, Fault, UnknownPaymentMethod
from checkout_stack.local.payment_service.ledger import (
    InFlight,
    Ledger,
    OtherContent,
    Replayed,
)
from checkout_stack.local.payment_service.messages import Answer, BadRequest, PaymentRequest
from checkout_stack.local.payment_service.settings import Controls


@dataclass(frozen=True)
class NoAnswer:
    """The connection is closed without an answer."""


@dataclass(frozen=True)
class Unreadable:
    """An answer that is cut off half way."""


@dataclass(frozen=True)
class Redirected:
    """An answer that points to where following it charges again."""


Reaction = Answer | NoAnswer | Unreadable | Redirected


class PaymentService:
    """Takes payments; ``closing`` ends every wait."""

    def __init__(self, ledger: Ledger, controls: Controls, closing: threading.Event) -> None:
        self._ledger = ledger
        self._controls = controls
        self._closing = closing

    def pay(self, payment_key: str, body: bytes) -> Reaction:
        """Charge once per key, as long as keys are honoured and remembered."""
        try:
            request = PaymentRequest.read(payment_key, body)
            behaviour = self._controls.behaviour_for(request.payment_method)
        except (BadRequest, UnknownPaymentMethod) as problem:
            return Answer(400, {"error": str(problem)})
        request_number = self._ledger.note_request(request)
        fault = behaviour.fault
        if fault is not None and not fault.hits(request_number):
            fault = None
        earlier = self._earlier_answer(request)
        if isinstance(earlier, Answer) and earlier.status in (409, 422):
            return earlier
        self._wait(behaviour.latency_seconds + self._controls.settings.latency_ms / 1000)
        if earlier is not None:
            return self._strike(fault) or earlier
        if fault is not None and not fault.after_capture:
            reaction = self._strike(fault)
            self._ledger.abandon(payment_key)
            return reaction or NoAnswer()
        if behaviour.declines_first and request_number == 1:
            self._ledger.abandon(payment_key)
            return _DECLINED
        answer = self._decide(request, behaviour)
        if behaviour.forgets_key:
            self._ledger.forget_key(payment_key)
        return self._strike(fault) or answer

    def confirm(self, payment_key: str) -> Answer:
        """Capture what waits for its buyer, who has now acted."""
        request = self._ledger.last_request(payment_key)
        if request is None:
            return Answer(404, {"error": "no payment was asked for under this key"})
        return self._ledger.capture(request, request.amount)

    def _earlier_answer(self, request: PaymentRequest) -> Answer | None:
        if not self._controls.settings.honours_keys:
            return None
        earlier = self._ledger.begin(request)
        if isinstance(earlier, InFlight):
            return Answer(409, {"error": "a request under this key is being worked on"})
        if isinstance(earlier, OtherContent):
            return Answer(422, {"error": "this key was used for another request"})
        return earlier.answer if isinstance(earlier, Replayed) else None

    def _decide(self, request: PaymentRequest, behaviour: Behaviour) -> Answer:
        if behaviour.outcome == "declined":
            return self._ledger.refuse(request, _DECLINED)
        if behaviour.outcome == "action_required":
            action = {"status": "action_required", "action_url": "https://bank.example/confirm"}
            return self._ledger.refuse(request, Answer(200, action))
        surplus = 1 if behaviour.captures_wrong_amount else 0
        return self._ledger.capture(request, request.amount + surplus)

    def _strike(self, fault: Fault | None) -> Reaction | None:
        if fault is None:
            return None
        if fault.kind == "hang":
            self._wait(self._controls.settings.hang_ms / 1000)
            return NoAnswer()
        if fault.kind == "unreadable":
            return Unreadable()
        if fault.kind == "redirect":
            return Redirected()
        return Answer(fault.status, {"error": "told to fail"})

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._closing.wait(seconds)


_DECLINED = Answer(402, {"status": "declined", "decline_code": "card_declined"})
