"""What comes in and what goes out, apart from HTTP.

The answers are those of the contract (``docs/guide/payment-http.md``): a word, under a status that
fits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class BadRequestError(ValueError):
    """A payment request that cannot be read; nothing is charged."""


@dataclass(frozen=True)
class Answer:
    """An answer to a payment request, or to a look-up."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class PaymentRequest:
    """What the checkout asks for."""

    payment_key: str
    order_id: str
    attempt: int
    amount: int
    currency: str
    customer: str
    payment_method: str
    capture: str = "now"
    """``later`` where the money is only to be held."""

    def canonical(self) -> str:
        """The same text for the same request."""
        return json.dumps(vars(self), sort_keys=True)

    @classmethod
    def read(cls, payment_key: str, body: bytes) -> PaymentRequest:
        """The request in a JSON body, with every field of the right type."""
        fields = fields_of(body)
        capture = fields.get("capture", "now")
        if capture not in ("now", "later"):
            raise BadRequestError("capture must be now or later")
        text = {name: _text(fields, name) for name in ("order_id", "currency", "customer")}
        return cls(
            payment_key=payment_key,
            attempt=_count(fields, "attempt"),
            amount=amount_in(fields),
            capture=capture,
            payment_method=_text(fields, "payment_method"),
            **text,
        )


def fields_of(body: bytes) -> Mapping[str, Any]:
    """The JSON object in a body.

    :raises BadRequestError: there is none.
    """
    try:
        fields = json.loads(body)
    except ValueError as problem:
        raise BadRequestError(f"the body is not JSON: {problem}") from problem
    if not isinstance(fields, Mapping):
        raise BadRequestError("the body is not a JSON object")
    return fields


def amount_in(fields: Mapping[str, object]) -> int:
    """The amount that a request asks for, in minor units.

    :raises BadRequestError: it asks for none.
    """
    return _count(fields, "amount")


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequestError(f"{name} must be a string that is not empty")
    return value


def _count(fields: Mapping[str, object], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadRequestError(f"{name} must be a whole number of at least 1")
    return value


def captured(charge_id: str, amount: int, currency: str) -> Answer:
    """Money was taken."""
    proof = {"charge_id": charge_id, "amount": amount, "currency": currency}
    return Answer(200, {"status": "captured", **proof})


def authorized(hold_id: str, amount: int, currency: str, capture_before: str) -> Answer:
    """Money is held until then."""
    held = {"charge_id": hold_id, "amount": amount, "currency": currency}
    return Answer(200, {"status": "authorized", **held, "capture_before": capture_before})


def not_captured(code: str) -> Answer:
    """A known no: this request took nothing."""
    return Answer(422, {"status": "not_captured", "code": code})


def declined(code: str) -> Answer:
    """A known no. ``decline_code`` is what readers from before the words look for."""
    return Answer(402, {"status": "declined", "code": code, "decline_code": code})


def action_required(page: str) -> Answer:
    """The buyer must act first."""
    return Answer(200, {"status": "action_required", "action_url": page})


def not_charged(code: str, why: str, *, status: int = 422) -> Answer:
    """The request was refused before anything was done."""
    return Answer(status, {"status": "not_charged", "code": code, "error": why})


def refunded(refund_id: str, amount: int, currency: str) -> Answer:
    """Money went back."""
    proof = {"refund_id": refund_id, "amount": amount, "currency": currency}
    return Answer(200, {"status": "refunded", **proof})


def refund_pending(refund_id: str) -> Answer:
    """The refund is accepted, and decided later."""
    return Answer(202, {"status": "refund_pending", "refund_id": refund_id})


def not_refunded(code: str) -> Answer:
    """A known no: nothing went back."""
    return Answer(422, {"status": "not_refunded", "code": code})


CARD_DECLINED = declined("card_declined")
PROCESSING = Answer(202, {"status": "processing"})
CANCELLED = Answer(200, {"status": "cancelled"})
GONE = Answer(410, {"status": "cancelled"})
"""To a capture: the hold was abandoned, or it lapsed."""
NOT_FOUND = Answer(404, {"status": "not_found"})

BEING_WORKED_ON = Answer(409, {"error": "a request under this key is being worked on"})
"""No word: it is not decided yet."""

OTHER_CONTENT = Answer(422, {"error": "this key was used for another request"})
"""No word: it says nothing of the request that had the key first."""
