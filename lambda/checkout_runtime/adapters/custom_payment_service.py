"""A payment service of the user's own module, whose answers are validated.

Whatever that module does wrong (raises, answers nonsense, takes too long) is ``Unknown``, never a
no: money may have moved. docs/guide/payment-custom.md holds the whole contract.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, TypeVar

from checkout_runtime.adapters.custom_answers import (
    validated_cancel,
    validated_capture,
    validated_charge,
    validated_look_up,
    validated_webhook,
)
from checkout_runtime.adapters.secret import CachedSecret, SecretUnavailableError
from checkout_runtime.adapters.timed_calls import Raised, Returned, TimedCalls, TooSlow
from checkout_runtime.domain.hold_answers import may_be_answered_by_hold
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Unknown,
)

if TYPE_CHECKING:
    from checkout_runtime.domain.refund import Refund
    from checkout_runtime.domain.refund_outcomes import RefundAnswer, RefundLookUp

__all__ = ["CustomPaymentService", "WebhookNotVerifiedError"]

_log = logging.getLogger(__name__)
A = TypeVar("A")


class WebhookNotVerifiedError(Exception):
    """The module did not say whether a webhook is the payment service's; it has to come again."""


class CustomPaymentService:
    """Guards one object that follows ``checkout_runtime.payment_service.PaymentService``."""

    def __init__(
        self,
        service: Any,
        *,
        can_look_up: bool,
        can_cancel: bool,
        secrets: Sequence[CachedSecret],
        timeout_seconds: float,
        calls: TimedCalls,
        name: str,
        on_late_capture: Callable[[Order, Captured], None],
        can_refund: bool = False,
        captures_later: bool = False,
    ) -> None:
        """Guard ``service``.

        :param service: The user's object.
        :param can_look_up: Whether ``service.look_up`` may be called.
        :param can_cancel: Whether ``service.cancel`` may be called.
        :param secrets: What has to be readable before any order is claimed.
        :param timeout_seconds: Longest time for one call.
        :param calls: Carries the calls out; the caller waits for those that are overdue.
        :param name: What the payment service is called on orders.
        :param on_late_capture: Stores what a charge, or the capture of a hold, captured after its
            time, in the call's own thread.
        :param can_refund: Whether ``service.refund`` may be called, and ``look_up_refund`` too
            where ``can_look_up``. Default: not.
        :param captures_later: Whether a charge asks for a hold. A ``service.capture`` is enough to
            capture holds that were made before. Default: not.
        """
        self._service = service
        self._can_look_up = can_look_up
        self._can_cancel = can_cancel
        self._secrets = tuple(secrets)
        self._timeout_seconds = timeout_seconds
        self._calls = calls
        self._name = name
        self._on_late_capture = on_late_capture
        self._can_refund = can_refund
        self._captures_later = captures_later
        self._knows_holds = callable(getattr(service, "capture", None))

    @property
    def name(self) -> str:
        """As the composition root was told."""
        return self._name

    @property
    def can_cancel(self) -> bool:
        """Whether the construct was told so."""
        return self._can_cancel

    @property
    def can_look_up(self) -> bool:
        """Whether the construct was told so."""
        return self._can_look_up

    @property
    def can_refund(self) -> bool:
        """Whether the construct was told so."""
        return self._can_refund

    @property
    def can_look_up_refunds(self) -> bool:
        """Whether the construct was told so: who looks charges up, looks refunds up too."""
        return self._can_refund and self._can_look_up

    @property
    def captures_later(self) -> bool:
        """Whether the construct was told so."""
        return self._captures_later

    def prepare(self) -> None:
        """Read the secrets before any order is claimed, so that their absence costs no try."""
        for secret in self._secrets:
            secret.value()

    def charge(self, order: Order) -> Outcome:
        """Request the current attempt of the order under its payment key, once."""
        holds = may_be_answered_by_hold(
            order, captures_later=self._captures_later, knows_holds=self._knows_holds
        )
        validated = partial(validated_charge, holds=holds)
        store_late = partial(self._store_late, order)
        return self._ask(lambda: self._service.charge(order), validated, store_late)

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        """Ask what became of the requests under this key."""
        if not self._can_look_up:
            return Unknown("no_look_up")
        validated = partial(validated_look_up, holds=self._knows_holds)
        return self._ask(lambda: self._service.look_up(payment_key), validated, _late_answer)

    def cancel(self, payment_key: str) -> Outcome | NotFound | Cancelled:
        """Ask to cancel what waits under this key; where it is too late, learn what happened."""
        if not self._can_cancel:
            return Unknown("no_cancel")
        validated = partial(validated_cancel, holds=self._knows_holds)
        return self._ask(lambda: self._service.cancel(payment_key), validated, _late_answer)

    def capture(self, order: Order, amount: int) -> Captured | Declined | NotCharged | Unknown:
        """Request so much of the order's hold under its capture key, once."""
        if not self._knows_holds:
            return Unknown("no_capture")
        store_late = partial(self._store_late, order)
        return self._ask(
            lambda: self._service.capture(order, amount), validated_capture, store_late
        )

    def refund(self, refund: Refund) -> RefundAnswer:
        """Request the refund under its payment key, once."""
        from checkout_runtime.adapters.custom_refund_answers import validated_refund

        if not self._can_refund:
            return Unknown("no_refund")
        return self._ask(lambda: self._service.refund(refund), validated_refund, _late_refund)

    def look_up_refund(self, refund: Refund) -> RefundLookUp:
        """Ask what became of the requests under the refund's payment key."""
        from checkout_runtime.adapters.custom_refund_answers import validated_refund_look_up

        if not self.can_look_up_refunds:
            return Unknown("no_look_up")
        return self._ask(
            lambda: self._service.look_up_refund(refund), validated_refund_look_up, _late_refund
        )

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[str] | None:
        """Return the payment keys that a webhook names; None where it is not the service's.

        Raises:
            WebhookNotVerifiedError: The module raised, answered nonsense or took too long.
        """
        match self._calls.run(
            lambda: validated_webhook(self._service.verify_webhook(headers, body)),
            self._timeout_seconds,
            lambda _late: None,
        ):
            case Returned(keys):
                return keys  # type: ignore[return-value]
            case Raised(problem):
                # Without its message, which may quote a secret or what was sent.
                raise WebhookNotVerifiedError(
                    f"raised:{type(problem).__name__}{_place(problem)}"
                ) from None
        raise WebhookNotVerifiedError("too_slow")

    def _store_late(self, order: Order, ended: Returned | Raised) -> None:
        answer = _late_answer(ended)
        if isinstance(answer, Captured):
            self._on_late_capture(order, answer)

    def _ask(
        self,
        call: Callable[[], object],
        validated: Callable[[object], A],
        on_late_end: Callable[[Returned | Raised], object],
    ) -> A | Unknown:
        match self._calls.run(call, self._timeout_seconds, on_late_end):
            case Returned(answer):
                return validated(answer)
            case Raised(SecretUnavailableError() as problem):
                return Unknown(f"secret {problem}", unavailable=True)
            case Raised(problem):
                # Without its message, which may quote a secret or what the buyer sent.
                reason = f"raised:{type(problem).__name__}{_place(problem)}"
                return Unknown(reason, unavailable=isinstance(problem, OSError))
            case TooSlow():
                return Unknown("too_slow", unavailable=True)


def _late_answer(ended: Returned | Raised) -> Outcome | None:
    """Return what an overdue call came to, and log it: the order was stored as unknown before."""
    answer = validated_charge(ended.value, holds=True) if isinstance(ended, Returned) else None
    extra = {"event": "payment_answer_late", "answer": type(answer).__name__}
    if isinstance(answer, Captured):
        _log.error("payment_answer_late", extra={**extra, "charge_id": answer.charge_id})
    else:
        _log.warning("payment_answer_late", extra=extra)
    return answer


def _late_refund(ended: Returned | Raised) -> None:
    """Log that a call ended after its time. The refund is unknown, and is looked up or asked for
    again under its key."""
    answer = ended.value if isinstance(ended, Returned) else None
    extra = {"event": "payment_answer_late", "answer": type(answer).__name__}
    _log.warning("payment_answer_late", extra=extra)


def _place(problem: BaseException) -> str:
    frames = extract_tb(problem.__traceback__)
    return f":{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
