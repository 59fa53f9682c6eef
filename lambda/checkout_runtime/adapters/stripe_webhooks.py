"""Stripe's webhooks: the signature by Stripe's SDK, and which PaymentIntent or refund it is about.

https://docs.stripe.com/webhooks, https://docs.stripe.com/api/events/types
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import stripe

from checkout_runtime.adapters.answered_values import charge_id_of, code_of
from checkout_runtime.adapters.json_object import json_object
from checkout_runtime.adapters.stripe_intent import INTENT_ID
from checkout_runtime.adapters.webhook_signatures import WebhookRefusedError, check_time
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.fields import is_name
from checkout_runtime.domain.hint import Dispute, Hint, Named, RefundHint
from checkout_runtime.domain.identity import is_operation_id, read_payment_key
from checkout_runtime.domain.outcomes import Unknown

__all__ = ["StripeWebhooks"]

_ABOUT_AN_INTENT = "payment_intent."
_ABOUT_A_REFUND = ("refund.", "charge.refund.")
_DISPUTED = "charge.dispute.created"


class StripeWebhooks:
    """Webhooks of one endpoint at Stripe."""

    def __init__(
        self,
        secrets: Iterable[bytes],
        clock: Clock,
        order_of: Callable[[str], str | Unknown | None],
    ) -> None:
        """Take what verifies, and what tells which order a PaymentIntent was opened for."""
        self._secrets = secrets
        self._clock = clock
        self._order_of = order_of

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Named]:
        """Return what the event names; None where it is about something else.

        Raises:
            WebhookRefusedError: The signature is wrong or too old, or the body is no event.
            SecretUnavailableError: The signature cannot be checked.
        """
        header = headers.get("stripe-signature", "")
        self._check_signature(header, body)
        # The SDK has no time of its own to be told; it found the header to be well formed.
        check_time(_sent_at(header), self._clock.now())
        event = json_object(body)
        if event is None:
            raise WebhookRefusedError("unreadable")
        return [self._named_in(event)]

    def _check_signature(self, header: str, body: bytes) -> None:
        if not header:
            raise WebhookRefusedError("not_signed")
        for secret in self._secrets:
            try:
                stripe.WebhookSignature.verify_header(body, header, secret.decode())
            except (stripe.SignatureVerificationError, ValueError):
                # ValueError: the body is no UTF-8, which Stripe's is.
                continue
            return
        raise WebhookRefusedError("wrong_signature")

    def _named_in(self, event: Mapping[str, Any]) -> Named:
        kind, data = event.get("type"), event.get("data")
        about = data.get("object") if isinstance(data, Mapping) else None
        if not isinstance(kind, str) or not isinstance(about, Mapping):
            return None
        if kind.startswith(_ABOUT_AN_INTENT):
            return _hint_of(about)
        if kind.startswith(_ABOUT_A_REFUND):
            return _refund_hint_of(about)
        return self._dispute_of(about) if kind == _DISPUTED else None

    def _dispute_of(self, dispute: Mapping[str, Any]) -> Dispute:
        """Return what is disputed. The event names no order; the intent's metadata does."""
        named = dispute.get("payment_intent")
        reference = named if is_name(named) else None
        order = None if reference is None else self._order_of(reference)
        return Dispute(
            charge_id_of(dispute.get("charge"), otherwise="not given"),
            code_of(dispute.get("reason"), otherwise="not given"),
            order if isinstance(order, str) else None,
            reference,
            has_to_come_again=isinstance(order, Unknown),
        )


def _sent_at(header: str) -> str:
    """Return the time that was signed: the first one, as the SDK reads the header."""
    return next(each[2:] for each in header.split(",") if each.startswith("t="))


def _refund_hint_of(refund: Mapping[str, Any]) -> RefundHint | None:
    """Return the refund in the metadata, which this checkout wrote when it asked for it."""
    metadata = refund.get("metadata")
    refund_id = metadata.get("refund_id") if isinstance(metadata, Mapping) else None
    if not isinstance(refund_id, str) or not is_operation_id(refund_id):
        return None
    return RefundHint(refund_id)


def _hint_of(intent: Mapping[str, Any]) -> Hint | None:
    """Return the attempt in an intent's metadata, which this checkout wrote when it opened it."""
    metadata, reference = intent.get("metadata"), intent.get("id")
    if not isinstance(metadata, Mapping) or not is_name(reference):
        return None
    named = read_payment_key(f"{metadata.get('order_id')}:{metadata.get('attempt')}")
    if named is None or not reference.startswith(INTENT_ID):
        return None
    order_id, attempt = named
    charge_id = intent.get("latest_charge")
    return Hint(order_id, attempt, reference, charge_id if is_name(charge_id) else None)
