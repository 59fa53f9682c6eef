"""Money that is held: how much, until when, and the one request that captured it."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from checkout_stack.local.payment_service import messages
from checkout_stack.local.payment_service.messages import (
    Answer,
    PaymentRequest,
    amount_in,
    fields_of,
)

__all__ = [
    "WEEK_SECONDS",
    "CaptureRequest",
    "insert_hold",
    "lapsed_holds",
    "note_capture",
    "why_not",
]

WEEK_SECONDS = 7 * 24 * 60 * 60
"""As long as most card networks hold the money of an online payment."""


@dataclass(frozen=True, kw_only=True)
class CaptureRequest:
    """What the checkout asks for."""

    key: str
    payment_key: str
    charge_id: str
    amount: int
    currency: str

    @classmethod
    def read(cls, key: str, body: bytes) -> CaptureRequest:
        """The request in a JSON body, with every field of the right type.

        :raises BadRequestError: it is none.
        """
        fields = fields_of(body)
        names = ("payment_key", "charge_id", "currency")
        texts = {name: str(fields.get(name) or "") for name in names}
        return cls(key=key, amount=amount_in(fields), **texts)


def insert_hold(
    sql: sqlite3.Connection, request: PaymentRequest, amount: int, lapses_at: float
) -> Answer:
    """Hold the money, in the caller's transaction."""
    hold_id = f"h_{uuid.uuid4().hex}"
    row = (hold_id, request.payment_key, amount, request.currency, lapses_at)
    sql.execute("INSERT INTO holds VALUES (?, ?, ?, ?, ?, NULL)", row)
    before = datetime.fromtimestamp(lapses_at, UTC).isoformat(timespec="milliseconds")
    return messages.authorized(hold_id, amount, request.currency, before)


def lapsed_holds(sql: sqlite3.Connection, now: float) -> list[str]:
    """The payment keys of the holds whose time is over, whatever became of them."""
    late = "SELECT payment_key FROM holds WHERE lapses_at <= ?"
    return [row[0] for row in sql.execute(late, (now,)).fetchall()]


def why_not(sql: sqlite3.Connection, request: CaptureRequest) -> str | None:
    """Why no money can be taken of a hold that still stands; None where it can."""
    found = sql.execute(
        "SELECT amount, currency FROM holds WHERE payment_key = ? AND hold_id = ?",
        (request.payment_key, request.charge_id),
    ).fetchone()
    if found is None:
        return "unknown_hold"
    held, currency = found
    if currency != request.currency:
        return "other_currency"
    return "more_than_held" if request.amount > held else None


def note_capture(sql: sqlite3.Connection, request: CaptureRequest) -> None:
    """Note which request captured the hold."""
    noted = "UPDATE holds SET capture_key = ? WHERE payment_key = ?"
    sql.execute(noted, (request.key, request.payment_key))
