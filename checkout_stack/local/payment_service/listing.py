"""The captures of a stretch of time, a page at a time: see ``docs/guide/payment-http.md``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checkout_stack.local.payment_service.messages import Answer

CHARGES_A_PAGE = 50
"""Few, so that a local run has more pages than one."""


def page_of(charges: Sequence[Mapping[str, Any]], asked: Mapping[str, str]) -> Answer:
    """Return a page of the charges of the ledger, which are the oldest first.

    :param asked: ``captured_from`` and ``captured_before`` in ms UTC; from the second page on the
        ``cursor`` of the page before.
    """
    try:
        begin, end = int(asked["captured_from"]), int(asked["captured_before"])
        cursor = int(asked.get("cursor", "0"))
    except (KeyError, ValueError):
        return Answer(400, {"error": "captured_from, captured_before: ms UTC; cursor: as given"})
    found = [each for each in map(_listed, charges) if begin <= each["captured_at"] < end]
    reached = cursor + CHARGES_A_PAGE
    return Answer(
        200,
        {
            "charges": found[cursor:reached],
            "next": str(reached) if reached < len(found) else None,
        },
    )


def _listed(charge: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "charge_id": charge["charge_id"],
        "key": charge["payment_key"],
        "amount": charge["amount"],
        "currency": charge["currency"],
        "captured_at": int(charge["captured_at"] * 1000),
    }
