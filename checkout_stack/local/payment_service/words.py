"""The answers of the contract (``docs/payment-http.md``): a word, under a status that fits."""

from __future__ import annotations

from checkout_stack.local.payment_service.messages import Answer

__all__ = [
    "BEING_WORKED_ON",
    "CANCELLED",
    "CARD_DECLINED",
    "NOT_FOUND",
    "OTHER_CONTENT",
    "PROCESSING",
    "action_required",
    "captured",
    "declined",
    "not_charged",
]


def captured(charge_id: str, amount: int, currency: str) -> Answer:
    """Money was taken."""
    proof = {"charge_id": charge_id, "amount": amount, "currency": currency}
    return Answer(200, {"status": "captured", **proof})


def declined(code: str) -> Answer:
    """A known no. ``decline_code`` is what readers from before the words look for."""
    return Answer(402, {"status": "declined", "code": code, "decline_code": code})


def action_required(page: str) -> Answer:
    """The buyer must act first."""
    return Answer(200, {"status": "action_required", "action_url": page})


def not_charged(code: str, why: str, *, status: int = 422) -> Answer:
    """The request was refused before anything was done."""
    return Answer(status, {"status": "not_charged", "code": code, "error": why})


CARD_DECLINED = declined("card_declined")
PROCESSING = Answer(202, {"status": "processing"})
CANCELLED = Answer(200, {"status": "cancelled"})
NOT_FOUND = Answer(404, {"status": "not_found"})

BEING_WORKED_ON = Answer(409, {"error": "a request under this key is being worked on"})
"""No word: it is not decided yet."""

OTHER_CONTENT = Answer(422, {"error": "this key was used for another request"})
"""No word: it says nothing of the request that had the key first."""
