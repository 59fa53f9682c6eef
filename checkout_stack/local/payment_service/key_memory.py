"""The idempotency keys that the payment service remembers, and what it answered under each."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from checkout_stack.local.payment_service.database import Database
from checkout_stack.local.payment_service.messages import Answer, PaymentRequest

__all__ = ["InFlight", "KeyMemory", "New", "OtherContent", "Replayed"]


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


class KeyMemory:
    """Safe to use from several threads of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as sql:
            # A key with no answer was being worked on when the last process ended: nothing was
            # captured, as a capture and its answer are written together.
            sql.execute("DELETE FROM remembered_keys WHERE status IS NULL")

    def begin(self, request: PaymentRequest) -> New | Replayed | InFlight | OtherContent:
        """Take the key, unless it was taken before."""
        with self._database.transaction() as sql:
            taken = sql.execute(
                "SELECT fingerprint, status, body FROM remembered_keys WHERE payment_key = ?",
                (request.payment_key,),
            ).fetchone()
            if taken is None:
                sql.execute(
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
        with self._database.transaction() as sql:
            sql.execute(
                "DELETE FROM remembered_keys WHERE payment_key = ? AND status IS NULL",
                (payment_key,),
            )

    def forget(self, payment_key: str) -> None:
        """Forget one key; its charges stay, and can be looked up."""
        with self._database.transaction() as sql:
            sql.execute("DELETE FROM remembered_keys WHERE payment_key = ?", (payment_key,))

    def forget_all(self) -> int:
        """Forget every remembered key; returns how many. The charges stay."""
        with self._database.transaction() as sql:
            return sql.execute("DELETE FROM remembered_keys").rowcount

    @staticmethod
    def remember(sql: sqlite3.Connection, payment_key: str, answer: Answer) -> None:
        """Keep the answer under a key that was taken, in the caller's transaction."""
        sql.execute(
            "UPDATE remembered_keys SET status = ?, body = ? WHERE payment_key = ?",
            (answer.status, json.dumps(answer.body), payment_key),
        )

    @staticmethod
    def is_in_flight(sql: sqlite3.Connection, payment_key: str) -> bool:
        """Whether a request under the key is being worked on, in the caller's transaction."""
        working = "SELECT 1 FROM remembered_keys WHERE payment_key = ? AND status IS NULL"
        return sql.execute(working, (payment_key,)).fetchone() is not None
