"""The words of the HTTP contract about refunds. As for charges: no word, no verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.answered_values import code_of, reference_of, refunded_of
from checkout_runtime.adapters.http_exchange import HttpAnswer
from checkout_runtime.adapters.http_words import DONE_UNDER, NOT_FOUND_UNDER, may_decline, no_word
from checkout_runtime.adapters.json_object import json_object
from checkout_runtime.domain.outcomes import NotFound
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    RefundAnswer,
    RefundLookUp,
    RefundPending,
)

__all__ = ["answer_to_refund", "answer_to_refund_look_up"]

ALREADY_REFUNDED = "already_refunded"
"""The code by which a service says that the whole charge had been refunded before."""


def answer_to_refund(answer: HttpAnswer) -> RefundAnswer:
    """Return what the answer to a refund says."""
    fields = json_object(answer.body) or {}
    return _outcome(answer.status, fields) or no_word(answer.status, fields)


def answer_to_refund_look_up(answer: HttpAnswer) -> RefundLookUp:
    """Return what the answer to a look-up of a refund says."""
    fields = json_object(answer.body) or {}
    if fields.get("status") == "not_found" and answer.status == NOT_FOUND_UNDER:
        return NotFound()
    return _outcome(answer.status, fields) or no_word(answer.status, fields)


def _outcome(status: int, fields: Mapping[str, Any]) -> RefundAnswer | None:
    succeeded = 200 <= status < 300
    match fields:
        case {"status": "refunded"} if status in DONE_UNDER:
            said = map(fields.get, ("refund_id", "amount", "currency"))
            return refunded_of(*said)
        case {"status": "refund_pending"} if succeeded:
            return RefundPending(reference_of(fields.get("refund_id")))
        case {"status": "not_refunded"} if succeeded or may_decline(status):
            code = code_of(fields.get("code"), otherwise="not_refunded")
            return NotRefunded(code, already_refunded=code == ALREADY_REFUNDED)
    return None
