"""A payment service in memory, a good adapter, and adapters that each break one promise.

``test_conformance_kit.py`` runs the kit on this file in a process of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from checkout_runtime.conformance import PaymentServiceConformance, Sandbox
from checkout_runtime.payment_service import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotFound,
    Order,
    Unknown,
)

SECRET = "secret-of-the-books"


class Lost(Exception):
    """There is no answer."""


class Books:
    """The payment service: it charges a key once."""

    def __init__(self) -> None:
        self.captures: list[str] = []
        self.answers: dict[str, Any] = {}
        self.trouble = ""
        self.lock = threading.Lock()
        self.go_on = threading.Event()

    def pay(self, key: str, amount: int, currency: str, method: str) -> Any:
        if self.trouble == "fails":
            raise Lost("500")
        with self.lock:
            if key not in self.answers:
                self.answers[key] = self._decide(key, amount, currency, method)
        return self._said(self.answers[key])

    def find(self, key: str) -> Any:
        if self.trouble == "fails":
            raise Lost("500")
        return self.answers.get(key, NotFound())

    def give_up(self, key: str) -> Any:
        if isinstance(self.answers.get(key), Captured):
            return self.answers[key]
        self.answers[key] = Declined("cancelled")
        return Cancelled()

    def _decide(self, key: str, amount: int, currency: str, method: str) -> Any:
        if method == "pm_declined":
            return Declined("no_funds")
        if method == "pm_action":
            return ActionRequired("https://bank.example/3ds")
        self.captures.append(key)
        return Captured(f"ch_{len(self.captures)}", amount, currency)

    def _said(self, answer: Any) -> Any:
        if self.trouble == "loses":
            raise Lost("cut off")
        if self.trouble == "holds" and not self.go_on.wait(0.05):
            raise Lost("late")
        return answer

    @contextmanager
    def in_trouble(self, trouble: str) -> Iterator[None]:
        self.trouble = trouble
        yield
        self.trouble = ""
        self.go_on.set()


class Good:
    """Keeps every promise."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def key(self, order: Order) -> str:
        return order.payment_key

    def charge(self, order: Order) -> Any:
        try:
            return self.books.pay(
                self.key(order), order.amount, order.currency, order.payment_method
            )
        except Lost as problem:
            return Unknown(str(problem))

    def look_up(self, payment_key: str) -> Any:
        try:
            return self.books.find(payment_key)
        except Lost as problem:
            return Unknown(str(problem))

    def cancel(self, payment_key: str) -> Any:
        return self.books.give_up(payment_key)


class FreshKeys(Good):
    """Sends another key with each request."""

    count = 0

    def charge(self, order: Order) -> Any:
        with self.books.lock:
            FreshKeys.count += 1
            number = FreshKeys.count
        return self.books.pay(
            f"{order.payment_key}-{number}", order.amount, order.currency, order.payment_method
        )

    def look_up(self, payment_key: str) -> Any:
        under = [each for each in self.books.answers if each.startswith(f"{payment_key}-")]
        return self.books.find(under[0]) if under else super().look_up(payment_key)

    def cancel(self, payment_key: str) -> Any:
        answer = self.look_up(payment_key)
        return answer if isinstance(answer, Captured) else Cancelled()


class OneKey(Good):
    """Sends the buyer as the key: two orders are one charge."""

    def key(self, order: Order) -> str:
        return order.customer


class SilenceIsNo(Good):
    """Takes silence for a decline."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        return Declined("no_answer") if isinstance(answer, Unknown) else answer


class SilenceIsNotFound(Good):
    """Takes a look-up without an answer for 'not found'."""

    def look_up(self, payment_key: str) -> Any:
        answer = super().look_up(payment_key)
        return NotFound() if isinstance(answer, Unknown) else answer


class DeclineIsError(Good):
    """Raises where the payment service declines."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        if isinstance(answer, Declined):
            raise ValueError(answer.code)
        return answer


