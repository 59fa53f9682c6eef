"""The workflow that most shops begin with: write the order and call the payment service, at once.

There is nothing wrong with any single line of it.  What is missing is that two requests can mean
one purchase: each request is an order of its own, with a payment key of its own.
"""

from __future__ import annotations

import http.client
import sqlite3
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from checkout_stack.local.loopback_http import request
from checkout_stack.local.payment_service_process import PaymentControls

PATIENCE_SECONDS = 10.0
"""For the payment service."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT, customer TEXT NOT NULL, amount INTEGER NOT NULL,
    state TEXT NOT NULL);
"""


@dataclass(frozen=True)
class NaiveOrder:
    """An order that was written, and what the payment service said."""

    number: int
    paid: bool
    said: str
    """The payment service's answer, for people."""


class NaiveCheckout:
    """A table of orders, and a payment service that is called in the request."""

    def __init__(self, database: Path, payments: PaymentControls) -> None:
        self._payments = payments
        self._lock = threading.Lock()
        self._database = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._database.execute(_SCHEMA)

    def pay(
        self,
        customer: str,
        amount: int,
        currency: str,
        payment_method: str,
        written: Callable[[int], None],
    ) -> NaiveOrder:
        """Write an order, charge it, and store what came of it; ``written`` is told its number."""
        number = self._write(customer, amount)
        written(number)
        status, said = self._charge(number, customer, amount, currency, payment_method)
        paid = status == http.client.OK
        self._store(number, "PAID" if paid else "FAILED")
        return NaiveOrder(number, paid, said)

    def orders(self, customer: str) -> list[tuple[int, str]]:
        """Number and state of a customer's orders, oldest first."""
        rows = "SELECT number, state FROM orders WHERE customer = ? ORDER BY number"
        with self._lock:
            return [(int(n), str(s)) for n, s in self._database.execute(rows, (customer,))]

    def close(self) -> None:
        """Close the table."""
        with self._lock:
            self._database.close()

    def _write(self, customer: str, amount: int) -> int:
        row = "INSERT INTO orders (customer, amount, state) VALUES (?, ?, 'NEW')"
        with self._lock:
            return int(self._database.execute(row, (customer, amount)).lastrowid or 0)

    def _store(self, number: int, state: str) -> None:
        change = "UPDATE orders SET state = ? WHERE number = ?"
        with self._lock:
            self._database.execute(change, (state, number))

    def _charge(
        self, number: int, customer: str, amount: int, currency: str, payment_method: str
    ) -> tuple[int | None, str]:
        body = {
            "order_id": f"naive-{number}",
            "attempt": 1,
            "amount": amount,
            "currency": currency,
            "customer": customer,
            "payment_method": payment_method,
        }
        headers = {
            "Authorization": f"Bearer {self._payments.secret}",
            "Idempotency-Key": str(uuid.uuid4()),
        }
        try:
            answer = request(
                self._payments.port,
                "POST",
                "/charges",
                headers=headers,
                body=body,
                timeout=PATIENCE_SECONDS,
            )
        except (OSError, http.client.HTTPException) as problem:
            return None, f"no answer ({type(problem).__name__})"
        return answer.status, str(answer.status)
