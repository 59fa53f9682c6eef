"""Captures, and refunds, of a stretch of time, page by page: ``docs/guide/payment-http.md``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checkout_stack.local.payment_service.messages import Answer

CHARGES_A_PAGE = 50
"""Few, so that a local run has more pages than one."""


def page_of_refunds(refunds: Sequence[Mapping[str, Any]], asked: Mapping[str, str]) -> Answer:
    """Return a page of the refunds that went back, which are the oldest first.

    :param asked: ``refunded_from`` and ``refunded_before`` in ms UTC, and ``cursor``.
    """
    try:
        begin, end = int(asked["refunded_from"]), int(asked["refunded_before"])
        cursor = int(asked.get("cursor", "0"))
    except (KeyError, ValueError):
        return Answer(400, {"error": "refunded_from, refunded_before: ms UTC; cursor: as given"})
    gone = [_listed_refund(each) for each in refunds if each["status"] == "refunded"]
    return _page("refunds", [each for each in gone if begin <= each["refunded_at"] < end], cursor)


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
    return _page("charges", found, cursor)


def _page(name: str, found: Sequence[Mapping[str, Any]], cursor: int) -> Answer:
    reached = cursor + CHARGES_A_PAGE
    following = str(reached) if reached < len(found) else None
    return Answer(200, {name: found[cursor:reached], "next": following})


def _listed_refund(refund: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "refund_id": refund["refund_id"],
        "key": refund["refund_key"],
        "charge_id": refund["charge_id"],
        "amount": refund["amount"],
        "currency": refund["currency"],
        "refunded_at": int(refund["refunded_at"] * 1000),
    }


def _listed(charge: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "charge_id": charge["charge_id"],
        "key": charge["payment_key"],
        "amount": charge["amount"],
        "currency": charge["currency"],
        "captured_at": int(charge["captured_at"] * 1000),
    }
