"""After the disturbances a run waits until everything is settled, announced and shipped."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from checkout_stack.local.chaos import run
from checkout_stack.local.checkout_inspector import Shipment, StoredOrder, StoredRefund
from tests.local.chaos.test_comparison import order

PAID = order()
OWING = order(owed=frozenset({"1:OrderPaid"}))
REFUNDED = StoredRefund("op_1", "ord_1", "REFUNDED", 1200)
SHIPPED = {"ord_1": Shipment("ord_1", "ord_1#1", 1)}


class Checkout(SimpleNamespace):
    """A checkout whose table and warehouse are looked at; each look shows the next state."""

    def __init__(self, *states: tuple[StoredOrder, dict[str, Shipment]]) -> None:
        self.states = list(states)
        self.refunds = [REFUNDED]
        self.made_due: list[str] = []
        self.inspector: Any = SimpleNamespace(
            every_order=lambda: [self.states[0][0]],
            shipments=lambda: self.states.pop(0)[1],
            every_refund=lambda: [self.refunds[0]],
            messages=lambda _queue: 0,
        )
        self.controls = SimpleNamespace(reconcile=dict, make_look_up_due=self.made_due.append)
        self.run = SimpleNamespace(progress=SimpleNamespace(say=lambda _text: None))

    def check_running(self) -> None:
        """Everything runs."""


@pytest.mark.parametrize("not_yet", [(PAID, {}), (OWING, SHIPPED)])
def test_what_is_paid_is_waited_for_until_it_is_announced_and_shipped(
    not_yet: tuple[StoredOrder, dict[str, Shipment]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    checkout: Any = Checkout(not_yet, not_yet, (PAID, SHIPPED))
    orders, _refunds, found = run._settled(checkout)
    assert (orders, found) == ([PAID], [])
    assert checkout.states == []


def test_a_refund_that_is_decided_in_days_is_looked_up_now_and_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed = itertools.count(0.0, 16.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(passed))
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    checkout: Any = Checkout(*[(PAID, SHIPPED)] * 9)
    processing = replace(REFUNDED, status="PROCESSING")
    checkout.refunds[:] = [processing, REFUNDED]
    checkout.controls.reconcile = lambda: checkout.refunds.pop(0)
    assert run._settled(checkout) == ([PAID], [REFUNDED], [])
    assert checkout.made_due == ["op_1"]
