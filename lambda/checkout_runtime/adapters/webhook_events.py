"""Webhooks of a payment service of one's own: what they name, and who vouches for them.

Standard Webhooks around one event, or a list of events. An event is a JSON object with a ``type``
and ``data`` that names an attempt or a refund by its payment key: docs/guide/webhooks.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from checkout_runtime.adapters.answered_values import charge_id_of, code_of
from checkout_runtime.adapters.json_object import json_document
from checkout_runtime.adapters.webhook_signatures import WebhookRefusedError, check_signature
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.fields import is_name
from checkout_runtime.domain.hint import Dispute, Hint, Named, RefundHint
from checkout_runtime.domain.identity import read_payment_key, read_refund_key

__all__ = ["ModuleWebhooks", "StandardWebhooks"]

DISPUTED = "payment.disputed"
"""The one type of event that says something by its type. Any other is a hint."""


class StandardWebhooks:
    """Webhooks signed as Standard Webhooks has it."""

    def __init__(self, secrets: Iterable[bytes], clock: Clock) -> None:
        self._secrets = secrets
        self._clock = clock

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Named]:
        """Return what each event names; None for one that names nothing of a checkout.

        Raises:
            WebhookRefusedError: The signature is wrong or too old, or the body holds no events.
            SecretUnavailableError: The signature cannot be checked.
        """
        check_signature(headers, body, self._secrets, self._clock.now())
        document = json_document(body)
        events = document if isinstance(document, list) else [document]
        if not any(isinstance(each, dict) for each in events):
            raise WebhookRefusedError("unreadable")
        return [_named_in(each) for each in events]


class ModuleWebhooks:
    """Webhooks that the user's own payment module vouches for."""

    def __init__(self, verify: Callable[[Mapping[str, str], bytes], Sequence[str] | None]) -> None:
        """Take what returns the payment keys of a webhook, or None where it is a stranger's."""
        self._verify = verify

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Named]:
        """Return what the webhook names.

        Raises:
            WebhookRefusedError: The module says that it is not the payment service's.
            Exception: As the module's; the webhook has to come again.
        """
        keys = self._verify(headers, body)
        if keys is None:
            raise WebhookRefusedError("refused_by_module")
        return [_hint_of(each) for each in keys]


def _named_in(event: Any) -> Named:
    data = event.get("data") if isinstance(event, dict) else None
    if not isinstance(data, dict):
        return None
    hint = _hint_of(data.get("key"), data.get("charge_id"))
    if not isinstance(hint, Hint) or event.get("type") != DISPUTED:
        return hint
    return Dispute(
        charge_id_of(data.get("charge_id"), otherwise="not given"),
        code_of(data.get("reason"), otherwise="not given"),
        hint.order_id,
        attempt=hint.attempt,
    )


def _hint_of(key: Any, charge_id: Any = None) -> Hint | RefundHint | None:
    if not isinstance(key, str):
        return None
    named = read_payment_key(key)
    if named is None:
        refund_id = read_refund_key(key)
        return None if refund_id is None else RefundHint(refund_id)
    order_id, attempt = named
    return Hint(order_id, attempt, charge_id=charge_id if is_name(charge_id) else None)
