"""The file of the payment service's book, one transaction at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Database"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    payment_key TEXT NOT NULL, received_at REAL NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS requests_by_key ON requests (payment_key);
CREATE TABLE IF NOT EXISTS questions (payment_key TEXT NOT NULL, operation TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS questions_by_key ON questions (payment_key, operation);
CREATE TABLE IF NOT EXISTS charges (
    charge_id TEXT PRIMARY KEY, payment_key TEXT NOT NULL, order_id TEXT NOT NULL,
    attempt INTEGER NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
    customer TEXT NOT NULL, payment_method TEXT NOT NULL, captured_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS processing (
    payment_key TEXT NOT NULL, due_at REAL NOT NULL, settles_as TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outcomes (
    payment_key TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS outcomes_by_key ON outcomes (payment_key);
CREATE TABLE IF NOT EXISTS refunds (
    refund_id TEXT PRIMARY KEY, refund_key TEXT NOT NULL, charge_id TEXT NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, refunded_at REAL NOT NULL,
    status TEXT NOT NULL, becomes TEXT NOT NULL, becomes_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS holds (
    hold_id TEXT PRIMARY KEY, payment_key TEXT NOT NULL, amount INTEGER NOT NULL,
    currency TEXT NOT NULL, lapses_at REAL NOT NULL, capture_key TEXT);
CREATE TABLE IF NOT EXISTS webhook_endpoints (
    url TEXT NOT NULL, host TEXT NOT NULL, secret TEXT NOT NULL, PRIMARY KEY (url, host));
CREATE TABLE IF NOT EXISTS remembered_keys (
    payment_key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER, body TEXT);
"""


class Database:
    """One SQLite file, so that it survives the end of the process."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block or nothing of it; no other thread reads or writes meanwhile."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield self._connection

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
