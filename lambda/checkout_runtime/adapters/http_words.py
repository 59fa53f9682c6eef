"""The words of the HTTP contract: what an answer says about the money, and under which status.

Gateways, load balancers and firewalls answer in status codes, so a status alone decides nothing. An
answer counts where a readable JSON object says a word in its ``status``, and the HTTP status is one
under which that word means something. docs/guide/payment-http.md holds the whole contract.
"""

from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.answered_values import captured_of, code_of, page_to_act_on
from checkout_runtime.adapters.bare_answers import bare_answer
from checkout_runtime.adapters.http_exchange import HttpAnswer
from checkout_runtime.adapters.json_object import json_object
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Cancelled,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)

__all__ = [
    "DONE_UNDER",
    "NOT_FOUND_UNDER",
    "answer_to_cancel",
    "answer_to_charge",
    "answer_to_look_up",
    "may_decline",
    "no_word",
]

_WORDS = (
    *("captured", "authorized", "declined", "action_required", "processing"),
    *("not_charged", "not_found", "cancelled", "refunded", "refund_pending", "not_refunded"),
    "not_captured",
)
DONE_UNDER = (200, 201)
NOT_FOUND_UNDER = 404
_COME_BACK_LATER = frozenset({408, 425, 429})
"""No word under them counts: they are about this request and ask for another one."""
_NOT_ABOUT_THE_REQUEST = frozenset({401, 403, 407, 409, 423})
"""About our credentials, or about an earlier request: nothing there was refused for good."""


def answer_to_charge(answer: HttpAnswer, *, holds: bool = False) -> Outcome:
    """Return what the answer to a charge says.

    ``holds``, here and below: whether ``authorized`` is a word, as a hold may have been asked for.
    """
    status, fields = answer.status, json_object(answer.body) or {}
    match fields.get("status"):
        case "not_charged" if _is_refusal(status):
            return NotCharged(_code(fields, "not_charged"))
    return _outcome(status, fields, holds=holds) or no_word(status, fields)


def answer_to_look_up(answer: HttpAnswer, *, holds: bool = False) -> Outcome | NotFound:
    """Return what the answer to a look-up says. One that was cancelled is a decline."""
    said = answer_to_cancel(answer, holds=holds)
    return Declined("cancelled") if isinstance(said, Cancelled) else said


def answer_to_cancel(answer: HttpAnswer, *, holds: bool = False) -> Outcome | NotFound | Cancelled:
    """Return what the answer to a cancellation says."""
    status, fields = answer.status, json_object(answer.body) or {}
    match fields.get("status"):
        case "not_found" if status == NOT_FOUND_UNDER:
            return NotFound()
        case "cancelled" if 200 <= status < 300:
            return Cancelled()
    return _outcome(status, fields, holds=holds) or no_word(status, fields)


def _outcome(status: int, fields: Mapping[str, Any], *, holds: bool) -> Outcome | None:
    """Return what a word says that may answer each of the three requests; None for no word."""
    succeeded = 200 <= status < 300
    match fields:
        case {"status": "captured"} if status in DONE_UNDER:
            said = map(fields.get, ("charge_id", "amount", "currency"))
            return captured_of(*said)
        case {"status": "authorized"} if holds and status in DONE_UNDER:
            return _hold_in(fields)
        case {"status": "declined"} if succeeded or may_decline(status):
            return Declined(_code(fields, "declined"))
        case {"status": "action_required"} if succeeded:
            url = page_to_act_on(fields.get("action_url"))
            return None if url is None else ActionRequired(url)
        case {"status": "processing"} if succeeded:
            return Processing()
    return None


def _hold_in(fields: Mapping[str, Any]) -> Authorized | None:
    from checkout_runtime.adapters.http_holds import hold_in

    return hold_in(fields)


def no_word(status: int, fields: Mapping[str, Any]) -> Unknown:
    """Return what an answer without a word means: nothing about the money."""
    said = fields.get("status")
    # A word under a status where it means nothing, or without what belongs to it.
    reason = f"http_{status}_{said}" if said in _WORDS else f"http_{status}"
    return bare_answer(status, reason)


def may_decline(status: int) -> bool:
    """Tell whether a word that says no counts under an error status."""
    return 400 <= status < 500 and status not in _COME_BACK_LATER


def _is_refusal(status: int) -> bool:
    return 400 <= status < 500 and status not in _COME_BACK_LATER | _NOT_ABOUT_THE_REQUEST


def _code(fields: Mapping[str, Any], otherwise: str) -> str:
    """Return the reason that is given; services of the contract before call it ``decline_code``."""
    return code_of(fields.get("code", fields.get("decline_code")), otherwise=otherwise)
