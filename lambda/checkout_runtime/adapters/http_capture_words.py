"""The words of the HTTP contract about captures of holds. As for charges: no word, no verdict."""

from __future__ import annotations

from checkout_runtime.adapters.answered_values import captured_of, code_of
from checkout_runtime.adapters.http_exchange import HttpAnswer
from checkout_runtime.adapters.http_words import DONE_UNDER, may_decline, no_word
from checkout_runtime.adapters.json_object import json_object
from checkout_runtime.domain.outcomes import Captured, Declined, NotCharged, Unknown

__all__ = ["answer_to_capture"]


def answer_to_capture(answer: HttpAnswer) -> Captured | Declined | NotCharged | Unknown:
    """Return what the answer to a capture says; ``Declined`` where the hold is gone."""
    status, fields = answer.status, json_object(answer.body) or {}
    says_no = 200 <= status < 300 or may_decline(status)
    said: Captured | Declined | NotCharged | None = None
    match fields:
        case {"status": "captured"} if status in DONE_UNDER:
            said = captured_of(*map(fields.get, ("charge_id", "amount", "currency")))
        case {"status": "cancelled"} if says_no:
            said = Declined("cancelled")
        case {"status": "not_captured"} if says_no:
            said = NotCharged(code_of(fields.get("code"), otherwise="not_captured"))
    return said or no_word(status, fields)
