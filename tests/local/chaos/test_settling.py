"""After the disturbances a run waits until everything is settled, announced and shipped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from checkout_stack.local.chaos.settling import settle
from checkout_stack.local.checkout_inspector import Shipment, StoredOrder, StoredRefund
from tests.local.chaos.test_comparison import order

PAID = order()
OWING = order(owed=frozenset({"1:OrderPaid"}))
REFUNDED = StoredRefund("op_1", "ord_1", "REFUNDED", 1200)
SHIPPED = {"ord_1": Shipment("ord_1", "ord_1#1", 1)}


def in_the_ledger(status: str, becomes: str | None = None) -> dict[str, str]:
    return {"refund_key": "op_1:1", "status": status, "becomes": becomes or status}


class Checkout:
    """A checkout that a helping hand brings to its end, unless a look does."""

    def __init__(self, *orders: StoredOrder, refund: StoredRefund = REFUNDED) -> None:
        self.orders, self.refund = list(orders), refund
        self.shipped = dict(SHIPPED)
        self.made = in_the_ledger("refunded")
        self.done: list[str] = []
        self.looks = 0
        self.on_look: Callable[[], object] = lambda: None
        self.on_help: Callable[[], object] = lambda: None
        self.run = SimpleNamespace(progress=SimpleNamespace(say=lambda _text: None))
        self.inspector = SimpleNamespace(
            every_order=lambda: list(self.orders),
            every_refund=lambda: [self.refund],
            shipments=lambda: dict(self.shipped),
            messages=lambda _queue: 0,
        )
        self.payments = SimpleNamespace(
            refunds=self._look,
            hold_lapses=lambda key: self.done.append(f"{key} lapses"),
            resend_webhook=lambda key: self.done.append(f"{key} told"),
        )
        self.controls = SimpleNamespace(
            make_look_up_due=lambda item, attempt=1: self.done.append(f"{item}:{attempt} due"),
            end_wait_for_requests=lambda item: self.done.append(f"{item} is waited for no more"),
            reconcile=lambda: self.on_help(),
        )

    def _look(self) -> list[dict[str, str]]:
        self.looks += 1
        if self.looks > 1:
            self.on_look()
        return [self.made]

    def check_running(self) -> None:
        """Everything runs."""


def settled(checkout: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Wait for it; return what was done meanwhile."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    settle([checkout])
    assert checkout.looks == 2
    done: list[str] = checkout.done
    return done


def test_what_is_paid_is_waited_for_until_it_is_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = Checkout(PAID)
    checkout.shipped.clear()
    checkout.on_look = lambda: checkout.shipped.update(SHIPPED)
    assert settled(checkout, monkeypatch) == []


def test_what_is_owed_is_waited_for_until_it_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = Checkout(OWING)
    checkout.on_look = lambda: checkout.orders.__setitem__(0, PAID)
    assert settled(checkout, monkeypatch) == []


def test_a_refund_that_is_decided_in_days_is_looked_up_now(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = Checkout(PAID, refund=replace(REFUNDED, status="PROCESSING"))
    checkout.on_help = lambda: setattr(checkout, "refund", REFUNDED)
    assert settled(checkout, monkeypatch) == ["op_1:1 due"]


def test_what_a_refund_comes_to_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = Checkout(PAID)
    checkout.made = in_the_ledger("refunded", "failed")
    checkout.on_look = lambda: setattr(checkout, "made", in_the_ledger("refunded"))
    assert settled(checkout, monkeypatch) == []


def test_a_refund_that_was_returned_is_told_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = Checkout(PAID)
    checkout.made = in_the_ledger("failed")
    failed = replace(REFUNDED, status="NOT_REFUNDED")
    checkout.on_help = lambda: setattr(checkout, "refund", failed)
    assert settled(checkout, monkeypatch) == ["op_1:1 told"]


def test_a_hold_that_nobody_asked_for_lapses_in_its_own_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checkout = Checkout(order(status="AUTHORIZED", attempt=2))
    checkout.on_help = lambda: checkout.orders.__setitem__(0, order(status="CANCELLED"))
    assert settled(checkout, monkeypatch) == ["ord_1:2 lapses", "ord_1:2 due"]


def test_no_request_is_waited_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = Checkout(order(status="UNKNOWN"))
    checkout.on_help = lambda: checkout.orders.__setitem__(0, order(status="CANCELLED"))
    assert settled(checkout, monkeypatch) == ["ord_1 is waited for no more"]


def test_each_checkout_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    first: Any = Checkout(PAID)
    second: Any = Checkout(OWING)
    first.on_look = lambda: second.orders.__setitem__(0, PAID)
    assert [seen.orders for seen in settle([first, second])] == [[PAID], [PAID]]