class ActionIsDecline(Good):
    """Takes 3-D Secure for a no."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        return Declined("3ds") if isinstance(answer, ActionRequired) else answer


class UnsafePage(Good):
    """Sends the buyer to a page without TLS."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        page = ActionRequired("http://bank.example/3ds")
        return page if isinstance(answer, ActionRequired) else answer


class MajorUnits(Good):
    """Rounds to whole units."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        if isinstance(answer, Captured):
            return Captured(answer.charge_id, answer.amount // 100 * 100, answer.currency)
        return answer


class LowerCase(Good):
    """Names the currency as its payment service does."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        if isinstance(answer, Captured):
            return Captured(answer.charge_id, answer.amount, answer.currency.lower())
        return answer


class EchoesTheOrder(Good):
    """Says of an old key what was asked for, not what was charged."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        if isinstance(answer, Captured):
            return Captured(answer.charge_id, order.amount, order.currency)
        return answer


class LookUpCharges(Good):
    """Looks up by sending the charge again."""

    def look_up(self, payment_key: str) -> Any:
        if isinstance(found := super().look_up(payment_key), Captured):
            self.books.captures.append(payment_key)
        return found


class FindsAnything(Good):
    """Says that it knows every key."""

    def look_up(self, payment_key: str) -> Any:
        found = super().look_up(payment_key)
        return Declined("unknown") if isinstance(found, NotFound) else found


class SharedState(Good):
    """Keeps the request in the adapter, where the next thread finds it."""

    def charge(self, order: Order) -> Any:
        self.order = order
        threading.Event().wait(0.05)
        return super().charge(self.order)


class ShowsSecret(Good):
    """Shows the secret in its repr."""

    def __repr__(self) -> str:
        return f"Adapter({SECRET})"


class WaitsForEver(Good):
    """Has no deadline of its own."""

    def charge(self, order: Order) -> Any:
        if self.books.trouble == "holds":
            self.books.go_on.wait(30)
        return super().charge(order)


class CancelsNothing(Good):
    """Says that it gave up, and did not."""

    def cancel(self, payment_key: str) -> Any:
        return Cancelled()


class BooksSandbox(Sandbox):
    """The payment service in memory, as the kit sees it."""

    timeout_seconds = 0.5
    can_cancel = True
    declined_method = "pm_declined"
    action_method = "pm_action"
    confidential = (SECRET,)

    def __init__(self, adapter: type[Good]) -> None:
        self._adapter = adapter
        self._books = Books()

    def payment_service(self) -> Good:
        return self._adapter(self._books)

    def captured(self, payment_key: str) -> int:
        return sum(each.startswith(payment_key) for each in self._books.captures)

    def losing_answers(self) -> AbstractContextManager[None]:
        return self._books.in_trouble("loses")

    def failing(self) -> AbstractContextManager[None]:
        return self._books.in_trouble("fails")

    def unreachable(self) -> AbstractContextManager[None]:
        return self._books.in_trouble("fails")

    def answering_late(self) -> AbstractContextManager[None]:
        return self._books.in_trouble("holds")


class Unable(Sandbox):
    """A sandbox that can do nothing but charge."""

    can_look_up = False
    honours_keys = False

    def __init__(self) -> None:
        self._books = Books()

    def payment_service(self) -> Good:
        return Good(self._books)


class TestUnable(PaymentServiceConformance):
    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return Unable()


def judged(adapter: type[Good]) -> type[PaymentServiceConformance]:
    class Judged(PaymentServiceConformance):
        @pytest.fixture
        def sandbox(self) -> Sandbox:
            return BooksSandbox(adapter)

    return Judged


ADAPTERS: list[type[Good]] = [Good, *Good.__subclasses__()]
globals().update({f"Test{each.__name__}": judged(each) for each in ADAPTERS})


def good_sandbox() -> Sandbox:
    """What the command line is given."""
    return BooksSandbox(Good)


def broken_sandbox() -> Sandbox:
    """What the command line is given, too."""
    return BooksSandbox(SilenceIsNo)
