"""Held money: what is sent about it is judged by what its order is, and each stray has an exit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from checkout_runtime.handlers import dependencies, payment_dependencies
from simulator import functions
from simulator.cases import MINUTE, SERVICES, CancelWish, CaptureWish, Case, Purchase
from simulator.directed import SteeredFaults
from simulator.faults import NoFaults
from simulator.portfolio import PORTFOLIO
from simulator.world import World, run_schedule

pytestmark = pytest.mark.usefixtures("quiet")

KINDS = ("holds", "holds by a module", "holds at Stripe")
LATER = CancelWish(at_ms=5 * MINUTE)


def one_order(service: str, **more: Any) -> Case:
    purchase = Purchase(buyer="ada", key="key-0001", amount=4200, submitted_at_ms=(0,))
    return Case(purchases=(purchase,), service=SERVICES[service], **more)


def naive(
    act: Callable[[Any, Any], object],
) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """An API that goes to the payment service at once, whatever the order is."""

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        order = dependencies.orders().get(event["pathParameters"]["order_id"])
        act(payment_dependencies.settle_attempt().payment_service, order)
        return {"statusCode": 503, "body": "{}", "headers": {}}

    return handler


@pytest.mark.parametrize("service", KINDS)
def test_a_cancellation_for_a_paid_order_is_found(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = one_order(service, captures=(CaptureWish(at_ms=MINUTE),), cancels=(LATER,))
    assert run_schedule(case, NoFaults()).problem is None
    cancel = naive(lambda payments, order: payments.cancel(order.lookup_reference))
    monkeypatch.setitem(functions._APPLICATIONS, "cancel_order", cancel)
    assert "a cancellation is sent for" in str(run_schedule(case, NoFaults()).problem)


@pytest.mark.parametrize("service", KINDS)
def test_a_capture_for_a_cancelled_order_is_found(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = one_order(service, cancels=(CancelWish(at_ms=MINUTE),))
    case = replace(case, captures=(CaptureWish(at_ms=5 * MINUTE),))
    assert run_schedule(case, NoFaults()).problem is None
    capture = naive(lambda payments, order: payments.capture(order, 4200))
    monkeypatch.setitem(functions._APPLICATIONS, "capture_order", capture)
    assert "a capture is sent for" in str(run_schedule(case, NoFaults()).problem)


@pytest.mark.parametrize("how", ["by verdict", "refunded"])
def test_a_stray_under_its_holds_own_id_has_an_exit(how: str) -> None:
    case, steering = PORTFOLIO[f"a stray under its hold's own id, {how}"]
    world = World(case, SteeredFaults(steering))
    world.run()
    [order] = world.stored_orders.by_id.values()
    [charge] = world.ledger()
    assert charge.charge_id == order["attempt_1_hold_id"]["S"]
    assert order["refunded_charges"]["SS"] == [f"1:{charge.charge_id}:{charge.amount}:EUR"]
    assert order["status"]["S"] in ("DECLINED", "CANCELLED")
