"""The payment service's own book: every capture that was really made, and what became of each key.

Captures are never deduplicated here; that is the key memory's work alone, and the key memory can
be switched off.
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from checkout_stack.local.payment_service import messages
from checkout_stack.local.payment_service.database import Database
from checkout_stack.local.payment_service.holds import (
    WEEK_SECONDS,
    CaptureRequest,
    insert_hold,
    lapsed_holds,
    note_capture,
    why_not,
)
from checkout_stack.local.payment_service.key_memory import KeyMemory
from checkout_stack.local.payment_service.messages import Answer, PaymentRequest
from checkout_stack.local.payment_service.refunds import RefundBook
from checkout_stack.local.payment_service.webhooks import EndpointBook

__all__ = ["Ledger"]

_FINAL = ("captured", "declined", "cancelled")
_CANCELLED_CHARGE = messages.declined("cancelled")
"""What a charge is answered whose attempt was cancelled."""


class Ledger:
    """Safe to use from several threads of one process."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._database = Database(path)
        self._now = now
        self.keys = KeyMemory(self._database)
        self.refunds = RefundBook(self._database, now)
        self.endpoints = EndpointBook(self._database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def note_request(self, request: PaymentRequest) -> int:
        """Note a request; returns how many were seen under its key, with this one."""
        with self._database.transaction() as sql:
            sql.execute(
                "INSERT INTO requests VALUES (?, ?, ?)",
                (request.payment_key, self._now(), request.canonical()),
            )
            count = "SELECT count(*) FROM requests WHERE payment_key = ?"
            return int(sql.execute(count, (request.payment_key,)).fetchone()[0])

    def note_question(self, payment_key: str, operation: str) -> int:
        """Note a look-up, a cancellation or a refund; returns how many were seen, with this one."""
        with self._database.transaction() as sql:
            sql.execute("INSERT INTO questions VALUES (?, ?)", (payment_key, operation))
            count = "SELECT count(*) FROM questions WHERE payment_key = ? AND operation = ?"
            return int(sql.execute(count, (payment_key, operation)).fetchone()[0])

    def last_request(self, payment_key: str) -> PaymentRequest | None:
        """The last request under a key, or None if there was none."""
        with self._database.transaction() as sql:
            return _last_request(sql, payment_key)

    def take(
        self, request: PaymentRequest, amount: int, *, hold_seconds: int | None = None
    ) -> Answer:
        """Take the money, or hold it as asked, unless the attempt was cancelled meanwhile.

        :param hold_seconds: How long it is held. Default: a week.
        """
        with self._database.transaction() as sql:
            cancelled = _cancellation(sql, request)
            return cancelled or self._take(sql, request, amount, self._now(), hold_seconds)

    def capture_hold(self, request: CaptureRequest) -> Answer:
        """Take so much of what is held, once; the rest is released.

        A hold is captured once by its nature, so this does not depend on the key memory.
        """
        with self._database.transaction() as sql:
            self._settle_due(sql)
            charge, state = (
                _last_request(sql, request.payment_key),
                _state(sql, request.payment_key),
            )
            if charge is None or state is None:
                return messages.not_captured("unknown_hold")
            if state.body["status"] == "captured":
                return state if _captured_by(sql, request) else messages.not_captured("captured")
            if state.body["status"] != "authorized":
                return messages.GONE
            if refused := why_not(sql, request):
                return messages.not_captured(refused)
            note_capture(sql, request)
            return self._capture(sql, charge, request.amount, self._now())

    def let_lapse(self, payment_key: str) -> None:
        """Let the hold under a key lapse now, however long it was to stand."""
        with self._database.transaction() as sql:
            now = "UPDATE holds SET lapses_at = ? WHERE payment_key = ?"
            sql.execute(now, (self._now(), payment_key))

    def settle(self, request: PaymentRequest, answer: Answer) -> Answer:
        """Write an outcome that moves no money, unless the attempt was cancelled meanwhile."""
        with self._database.transaction() as sql:
            return _cancellation(sql, request) or _settle(sql, request.payment_key, answer)

    def process(self, request: PaymentRequest, *, settles_as: str, seconds: int) -> Answer:
        """Accept a payment that comes to an outcome after so many seconds."""
        with self._database.transaction() as sql:
            if cancelled := _cancellation(sql, request):
                return cancelled
            sql.execute(
                "INSERT INTO processing VALUES (?, ?, ?, ?)",
                (request.payment_key, self._now() + seconds, settles_as, request.canonical()),
            )
            return _settle(sql, request.payment_key, messages.PROCESSING)

    def confirm(self, payment_key: str) -> Answer | None:
        """Capture, or hold, what waits for its buyer, who acts now.

        Pressed again, even at the same moment, it captures nothing more. Returns the capture, or
        what else became of the payment; None if no payment was asked for.
        """
        with self._database.transaction() as sql:
            request, state = _last_request(sql, payment_key), _state(sql, payment_key)
            if request is None or state is None or state.body["status"] != "action_required":
                return state
            return self._take(sql, request, request.amount, self._now())

    def cancel(self, payment_key: str) -> Answer:
        """Cancel the attempt for good, unless it came to an outcome before."""
        with self._database.transaction() as sql:
            self._settle_due(sql)
            if _last_request(sql, payment_key) is None:
                return messages.NOT_FOUND
            state = _state(sql, payment_key)
            if state is not None and state.body["status"] in _FINAL:
                return state
            sql.execute("DELETE FROM processing WHERE payment_key = ?", (payment_key,))
            return _cancel(sql, payment_key)

    def look_up(self, payment_key: str) -> Answer:
        """What became of a payment key: its first capture, else its last outcome."""
        with self._database.transaction() as sql:
            self._settle_due(sql)
            if state := _state(sql, payment_key):
                return state
            in_flight = KeyMemory.is_in_flight(sql, payment_key)
            return messages.BEING_WORKED_ON if in_flight else messages.NOT_FOUND

    def charges(self, *, customer: str | None = None) -> list[dict[str, Any]]:
        """Every capture, oldest first; of one customer where given."""
        with self._database.transaction() as sql:
            self._settle_due(sql)
            cursor = sql.execute(
                "SELECT * FROM charges WHERE ? IS NULL OR customer = ? ORDER BY captured_at, rowid",
                (customer, customer),
            )
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def holds(self) -> list[dict[str, Any]]:
        """Every hold, oldest first: its key, its amount, and whether it is still ``authorized``."""
        with self._database.transaction() as sql:
            self._settle_due(sql)
            made = "SELECT payment_key, amount FROM holds ORDER BY rowid"
            return [
                {"payment_key": key, "amount": amount, "status": state.body["status"]}
                for key, amount in sql.execute(made).fetchall()
                if (state := _state(sql, key)) is not None
            ]

    def settle_due(self) -> None:
        """Bring payments whose time has come to their outcomes: they were processing, or held."""
        with self._database.transaction() as sql:
            self._settle_due(sql)

    def _settle_due(self, sql: sqlite3.Connection) -> None:
        now = self._now()
        due = "SELECT due_at, settles_as, body FROM processing WHERE due_at <= ? ORDER BY due_at"
        for due_at, settles_as, body in sql.execute(due, (now,)).fetchall():
            request = PaymentRequest(**json.loads(body))
            if settles_as == "captured":
                self._take(sql, request, request.amount, due_at)
            else:
                _settle(sql, request.payment_key, messages.CARD_DECLINED)
        sql.execute("DELETE FROM processing WHERE due_at <= ?", (now,))
        for payment_key in lapsed_holds(sql, now):
            state = _state(sql, payment_key)
            if state is not None and state.body["status"] == "authorized":
                _cancel(sql, payment_key)

    def _take(
        self,
        sql: sqlite3.Connection,
        request: PaymentRequest,
        amount: int,
        taken_at: float,
        hold_seconds: int | None = None,
    ) -> Answer:
        if request.capture != "later":
            return self._capture(sql, request, amount, taken_at)
        held_for = WEEK_SECONDS if hold_seconds is None else hold_seconds
        answer = insert_hold(sql, request, amount, taken_at + held_for)
        return _settle(sql, request.payment_key, answer)

    @staticmethod
    def _capture(
        sql: sqlite3.Connection, request: PaymentRequest, amount: int, captured_at: float
    ) -> Answer:
        charge_id = f"ch_{uuid.uuid4().hex}"
        row = (charge_id, request.payment_key, request.order_id, request.attempt, amount)
        rest = (request.currency, request.customer, request.payment_method, captured_at)
        sql.execute("INSERT INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row + rest)
        answer = messages.captured(charge_id, amount, request.currency)
        return _settle(sql, request.payment_key, answer)


def _last_request(sql: sqlite3.Connection, payment_key: str) -> PaymentRequest | None:
    last = "SELECT body FROM requests WHERE payment_key = ? ORDER BY rowid DESC LIMIT 1"
    found = sql.execute(last, (payment_key,)).fetchone()
    return PaymentRequest(**json.loads(found[0])) if found else None


def _state(sql: sqlite3.Connection, payment_key: str) -> Answer | None:
    outcomes = "SELECT status, body FROM outcomes WHERE payment_key = ? ORDER BY rowid"
    found = sql.execute(outcomes, (payment_key,)).fetchall()
    answers = [Answer(status, json.loads(body)) for status, body in found]
    captured = [answer for answer in answers if answer.body["status"] == "captured"]
    return next(iter(captured or answers[-1:]), None)


def _cancel(sql: sqlite3.Connection, payment_key: str) -> Answer:
    """Give an attempt up for good: a repeated charge under its key is declined from now on."""
    _settle(sql, payment_key, messages.CANCELLED)
    KeyMemory.remember(sql, payment_key, _CANCELLED_CHARGE)
    return messages.CANCELLED


def _captured_by(sql: sqlite3.Connection, request: CaptureRequest) -> bool:
    """Whether this request, repeated now, captured the hold."""
    asked = "SELECT 1 FROM holds WHERE payment_key = ? AND capture_key = ?"
    return sql.execute(asked, (request.payment_key, request.key)).fetchone() is not None


def _cancellation(sql: sqlite3.Connection, request: PaymentRequest) -> Answer | None:
    return _CANCELLED_CHARGE if _state(sql, request.payment_key) == messages.CANCELLED else None


def _settle(sql: sqlite3.Connection, payment_key: str, answer: Answer) -> Answer:
    sql.execute(
        "INSERT INTO outcomes VALUES (?, ?, ?)",
        (payment_key, answer.status, json.dumps(answer.body)),
    )
    KeyMemory.remember(sql, payment_key, answer)
    return answer
