"""The payment service's book of refunds: what was really given back, and under which key."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checkout_stack.local.payment_service import messages
from checkout_stack.local.payment_service.database import Database
from checkout_stack.local.payment_service.messages import Answer, amount_in, fields_of

__all__ = ["RefundBook", "RefundRequest"]


@dataclass(frozen=True, kw_only=True)
class RefundRequest:
    """What the checkout asks for."""

    key: str
    charge_id: str
    amount: int
    currency: str

    @classmethod
    def read(cls, key: str, body: bytes) -> RefundRequest:
        """The request in a JSON body, with every field of the right type."""
        fields = fields_of(body)
        texts = {name: str(fields.get(name) or "") for name in ("charge_id", "currency")}
        return cls(key=key, amount=amount_in(fields), **texts)


class RefundBook:
    """Refunds in the file of the ledger. Its keys are remembered for ever."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def make(self, request: RefundRequest, *, honours_keys: bool) -> Answer:
        """Give back, once for each key where keys are honoured; never more than was captured."""
        with self._database.transaction() as sql:
            known = _known(sql, request.key) if honours_keys else None
            if known is not None:
                return known
            why_not = _why_not(sql, request)
            if why_not is not None:
                return messages.not_refunded(why_not)
            reference = f"re_{uuid.uuid4().hex}"
            row = (reference, request.key, request.charge_id, request.amount, request.currency)
            sql.execute("INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?)", (*row, self._now()))
            return messages.refunded(reference, request.amount, request.currency)

    def look_up(self, key: str) -> Answer:
        """What became of a refund's key."""
        with self._database.transaction() as sql:
            return _known(sql, key) or messages.NOT_FOUND

    def payment_method_of(self, charge_id: str) -> str | None:
        """The payment method by which a charge was captured; it decides what goes wrong."""
        with self._database.transaction() as sql:
            asked = "SELECT payment_method FROM charges WHERE charge_id = ?"
            found = sql.execute(asked, (charge_id,)).fetchone()
            return None if found is None else str(found[0])

    def listed(self, customer: str | None) -> list[dict[str, Any]]:
        """Every refund, oldest first; of one customer's charges where given."""
        with self._database.transaction() as sql:
            cursor = sql.execute(
                "SELECT refunds.*, charges.order_id FROM refunds JOIN charges USING (charge_id) "
                "WHERE ? IS NULL OR customer = ? ORDER BY refunded_at, refunds.rowid",
                (customer, customer),
            )
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _known(sql: sqlite3.Connection, key: str) -> Answer | None:
    asked = "SELECT refund_id, amount, currency FROM refunds WHERE refund_key = ? ORDER BY rowid"
    found = sql.execute(asked, (key,)).fetchone()
    return None if found is None else messages.refunded(*found)


def _why_not(sql: sqlite3.Connection, request: RefundRequest) -> str | None:
    charge = sql.execute(
        "SELECT amount, currency FROM charges WHERE charge_id = ?", (request.charge_id,)
    ).fetchone()
    if charge is None:
        return "unknown_charge"
    captured, currency = charge
    given = sql.execute(
        "SELECT coalesce(sum(amount), 0) FROM refunds WHERE charge_id = ?", (request.charge_id,)
    ).fetchone()[0]
    if given >= captured:
        return "already_refunded"
    if currency != request.currency:
        return "other_currency"
    return "more_than_captured" if given + request.amount > captured else None
