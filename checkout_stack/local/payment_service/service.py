"""Decide what one request gets: the key memory, the faults, the charge."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from checkout_stack.local.payment_service import messages
from checkout_stack.local.payment_service.behaviour import Behaviour, Fault
from checkout_stack.local.payment_service.holds import CaptureRequest
from checkout_stack.local.payment_service.key_memory import InFlight, New, OtherContent, Replayed
from checkout_stack.local.payment_service.ledger import Ledger
from checkout_stack.local.payment_service.messages import Answer, BadRequestError, PaymentRequest
from checkout_stack.local.payment_service.payment_methods import (
    UnknownPaymentMethodError,
    behaviour_of,
)
from checkout_stack.local.payment_service.refunds import RefundRequest
from checkout_stack.local.payment_service.settings import Controls
from checkout_stack.local.payment_service.webhooks import Webhooks, is_told


@dataclass(frozen=True)
class NoAnswer:
    """The connection is closed without an answer."""


@dataclass(frozen=True)
class Unreadable:
    """An answer that is cut off half way."""


@dataclass(frozen=True)
class Redirected:
    """An answer that points to where following it charges again."""


@dataclass(frozen=True)
class GatewayPage:
    """A page that something between the caller and the payment service answers."""

    status: int


Reaction = Answer | NoAnswer | Unreadable | Redirected | GatewayPage


class PaymentService:
    """Takes payments; ``closing`` ends every wait."""

    def __init__(self, ledger: Ledger, controls: Controls, closing: threading.Event) -> None:
        self._ledger = ledger
        self._controls = controls
        self._closing = closing
        self.webhooks = Webhooks(ledger.endpoints, closing)

    def pay(self, payment_key: str, body: bytes) -> Reaction:
        """Charge once per key, as long as keys are honoured and remembered."""
        if not payment_key:
            return messages.not_charged("key_missing", "Idempotency-Key is missing", status=400)
        try:
            request = PaymentRequest.read(payment_key, body)
            behaviour = self._controls.behaviour_for(request.payment_method)
        except BadRequestError as problem:
            return messages.not_charged("malformed_request", str(problem), status=400)
        except UnknownPaymentMethodError as problem:
            return messages.not_charged("unknown_payment_method", str(problem), status=400)
        request_number = self._ledger.note_request(request)
        fault = behaviour.fault
        if fault is not None and not fault.hits(request_number):
            fault = None
        earlier = self._earlier(request)
        if isinstance(earlier, InFlight):
            return messages.BEING_WORKED_ON
        if isinstance(earlier, OtherContent):
            return messages.OTHER_CONTENT
        self._wait(behaviour.latency_seconds + self._controls.settings.latency_ms / 1000)
        if isinstance(earlier, Replayed):
            return self._strike(fault, earlier.answer)
        return self._first_answer(request, behaviour, fault, request_number)

    def look_up(self, payment_key: str) -> Reaction:
        """Tell what became of a key, or what the payment method has its look-ups answered by."""
        return self._ask("look_up", payment_key)

    def cancel(self, payment_key: str) -> Reaction:
        """Cancel an attempt, or answer what the payment method has its cancellation answered."""
        return self._ask("cancel", payment_key)

    def capture(self, key: str, body: bytes) -> Reaction:
        """Capture what is held, once, or as its payment method asks."""
        try:
            request = CaptureRequest.read(key, body)
        except BadRequestError as problem:
            return Answer(400, {"error": str(problem)})
        charge = self._ledger.last_request(request.payment_key)
        behaviour = behaviour_of("pm_ok" if charge is None else charge.payment_method)
        if behaviour.refuses_captures:
            return messages.not_captured("refused_on_request")
        other = self._controls.other_behaviour()
        fault = behaviour.capture_fault if other is None else other.fault
        number = self._ledger.note_question(key, "capture")
        if fault is not None and not fault.hits(number):
            fault = None
        if fault is not None and not fault.after_capture:
            return self._strike(fault, messages.NOT_FOUND)
        if other is not None:
            self._wait(other.latency_seconds)
        return self._strike(fault, self._ledger.capture_hold(request))

    def refund(self, key: str, body: bytes) -> Reaction:
        """Give back once per key, as long as keys are honoured, or as the charge's method asks."""
        try:
            request = RefundRequest.read(key, body)
        except BadRequestError as problem:
            return Answer(400, {"error": str(problem)})
        refunds = self._ledger.refunds
        payment_method = refunds.payment_method_of(request.charge_id) or "pm_ok"
        behaviour = behaviour_of(payment_method)
        if behaviour.refuses_refunds:
            return messages.not_refunded("charge_disputed")
        fault = behaviour.refund_fault
        number = self._ledger.note_question(key, "refund")
        if fault is not None and not fault.hits(number):
            fault = None
        if fault is not None and not fault.after_capture:
            return self._strike(fault, messages.NOT_FOUND)
        honours_keys = self._controls.settings.honours_keys
        course = behaviour.refund_course
        made = refunds.make(request, course, honours_keys=honours_keys)
        if is_told(payment_method):
            self.webhooks.tell(key)
            if course.then is not None:
                self.webhooks.tell(key, after=lambda: self._wait(course.after_seconds))
        return self._strike(fault, made)

    def look_up_refund(self, key: str) -> Answer:
        """Tell what became of a refund's key."""
        return self._ledger.refunds.look_up(key)

    def confirm(self, payment_key: str) -> Answer:
        """Capture, or hold, what waits for its buyer, who has now acted."""
        answer = self._ledger.confirm(payment_key)
        if answer is None:
            return messages.NOT_FOUND
        if answer.body["status"] not in ("captured", "authorized"):
            return Answer(409, {**answer.body, "error": "this payment waits for nobody"})
        request = self._ledger.last_request(payment_key)
        if request is not None and is_told(request.payment_method):
            self.webhooks.tell(payment_key)
        return answer

    def _first_answer(
        self,
        request: PaymentRequest,
        behaviour: Behaviour,
        fault: Fault | None,
        request_number: int,
    ) -> Reaction:
        keys = self._ledger.keys
        if fault is not None and not fault.after_capture:
            reaction = self._strike(fault, Answer(fault.status, {}))
            keys.abandon(request.payment_key)
            return reaction
        if behaviour.declines_first and request_number == 1:
            keys.abandon(request.payment_key)
            return messages.CARD_DECLINED
        answer = self._decide(request, behaviour)
        if is_told(request.payment_method):
            self._tell(request, behaviour)
        if behaviour.forgets_key:
            keys.forget(request.payment_key)
        return self._strike(fault, answer)

    def _tell(self, request: PaymentRequest, behaviour: Behaviour) -> None:
        """Tell of a payment now, and once more when it comes to its end by itself."""
        self.webhooks.tell(request.payment_key)
        if behaviour.outcome == "processing":

            def comes_to_its_end() -> None:
                self._wait(behaviour.settles_after_seconds)
                if not self._closing.is_set():
                    self._ledger.settle_due()

            self.webhooks.tell(request.payment_key, after=comes_to_its_end)

    def _earlier(self, request: PaymentRequest) -> New | Replayed | InFlight | OtherContent:
        if not self._controls.settings.honours_keys:
            return New()
        self._ledger.settle_due()
        return self._ledger.keys.begin(request)

    def _decide(self, request: PaymentRequest, behaviour: Behaviour) -> Answer:
        if behaviour.outcome == "not_charged":
            self._ledger.keys.abandon(request.payment_key)
            return messages.not_charged("refused_on_request", "told to refuse")
        if behaviour.outcome == "declined":
            return self._ledger.settle(request, messages.CARD_DECLINED)
        if behaviour.outcome == "action_required":
            return self._ledger.settle(request, messages.action_required(behaviour.action_page))
        if behaviour.outcome == "processing":
            return self._ledger.process(
                request,
                settles_as=behaviour.settles_as,
                seconds=behaviour.settles_after_seconds,
            )
        surplus = 1 if behaviour.captures_wrong_amount else 0
        amount, seconds = request.amount + surplus, behaviour.hold_seconds
        return self._ledger.take(request, amount, hold_seconds=seconds)

    def _ask(self, operation: str, payment_key: str) -> Reaction:
        request = self._ledger.last_request(payment_key)
        if request is not None:
            behaviour = behaviour_of(request.payment_method)
            faults = {"look_up": behaviour.look_up_fault, "cancel": behaviour.cancel_fault}
            fault = faults[operation]
            number = self._ledger.note_question(payment_key, operation)
            if fault is not None and fault.hits(number):
                return self._strike(fault, messages.NOT_FOUND)
        if operation == "cancel":
            return self._ledger.cancel(payment_key)
        return self._ledger.look_up(payment_key)

    def _strike(self, fault: Fault | None, answer: Answer) -> Reaction:
        """What the caller gets of an answer."""
        if fault is None:
            return answer
        match fault.kind:
            case "hang":
                self._wait(self._controls.settings.hang_ms / 1000)
                return NoAnswer()
            case "unreadable":
                return Unreadable()
            case "redirect":
                return Redirected()
            case "html":
                return GatewayPage(fault.status)
            case "status":
                return Answer(fault.status, answer.body)
            case "bare":
                return Answer(fault.status, {"error": "told to fail"})

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._closing.wait(seconds)
