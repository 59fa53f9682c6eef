"""A hold as the HTTP contract tells of it; loaded only where a service does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from checkout_runtime.adapters.answered_values import authorized_of
from checkout_runtime.domain.outcomes import Authorized

__all__ = ["hold_in"]


def hold_in(fields: Mapping[str, Any]) -> Authorized | None:
    """Return the hold that an ``authorized`` answer tells of; None where it lacks what belongs to
    one, such as the time at which it lapses."""
    charge_id, amount, currency = map(fields.get, ("charge_id", "amount", "currency"))
    before = _milliseconds(fields.get("capture_before"))
    return authorized_of(charge_id, amount, currency, before)


def _milliseconds(text: Any) -> int | None:
    """Return a time of RFC 3339 in ms UTC; None where the value is none, or names no zone.

    >>> _milliseconds("2027-01-15T08:00:00Z"), _milliseconds("2027-01-15T08:00:00")
    (1800000000000, None)
    """
    try:
        moment = datetime.fromisoformat(text) if type(text) is str else None
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None:
        return None
    return int(moment.timestamp() * 1000)
