"""A payment service in memory, an adapter for it that keeps every promise, and its sandbox."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from checkout_runtime.conformance import Sandbox
from checkout_runtime.payment_service import (
    ActionRequired,
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    NotRefunded,
    Order,
    Processing,
    Refund,
    Refunded,
    Unknown,
)

SECRET = "secret-of-the-books"
WEEK_MS = 7 * 24 * 60 * 60 * 1000


class LostAnswerError(Exception):
    """There is no answer, or an error of the service's own."""


class WordlessError(Exception):
    """A gateway answered, under this status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"http_{status}")
        self.status = status


@dataclass(frozen=True)
class GivenBack:
    """One refund."""

    charge: str
    reference: str
    amount: int
    currency: str


class Books:
    """The payment service: it charges a key once."""

    def __init__(self) -> None:
        self.captures: list[str] = []
        self.answers: dict[str, Any] = {}
        self.refunds: dict[str, GivenBack] = {}
        self.trouble = ""
        self.gateway_status: int | None = None
        self.failed: set[str] = set()
        self.lock = threading.Lock()
        self.go_on = threading.Event()

    def pay(self, key: str, amount: int, currency: str, method: str, *, holds: bool = False) -> Any:
        self._reach()
        with self.lock:
            if key not in self.answers:
                self.answers[key] = self._decide(key, amount, currency, method, holds=holds)
        return self._said(self.answers[key])

    def take(self, key: str, amount: int) -> Any:
        """Capture what is held under a payment key, once."""
        self._reach()
        with self.lock:
            held = self.answers[key]
            if isinstance(held, Authorized):
                if amount > held.amount:
                    return NotCharged("more_than_held")
                self.captures.append(key)
                self.answers[key] = Captured(held.charge_id, amount, held.currency)
        return self._said(self.answers[key])

    def lapse(self, key: str) -> None:
        self.answers[key] = Declined("cancelled")

    def find(self, key: str) -> Any:
        self._reach()
        return self.answers.get(key, NotFound())

    def give_up(self, key: str) -> Any:
        self._reach()
        if isinstance(self.answers.get(key), Captured):
            return self.answers[key]
        self.answers[key] = Declined("cancelled")
        return Cancelled()

    def give_back(self, key: str, charge_id: str, amount: int, currency: str) -> Any:
        self._reach()
        with self.lock:
            if key not in self.refunds:
                given = sum(
                    each.amount for each in self.refunds.values() if each.charge == charge_id
                )
                captured = next(
                    each.amount
                    for each in self.answers.values()
                    if isinstance(each, Captured) and each.charge_id == charge_id
                )
                if given + amount > captured:
                    return NotRefunded("more_than_captured")
                reference = f"re_{len(self.refunds) + 1}"
                self.refunds[key] = GivenBack(charge_id, reference, amount, currency)
            made = self.refunds[key]
        return self._said(Refunded(made.reference, made.amount, made.currency))

    def find_refund(self, key: str) -> Any:
        self._reach()
        made = self.refunds.get(key)
        if made is None:
            return NotFound()
        return Refunded(made.reference, made.amount, made.currency)

    def _reach(self) -> None:
        if self.gateway_status is not None:
            raise WordlessError(self.gateway_status)
        if self.trouble == "fails":
            raise LostAnswerError("500")

    def _decide(self, key: str, amount: int, currency: str, method: str, *, holds: bool) -> Any:
        if method == "pm_declined":
            return Declined("no_funds")
        if method == "pm_action":
            return ActionRequired("https://bank.example/3ds")
        if method == "pm_debit":
            return Processing()
        if holds:
            number = len(self.answers) + 1
            lapses_at = time.time_ns() // 1_000_000 + WEEK_MS
            return Authorized(f"h_{number}", amount, currency, lapses_at)
        self.captures.append(key)
        return Captured(f"ch_{len(self.captures)}", amount, currency)

    def _said(self, answer: Any) -> Any:
        if self.trouble == "loses":
            raise LostAnswerError("cut off")
        if self.trouble == "fails after charge":
            raise LostAnswerError("503")
        if self.trouble == "holds" and not self.go_on.wait(0.05):
            raise LostAnswerError("late")
        return answer

    @contextmanager
    def in_trouble(self, trouble: str) -> Iterator[None]:
        self.trouble = trouble
        yield
        self.trouble = ""
        self.go_on.set()

    @contextmanager
    def behind_gateway(self, status: int) -> Iterator[None]:
        self.gateway_status = status
        yield
        self.gateway_status = None


class Good:
    """Keeps every promise."""

    def __init__(self, books: Books, *, captures_later: bool = False) -> None:
        self.books = books
        self.captures_later = captures_later

    def key(self, order: Order) -> str:
        return order.payment_key

    def charge(self, order: Order) -> Any:
        try:
            return self.books.pay(
                self.key(order),
                order.amount,
                order.currency,
                order.payment_method,
                holds=self.captures_later,
            )
        except WordlessError as problem:
            return self.wordless("charge", problem.status)
        except LostAnswerError as problem:
            return Unknown(str(problem))

    def look_up(self, payment_key: str) -> Any:
        try:
            return self.books.find(payment_key)
        except WordlessError as problem:
            return self.wordless("look_up", problem.status)
        except LostAnswerError as problem:
            return Unknown(str(problem))

    def cancel(self, payment_key: str) -> Any:
        try:
            return self.books.give_up(payment_key)
        except WordlessError as problem:
            return self.wordless("cancel", problem.status)

    def capture(self, order: Order, amount: int) -> Any:
        try:
            return self.books.take(order.payment_key, amount)
        except WordlessError as problem:
            return self.wordless("capture", problem.status)
        except LostAnswerError as problem:
            return Unknown(str(problem))

    def refund_key(self, refund: Refund) -> str:
        return refund.payment_key

    def refund(self, refund: Refund) -> Any:
        try:
            return self.books.give_back(
                self.refund_key(refund), refund.charge_id, refund.amount, refund.currency
            )
        except (LostAnswerError, WordlessError) as problem:
            return Unknown(str(problem))

    def look_up_refund(self, refund: Refund) -> Any:
        try:
            return self.books.find_refund(self.refund_key(refund))
        except (LostAnswerError, WordlessError) as problem:
            return Unknown(str(problem))

    def wordless(self, asked: str, status: int) -> Any:
        del asked
        return Unknown(f"http_{status}", without_word=True)


class BooksSandbox(Sandbox):
    """The payment service in memory, as the kit sees it."""

    timeout_seconds = 0.5
    can_cancel = True
    can_refund = True
    declined_method = "pm_declined"
    action_method = "pm_action"
    processing_method = "pm_debit"
    confidential = (SECRET,)

    def __init__(self, adapter: type[Good]) -> None:
        self._adapter = adapter
        self._books = Books()

    def payment_service(self) -> Good:
        return self._adapter(self._books)

    def holding_payment_service(self) -> Good:
        return self._adapter(self._books, captures_later=True)

    def let_lapse(self, payment_key: str) -> bool:
        self._books.lapse(payment_key)
        return True

    def captured(self, payment_key: str) -> int:
        return sum(each.startswith(payment_key) for each in self._books.captures)

    def losing_answers(self) -> AbstractContextManager[None]:
        return self._books.in_trouble("loses")

    def failing(self) -> AbstractContextManager[None]:
        return self._books.in_trouble("fails")

    def failing_after_charge(self) -> AbstractContextManager[None]:
        return self._books.in_trouble("fails after charge")

    def gateway_answers(self, status: int) -> AbstractContextManager[None]:
        return self._books.behind_gateway(status)

    def unreachable(self) -> AbstractContextManager[None]:
        return self._books.in_trouble("fails")

    def answering_late(self) -> AbstractContextManager[None]:
        return self._books.in_trouble("holds")
