"""The payment service's own book: every capture that was really made, and the keys it remembers.

One SQLite file, so that it survives the end of the process.  Captures are never deduplicated here;
that is the key memory's work alone, and the key memory can be switched off.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkout_stack.local.payment_service.messages import Answer, PaymentRequest

_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    payment_key TEXT NOT NULL, received_at REAL NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS requests_by_key ON requests (payment_key);
CREATE TABLE IF NOT EXISTS charges (
    charge_id TEXT PRIMARY KEY, payment_key TEXT NOT NULL, order_id TEXT NOT NULL,
    attempt INTEGER NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
    customer TEXT NOT NULL, payment_method TEXT NOT NULL, captured_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS outcomes (
    payment_key TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS outcomes_by_key ON outcomes (payment_key);
CREATE TABLE IF NOT EXISTS remembered_keys (
    payment_key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER, body TEXT);
"""


@dataclass(frozen=True)
class New:
    """No request with this key is remembered."""


@dataclass(frozen=True)
class Replayed:
    """The same request was answered before; this is that answer."""

    answer: Answer


@dataclass(frozen=True)
class InFlight:
    """The same key is being worked on."""


@dataclass(frozen=True)
class OtherContent:
    """The key was used for another request."""


class Ledger:
    """Safe to use from several threads of one process."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_SCHEMA)
        # A key with no answer was being worked on when the last process ended: nothing was
        # captured, as a capture and its answer are written together.
        self._database.execute("DELETE FROM remembered_keys WHERE status IS NULL")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def note_request(self, request: PaymentRequest) -> int:
        """Note a request; returns how many were seen under its key, with this one."""
        with self._lock:
            self._database.execute(
                "INSERT INTO requests VALUES (?, ?, ?)",
                (request.payment_key, time.time(), request.canonical()),
            )
            count = "SELECT count(*) FROM requests WHERE payment_key = ?"
            return int(self._database.execute(count, (request.payment_key,)).fetchone()[0])

    def last_request(self, payment_key: str) -> PaymentRequest | None:
        """The last request under a key, or None if there was none."""
        with self._lock:
            found = self._database.execute(
                "SELECT body FROM requests WHERE payment_key = ? ORDER BY rowid DESC LIMIT 1",
                (payment_key,),
            ).fetchone()
        return PaymentRequest(**json.loads(found[0])) if found else None

    def begin(self, request: PaymentRequest) -> New | Replayed | InFlight | OtherContent:
        """Take the key, unless it was taken before."""
        with self._lock:
            taken = self._database.execute(
                "SELECT fingerprint, status, body FROM remembered_keys WHERE payment_key = ?",
                (request.payment_key,),
            ).fetchone()
            if taken is None:
                self._database.execute(
                    "INSERT INTO remembered_keys VALUES (?, ?, NULL, NULL)",
                    (request.payment_key, request.canonical()),
                )
                return New()
        fingerprint, status, body = taken
        if fingerprint != request.canonical():
            return OtherContent()
        return InFlight() if status is None else Replayed(Answer(status, json.loads(body)))

    def abandon(self, payment_key: str) -> None:
        """Release a key under which nothing was decided."""
        with self._lock:
            self._database.execute(
                "DELETE FROM remembered_keys WHERE payment_key = ? AND status IS NULL",
                (payment_key,),
            )

    def capture(self, request: PaymentRequest, amount: int) -> Answer:
        """Take the money, and write the charge and its answer in one transaction."""
        charge_id = f"ch_{uuid.uuid4().hex}"
        answer = Answer(
            200,
            {
                "status": "captured",
                "charge_id": charge_id,
                "amount": amount,
                "currency": request.currency,
            },
        )
        row = (charge_id, request.payment_key, request.order_id, request.attempt, amount)
        rest = (request.currency, request.customer, request.payment_method, time.time())
        with self._lock, self._transaction():
            self._database.execute(
                "INSERT INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row + rest
            )
            self._settle(request.payment_key, answer)
        return answer

    def refuse(self, request: PaymentRequest, answer: Answer) -> Answer:
        """Write an outcome that moves no money."""
        with self._lock, self._transaction():
            self._settle(request.payment_key, answer)
        return answer

    def look_up(self, payment_key: str) -> Answer:
        """What became of a payment key: its first capture, else its last outcome."""
        with self._lock:
            outcomes = self._database.execute(
                "SELECT status, body FROM outcomes WHERE payment_key = ? ORDER BY rowid",
                (payment_key,),
            ).fetchall()
            working = self._database.execute(
                "SELECT 1 FROM remembered_keys WHERE payment_key = ? AND status IS NULL",
                (payment_key,),
            ).fetchone()
        answers = [Answer(status, json.loads(body)) for status, body in outcomes]
        captured = [answer for answer in answers if answer.body["status"] == "captured"]
        if captured or answers:
            return (captured or answers[-1:])[0]
        if working:
            return Answer(202, {"status": "processing"})
        return Answer(404, {"error": "no payment was made under this key"})

    def charges(self, *, customer: str | None = None) -> list[dict[str, Any]]:
        """Every capture, oldest first; of one customer where given."""
        with self._lock:
            cursor = self._database.execute(
                "SELECT * FROM charges WHERE ? IS NULL OR customer = ? ORDER BY rowid",
                (customer, customer),
            )
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def forget_key(self, payment_key: str) -> None:
        """Forget one key; its charges stay, and can be looked up."""
        with self._lock:
            self._database.execute(
                "DELETE FROM remembered_keys WHERE payment_key = ?", (payment_key,)
            )

    def forget_keys(self) -> int:
        """Forget every remembered key; returns how many. The charges stay."""
        with self._lock:
            return self._database.execute("DELETE FROM remembered_keys").rowcount

    def _settle(self, payment_key: str, answer: Answer) -> None:
        body = json.dumps(answer.body)
        self._database.execute(
            "INSERT INTO outcomes VALUES (?, ?, ?)", (payment_key, answer.status, body)
        )
        self._database.execute(
            "UPDATE remembered_keys SET status = ?, body = ? WHERE payment_key = ?",
            (answer.status, body, payment_key),
        )

    def _transaction(self) -> sqlite3.Connection:
        self._database.execute("BEGIN IMMEDIATE")
        return self._database
